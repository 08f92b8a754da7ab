variable "region" {
  description = "The Azure region of the cluster."
  type        = string
  nullable    = false
}

variable "zones" {
  description = "The availability zones by their numbers; empty where the region has none."
  type        = list(string)
  nullable    = false
}

variable "subnet" {
  description = "An existing subnet; without a name a network is made."
  type        = object({ resource_group = string, virtual_network = string, name = string })
  nullable    = false
}

variable "images" {
  description = "IDs of images to use instead of the newest of an OS, by OS and architecture (\"flatcar/amd64\")."
  type        = map(string)
  nullable    = false
}

variable "disk_encryption_set_id" {
  description = "What encrypts all disks; empty is Azure's own keys."
  type        = string
  nullable    = false
}

variable "encryption_at_host" {
  description = "Whether what goes between machines and their disks is encrypted too. The subscription must allow it."
  type        = bool
  nullable    = false
}

variable "tags" {
  description = "Tags of everything that is made."
  type        = map(string)
  nullable    = false
}
