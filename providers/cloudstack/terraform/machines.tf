locals {
  machines = { for m in var.control_plane : m.name => m }
  workers = merge([for name, pool in var.pools : {
    for i in range(pool.count) : "${name}-${i}" => merge(pool, { pool = name })
  }]...)
}

resource "cloudstack_affinity_group" "control_plane" {
  name = "${var.name}-control-plane"
  # On hosts of their own, where there are enough.
  type = "non-strict host anti-affinity"
}

resource "cloudstack_instance" "control_plane" {
  for_each           = local.machines
  name               = "${var.name}-${each.key}"
  zone               = var.zone
  template           = lookup(var.templates, "${each.value.os}/${each.value.architecture}", "${each.value.os}-${each.value.architecture}")
  service_offering   = each.value.size
  root_disk_size     = each.value.disk_gb
  network_id         = cloudstack_network.cluster.id
  ip_address         = each.value.address
  affinity_group_ids = [cloudstack_affinity_group.control_plane.id]
  user_data          = sensitive(filebase64("${path.module}/../${each.value.user_data}"))
  expunge            = true

  depends_on = [cloudstack_egress_firewall.all]
  lifecycle {
    # A control plane is replaced one machine at a time, by its operator.
    ignore_changes = [template, user_data]
  }
}

# etcd's data outlives its machine.
resource "cloudstack_disk" "etcd" {
  for_each           = var.etcd_disk_gb > 0 ? local.machines : {}
  name               = "${var.name}-${each.key}-etcd"
  zone               = var.zone
  disk_offering      = var.disk_offering
  size               = var.etcd_disk_gb
  attach             = true
  reattach_on_change = true
  virtual_machine_id = cloudstack_instance.control_plane[each.key].id
}

# A new payload would otherwise only be told to the old machine.
resource "terraform_data" "payload" {
  for_each         = local.workers
  triggers_replace = filesha256("${path.module}/../${each.value.user_data}")
}

resource "cloudstack_instance" "worker" {
  for_each         = local.workers
  name             = "${var.name}-${each.key}"
  zone             = var.zone
  template         = lookup(var.templates, "${each.value.os}/${each.value.architecture}", "${each.value.os}-${each.value.architecture}")
  service_offering = each.value.size
  root_disk_size   = each.value.disk_gb
  network_id       = cloudstack_network.cluster.id
  user_data        = sensitive(filebase64("${path.module}/../${each.value.user_data}"))
  expunge          = true

  depends_on = [cloudstack_egress_firewall.all]
  lifecycle {
    ignore_changes       = [user_data]
    replace_triggered_by = [terraform_data.payload[each.key]]
  }
}
