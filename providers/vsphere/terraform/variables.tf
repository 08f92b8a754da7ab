variable "server" {
  description = "The vCenter; empty takes VSPHERE_SERVER."
  type        = string
  nullable    = false
}

variable "insecure" {
  description = "Whether the vCenter's certificate goes unchecked."
  type        = bool
  nullable    = false
}

variable "datacenter" {
  description = "The datacenter; empty where there is only one."
  type        = string
  nullable    = false
}

variable "compute_cluster" {
  description = "The cluster of hosts."
  type        = string
  nullable    = false
}

variable "resource_pool" {
  description = "The resource pool in it; empty is the cluster's own."
  type        = string
  nullable    = false
}

variable "folder" {
  description = "The VM folder in which the cluster's folder is made; empty is the datacenter's own."
  type        = string
  nullable    = false
}

variable "datastore" {
  description = "The datastore of every disk."
  type        = string
  nullable    = false
}

variable "etcd_folder" {
  description = "The folder of the datastore for etcd's disks, which must be there; empty is its root."
  type        = string
  nullable    = false
}

variable "storage_policy" {
  description = "The storage policy of every machine and disk; empty is the datastore's own."
  type        = string
  nullable    = false
}

variable "network" {
  description = "The port group or segment that machines are in."
  type        = string
  nullable    = false
}

variable "gateway" {
  description = "The router of control-plane machines; workers have theirs from DHCP."
  type        = string
  nullable    = false
}

variable "nameservers" {
  description = "The name servers of control-plane machines; workers have theirs from DHCP."
  type        = list(string)
  nullable    = false
}

variable "templates" {
  description = "Templates by OS and architecture (\"flatcar/amd64\"), where they are not called OS-ARCHITECTURE."
  type        = map(string)
  nullable    = false
}

variable "content_library" {
  description = "The content library that the templates are OVAs in; empty where they are VM templates."
  type        = string
  nullable    = false
}

variable "firmware" {
  description = "What OVAs of a content library boot with; VM templates say it themselves."
  type        = string
  nullable    = false
  validation {
    condition     = contains(["bios", "efi"], var.firmware)
    error_message = "firmware is bios or efi."
  }
}

variable "anti_affinity" {
  description = "Whether DRS keeps the machines of a group on different hosts, where there are enough of them."
  type        = bool
  nullable    = false
}

variable "encodings" {
  description = "How guestinfo has the payloads of cloud-init, by file: base64, or gzip+base64 for what is compressed."
  type        = map(string)
  nullable    = false
}
