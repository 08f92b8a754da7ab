# The cluster, as every provider's configuration takes it. Its values are in
# terraform.tfvars.json, which `kube-anywhere compile` writes.

variable "name" {
  description = "The cluster's name, with which everything made here begins."
  type        = string
  nullable    = false
}

variable "endpoint" {
  description = "Where workers reach the API: a name or an address. With own = true somebody else makes it."
  type        = object({ host = string, own = bool })
  nullable    = false
}

variable "machine_cidr" {
  description = "The range of the machines' own addresses."
  type        = string
  nullable    = false
  validation {
    condition     = can(cidrnetmask(var.machine_cidr))
    error_message = "machine_cidr is an IPv4 CIDR, for example 10.0.0.0/16."
  }
}

variable "subnets" {
  description = "The parts of machine_cidr, one for each zone where a provider's subnets are in one zone each."
  type        = list(object({ zone = string, cidr = string }))
  nullable    = false
}

variable "pod_cidrs" {
  description = "The ranges of the pods' addresses, one of each family."
  type        = list(string)
  nullable    = false
}

variable "api_cidrs" {
  description = "From where the Kubernetes API may be reached. None: only from within."
  type        = list(string)
  nullable    = false
}

variable "ssh_cidrs" {
  description = "From where machines may be reached by ssh."
  type        = list(string)
  nullable    = false
}

variable "ssh_user" {
  description = "The login that the image brings; it takes the config's ssh keys."
  type        = string
  nullable    = false
}

variable "control_plane" {
  description = "The control-plane machines. Files are relative to the directory above this one."
  type = list(object({
    name         = string
    address      = string
    zone         = string
    size         = string
    disk_gb      = number
    os           = string
    architecture = string
    user_data    = string
    object       = string
  }))
  nullable = false
  validation {
    condition     = contains([1, 3, 5], length(var.control_plane))
    error_message = "A control plane has 1, 3 or 5 machines."
  }
}

variable "etcd_disk_gb" {
  description = "The size of the disk that each etcd has to itself; 0 keeps it on the machine's own."
  type        = number
  nullable    = false
}

variable "pools" {
  description = "The workers, by the name of their pool. Files are relative to the directory above this one."
  type = map(object({
    count        = number
    max_count    = number
    size         = string
    disk_gb      = number
    spot         = bool
    os           = string
    architecture = string
    user_data    = string
    object       = string
  }))
  nullable = false
  validation {
    condition     = alltrue([for pool in var.pools : pool.max_count >= pool.count])
    error_message = "A pool's max_count is at least its count."
  }
}

variable "objects" {
  description = "Payloads that are too large for user-data: the file by the name under which machines fetch it."
  type        = map(string)
  nullable    = false
}

variable "store" {
  description = "The name of the private store for them."
  type        = string
  nullable    = false
}

variable "cloud_controllers" {
  description = "Whether the cloud-controller-manager runs, which needs rights of its own."
  type        = bool
  nullable    = false
}

locals {
  # The certificate has no public address: clients check the name "kubernetes"
  # instead (tls-server-name), so that only the server's place changes here.
  kubeconfig = replace(file("${path.module}/../kubeconfig"), "https://${var.endpoint.host}:6443", "https://${local.api_host}:6443")
}

output "api_endpoint" {
  description = "Where the Kubernetes API answers."
  value       = "https://${local.api_host}:6443"
}

output "kubeconfig" {
  description = "The admin's kubeconfig for that endpoint."
  value       = local.kubeconfig
  sensitive   = true
}

output "ssh" {
  description = "How to log in, from the ranges in access.sshCIDRs and with a key of os.sshAuthorizedKeys."
  value       = length(var.ssh_cidrs) == 0 ? "closed: access.sshCIDRs is empty" : "ssh ${var.ssh_user}@ADDRESS"
}

output "add_a_pool" {
  description = "How to get more workers."
  value       = "add an entry to workers in the config, run kube-anywhere compile, then ./up again"
}
