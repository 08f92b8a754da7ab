# The host reaches the first control-plane machine by its address. There is no
# load balancer: workers have a name that holds all addresses.

locals {
  api_host = var.endpoint.own ? var.endpoint.host : var.control_plane[0].address
}

output "machines" {
  description = "The control-plane machines' addresses."
  value       = { for m in var.control_plane : m.name => m.address }
}

output "macs" {
  description = "Their MAC addresses, for a DHCP server that is not libvirt's."
  value       = var.macs
}

output "console" {
  description = "How to see what a machine says while it boots."
  value       = "virsh -c ${var.uri} console ${var.name}-MACHINE"
}
