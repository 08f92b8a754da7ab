variable "project" {
  description = "The project of the cluster; empty takes it from the environment."
  type        = string
  nullable    = false
}

variable "region" {
  description = "The region of the cluster."
  type        = string
  nullable    = false
}

variable "zones" {
  description = "The region's zones that machines go to."
  type        = list(string)
  nullable    = false
  validation {
    condition     = length(var.zones) > 0 && alltrue([for zone in var.zones : startswith(zone, "${var.region}-")])
    error_message = "zones are of the region, for example us-central1-a of us-central1."
  }
}

variable "subnetwork" {
  description = "An existing subnet; empty makes a network with one."
  type        = string
  nullable    = false
}

variable "public_addresses" {
  description = "Whether machines get public addresses. Without, their network needs another way to the internet."
  type        = bool
  nullable    = false
}

variable "images" {
  description = "Images to use instead of the newest of an OS, by OS and architecture (\"flatcar/amd64\")."
  type        = map(string)
  nullable    = false
}

variable "secure_boot" {
  description = "Whether machines start only what is signed, where the OS's image is."
  type        = bool
  nullable    = false
}

variable "kms_key" {
  description = "The key that encrypts all disks; empty is Google's own."
  type        = string
  nullable    = false
}

variable "labels" {
  description = "Labels of everything that is made and can have some."
  type        = map(string)
  nullable    = false
}
