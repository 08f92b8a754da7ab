variable "cloud" {
  description = "The entry of clouds.yaml; empty takes OS_CLOUD or the other OS_ variables."
  type        = string
  nullable    = false
}

variable "region" {
  description = "The region; empty takes the credentials' own."
  type        = string
  nullable    = false
}

variable "zones" {
  description = "The availability zones that machines go to in turn; none leaves it to Nova."
  type        = list(string)
  nullable    = false
}

variable "volume_zones" {
  description = "The availability zones of volumes, in the order of the zones; none leaves it to Cinder."
  type        = list(string)
  nullable    = false
  validation {
    condition     = contains([0, length(var.zones)], length(var.volume_zones))
    error_message = "There are as many volume_zones as zones, or none."
  }
}

variable "external_network" {
  description = "The name of the network with the public addresses; empty where there is only one such network."
  type        = string
  nullable    = false
}

variable "network_id" {
  description = "An existing network; empty makes one."
  type        = string
  nullable    = false
}

variable "subnet_id" {
  description = "The subnet of network_id that machines go to."
  type        = string
  nullable    = false
}

variable "allocation_pools" {
  description = "The addresses of machine_cidr that Neutron may give out: all but those that are fixed beforehand."
  type        = list(object({ start = string, end = string }))
  nullable    = false
}

variable "nameservers" {
  description = "The name servers of the subnet that is made; none leaves it to Neutron."
  type        = list(string)
  nullable    = false
}

variable "images" {
  description = "Images by OS and architecture (\"flatcar/amd64\"), where they are not called OS-ARCHITECTURE."
  type        = map(string)
  nullable    = false
}

variable "boot_volumes" {
  description = "Whether machines boot from a volume, or from the disk that comes with their flavor."
  type        = bool
  nullable    = false
}

variable "volume_type" {
  description = "The type of every volume; empty is Cinder's default."
  type        = string
  nullable    = false
}

variable "load_balancer_provider" {
  description = "What Octavia makes the load balancer with; empty is the cloud's default, which is taken for amphora."
  type        = string
  nullable    = false
}
