variable "zone" {
  description = "The name of the zone."
  type        = string
  nullable    = false
}

variable "templates" {
  description = "Templates by OS and architecture (\"ubuntu/amd64\"); one that is missing is called ubuntu-amd64."
  type        = map(string)
  nullable    = false
}

variable "network_offering" {
  description = "The offering of the isolated network."
  type        = string
  nullable    = false
}

variable "disk_offering" {
  description = "The offering of etcd's disks."
  type        = string
  nullable    = false
}
