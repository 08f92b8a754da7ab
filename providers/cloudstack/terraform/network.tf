# An isolated network: its router gives addresses, translates what goes out, and
# has the public address.

resource "cloudstack_network" "cluster" {
  name             = var.name
  cidr             = var.machine_cidr
  gateway          = cidrhost(var.machine_cidr, 1)
  network_offering = var.network_offering
  zone             = var.zone
}

resource "cloudstack_egress_firewall" "all" {
  network_id = cloudstack_network.cluster.id
  rule {
    cidr_list = [var.machine_cidr]
    protocol  = "all"
  }
}

locals {
  public   = length(var.api_cidrs) + length(var.ssh_cidrs) > 0
  first    = cloudstack_instance.control_plane[var.control_plane[0].name]
  api_host = length(var.api_cidrs) > 0 && !var.endpoint.own ? cloudstack_ipaddress.public[0].ip_address : var.endpoint.host

  # What is let in: with several control planes the API goes to all of them in
  # turn, and ssh always to the first, from which the others are reached.
  forwards = { for port, open in { 22 = length(var.ssh_cidrs) > 0, 6443 = length(var.api_cidrs) > 0 && length(var.control_plane) == 1 } : port => open if open }
}

resource "cloudstack_ipaddress" "public" {
  count      = local.public ? 1 : 0
  network_id = cloudstack_network.cluster.id
  zone       = var.zone
}

resource "cloudstack_firewall" "public" {
  count         = length(cloudstack_ipaddress.public)
  ip_address_id = cloudstack_ipaddress.public[0].id
  managed       = true

  dynamic "rule" {
    for_each = { for port, cidrs in { 22 = var.ssh_cidrs, 6443 = var.api_cidrs } : port => cidrs if length(cidrs) > 0 }
    content {
      cidr_list = rule.value
      protocol  = "tcp"
      ports     = [rule.key]
    }
  }
}

resource "cloudstack_port_forward" "public" {
  count         = length(local.forwards) > 0 ? 1 : 0
  ip_address_id = cloudstack_ipaddress.public[0].id

  dynamic "forward" {
    for_each = local.forwards
    content {
      protocol           = "tcp"
      public_port        = forward.key
      private_port       = forward.key
      virtual_machine_id = local.first.id
    }
  }
}

resource "cloudstack_loadbalancer_rule" "api" {
  count         = length(var.api_cidrs) > 0 && length(var.control_plane) > 1 ? 1 : 0
  name          = "${var.name}-api"
  ip_address_id = cloudstack_ipaddress.public[0].id
  network_id    = cloudstack_network.cluster.id
  algorithm     = "leastconn"
  public_port   = 6443
  private_port  = 6443
  member_ids    = [for m in cloudstack_instance.control_plane : m.id]
}
