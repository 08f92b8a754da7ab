locals {
  make_network = var.network_id == ""
  network_id   = local.make_network ? openstack_networking_network_v2.cluster[0].id : var.network_id
  subnet_id    = local.make_network ? openstack_networking_subnet_v2.cluster[0].id : var.subnet_id
  subnet_cidr  = local.make_network ? var.machine_cidr : data.openstack_networking_subnet_v2.existing[0].cidr
}

data "openstack_networking_network_v2" "external" {
  count    = local.make_network || local.public || var.cloud_controllers ? 1 : 0
  external = true
  name     = var.external_network == "" ? null : var.external_network
}

data "openstack_networking_subnet_v2" "existing" {
  count     = local.make_network ? 0 : 1
  subnet_id = var.subnet_id
}

resource "openstack_networking_network_v2" "cluster" {
  count          = local.make_network ? 1 : 0
  name           = var.name
  admin_state_up = true
}

resource "openstack_networking_subnet_v2" "cluster" {
  count           = local.make_network ? 1 : 0
  name            = var.name
  network_id      = openstack_networking_network_v2.cluster[0].id
  cidr            = var.machine_cidr
  dns_nameservers = var.nameservers

  # Nobody else gets an address that a certificate names.
  dynamic "allocation_pool" {
    for_each = var.allocation_pools
    content {
      start = allocation_pool.value.start
      end   = allocation_pool.value.end
    }
  }
}

# Machines have no public addresses: the router is their way out.
resource "openstack_networking_router_v2" "cluster" {
  count               = local.make_network ? 1 : 0
  name                = var.name
  external_network_id = data.openstack_networking_network_v2.external[0].id
}

resource "openstack_networking_router_interface_v2" "cluster" {
  count     = local.make_network ? 1 : 0
  router_id = openstack_networking_router_v2.cluster[0].id
  subnet_id = openstack_networking_subnet_v2.cluster[0].id
}

# Without the rules that OpenStack puts into every new group: what is open is
# written here, and nowhere else.
resource "openstack_networking_secgroup_v2" "machines" {
  name                 = "${var.name}-machines"
  description          = "Every machine of the cluster ${var.name}"
  delete_default_rules = true
}

resource "openstack_networking_secgroup_rule_v2" "inside" {
  description       = "machines and pods, among each other"
  security_group_id = openstack_networking_secgroup_v2.machines.id
  direction         = "ingress"
  ethertype         = "IPv4"
  remote_group_id   = openstack_networking_secgroup_v2.machines.id
}

resource "openstack_networking_secgroup_rule_v2" "ssh" {
  for_each          = toset(var.ssh_cidrs)
  description       = "ssh (access.sshCIDRs)"
  security_group_id = openstack_networking_secgroup_v2.machines.id
  direction         = "ingress"
  ethertype         = strcontains(each.key, ":") ? "IPv6" : "IPv4"
  protocol          = "tcp"
  port_range_min    = 22
  port_range_max    = 22
  remote_ip_prefix  = each.key
}

resource "openstack_networking_secgroup_rule_v2" "out" {
  description       = "images, packages, time, names"
  security_group_id = openstack_networking_secgroup_v2.machines.id
  direction         = "egress"
  ethertype         = "IPv4"
  remote_ip_prefix  = "0.0.0.0/0"
}

resource "openstack_networking_secgroup_v2" "control_plane" {
  name                 = "${var.name}-control-plane"
  description          = "The control plane of the cluster ${var.name}"
  delete_default_rules = true
}

resource "openstack_networking_secgroup_rule_v2" "api" {
  for_each          = toset(var.api_cidrs)
  description       = "the Kubernetes API (access.apiCIDRs)"
  security_group_id = openstack_networking_secgroup_v2.control_plane.id
  direction         = "ingress"
  ethertype         = strcontains(each.key, ":") ? "IPv6" : "IPv4"
  protocol          = "tcp"
  port_range_min    = 6443
  port_range_max    = 6443
  remote_ip_prefix  = each.key
}
