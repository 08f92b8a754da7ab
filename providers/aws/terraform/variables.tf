variable "region" {
  description = "The AWS region of the cluster."
  type        = string
  nullable    = false
}

variable "vpc_id" {
  description = "An existing VPC; empty makes one."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Existing subnets, in the order of the zones; used with vpc_id."
  type        = list(string)
  nullable    = false
}

variable "public_addresses" {
  description = "Whether machines get public addresses. Without, their network needs another way to the internet."
  type        = bool
  nullable    = false
}

variable "images" {
  description = "AMIs to use instead of the newest of an OS, by OS and architecture (\"flatcar/amd64\")."
  type        = map(string)
  nullable    = false
}

variable "kms_key_id" {
  description = "The key that encrypts all disks; empty is the account's own for EBS."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of everything that is made."
  type        = map(string)
  nullable    = false
}
