variable "uri" {
  description = "Where libvirt answers."
  type        = string
  nullable    = false
}

variable "network" {
  description = "An existing libvirt network; empty makes one, unless there is a bridge."
  type        = string
  nullable    = false
}

variable "bridge" {
  description = "An existing bridge of the host to attach machines to, or empty."
  type        = string
  nullable    = false
}

variable "storage_path" {
  description = "The directory on the host in which the cluster's storage pool is made."
  type        = string
  nullable    = false
  validation {
    condition     = startswith(var.storage_path, "/")
    error_message = "storage_path is absolute, for example /var/lib/libvirt/images."
  }
}

variable "images" {
  description = "Where the images come from, by OS and architecture (\"flatcar/amd64\")."
  type        = map(string)
  nullable    = false
}

variable "macs" {
  description = "The MAC addresses of the control-plane machines, by which they get their addresses."
  type        = map(string)
  nullable    = false
  validation {
    condition     = alltrue([for mac in var.macs : can(regex("^([0-9a-f]{2}:){5}[0-9a-f]{2}$", mac))])
    error_message = "A MAC address is six bytes in lower case, for example 52:54:00:12:34:56."
  }
}
