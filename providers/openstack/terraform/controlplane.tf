locals {
  machines = { for i, m in var.control_plane : m.name => merge(m, { index = i }) }
}

# On different hosts where there are enough of them.
resource "openstack_compute_servergroup_v2" "control_plane" {
  count    = local.single ? 0 : 1
  name     = "${var.name}-control-plane"
  policies = ["soft-anti-affinity"]
}

# The address is the port's, so that a machine's successor has it too.
resource "openstack_networking_port_v2" "control_plane" {
  for_each           = local.machines
  name               = "${var.name}-${each.key}"
  network_id         = local.network_id
  security_group_ids = [openstack_networking_secgroup_v2.machines.id, openstack_networking_secgroup_v2.control_plane.id]

  fixed_ip {
    subnet_id  = local.subnet_id
    ip_address = each.value.address
  }

  # Neutron drops what does not come from the port's own address, and some
  # network plugins send pods' packets as they are.
  dynamic "allowed_address_pairs" {
    for_each = var.pod_cidrs
    content {
      ip_address = allowed_address_pairs.value
    }
  }

  lifecycle {
    # The cloud-controller-manager adds a group for each of its load balancers.
    ignore_changes = [security_group_ids]
  }
}

# etcd's data outlives its machine, so that nothing here may depend on the
# instance; and whatever changes in the config, no volume is made anew.
# Encryption is the volume type's.
resource "openstack_blockstorage_volume_v3" "etcd" {
  for_each          = var.etcd_disk_gb > 0 ? local.machines : {}
  name              = "${var.name}-${each.key}-etcd"
  size              = var.etcd_disk_gb
  volume_type       = var.volume_type == "" ? null : var.volume_type
  availability_zone = length(var.volume_zones) == 0 ? null : var.volume_zones[each.value.index % length(var.volume_zones)]
  lifecycle {
    ignore_changes = [availability_zone, volume_type]
  }
}

resource "openstack_compute_instance_v2" "control_plane" {
  for_each          = local.machines
  name              = "${var.name}-${each.key}"
  flavor_name       = each.value.size
  image_id          = var.boot_volumes ? null : local.images["${each.value.os}/${each.value.architecture}"]
  availability_zone = each.value.zone == "" ? null : each.value.zone
  # In base64 already, which the provider sees and leaves alone.
  user_data    = sensitive(filebase64("${path.module}/../${each.value.user_data}"))
  config_drive = true
  # etcd gets the time to end.
  stop_before_destroy = true

  network {
    port = openstack_networking_port_v2.control_plane[each.key].id
  }

  block_device {
    boot_index            = 0
    source_type           = "image"
    uuid                  = local.images["${each.value.os}/${each.value.architecture}"]
    destination_type      = var.boot_volumes ? "volume" : "local"
    volume_size           = var.boot_volumes ? each.value.disk_gb : null
    volume_type           = var.boot_volumes && var.volume_type != "" ? var.volume_type : null
    delete_on_termination = true
  }

  # Here and not attached afterwards: it is there from the first boot on, and
  # goes only when the machine has stopped.
  dynamic "block_device" {
    for_each = var.etcd_disk_gb > 0 ? [openstack_blockstorage_volume_v3.etcd[each.key].id] : []
    content {
      boot_index       = -1
      source_type      = "volume"
      uuid             = block_device.value
      destination_type = "volume"
    }
  }

  dynamic "scheduler_hints" {
    for_each = openstack_compute_servergroup_v2.control_plane
    content {
      group = scheduler_hints.value.id
    }
  }

  # What they ask for on their first boot is there before them.
  depends_on = [
    openstack_networking_router_interface_v2.cluster,
    openstack_networking_secgroup_rule_v2.inside,
    openstack_networking_secgroup_rule_v2.out,
  ]

  lifecycle {
    # A control plane is replaced one machine at a time, by its operator
    # (docs/providers/openstack.md), and never because a payload or an image
    # changed. A new flavor would stop all of them together.
    ignore_changes = [availability_zone, block_device, flavor_name, image_id, scheduler_hints, user_data]
  }
}
