# Pools are so many instances: OpenStack has no groups that scale by themselves.

locals {
  # What a pool's machines are made of. When it changes there are new machines,
  # with new names: while old and new ones run, each needs its own.
  generations = {
    for name, pool in var.pools : name => substr(sha256(jsonencode([
      filesha256("${path.module}/../${pool.user_data}"),
      local.images["${pool.os}/${pool.architecture}"],
      pool.size, pool.disk_gb, var.boot_volumes, var.volume_type, var.zones,
    ])), 0, 6)
  }
  workers = merge([
    for name, pool in var.pools : {
      for i in range(pool.count) : "${name}-${i}" => merge(pool, {
        name  = "${var.name}-${name}-${i}-${local.generations[name]}"
        pool  = name
        image = local.images["${pool.os}/${pool.architecture}"]
        zone  = length(var.zones) == 0 ? null : var.zones[i % length(var.zones)]
      })
    }
  ]...)
}

resource "terraform_data" "generation" {
  for_each         = local.workers
  triggers_replace = local.generations[each.value.pool]
  lifecycle {
    create_before_destroy = true
  }
}

resource "openstack_compute_servergroup_v2" "pool" {
  for_each = var.pools
  name     = "${var.name}-${each.key}"
  policies = ["soft-anti-affinity"]
}

resource "openstack_networking_port_v2" "worker" {
  for_each           = local.workers
  name               = each.value.name
  network_id         = local.network_id
  security_group_ids = [openstack_networking_secgroup_v2.machines.id]

  fixed_ip {
    subnet_id = local.subnet_id
  }

  dynamic "allowed_address_pairs" {
    for_each = var.pod_cidrs
    content {
      ip_address = allowed_address_pairs.value
    }
  }

  # Any address that is free, but none that is fixed.
  depends_on = [
    openstack_lb_loadbalancer_v2.api,
    openstack_networking_port_v2.control_plane,
  ]

  lifecycle {
    create_before_destroy = true
    replace_triggered_by  = [terraform_data.generation[each.key]]
    ignore_changes        = [security_group_ids]
  }
}

resource "openstack_compute_instance_v2" "worker" {
  for_each            = local.workers
  name                = each.value.name
  flavor_name         = each.value.size
  image_id            = var.boot_volumes ? null : each.value.image
  availability_zone   = each.value.zone
  user_data           = sensitive(filebase64("${path.module}/../${each.value.user_data}"))
  config_drive        = true
  stop_before_destroy = true

  network {
    port = openstack_networking_port_v2.worker[each.key].id
  }

  block_device {
    boot_index            = 0
    source_type           = "image"
    uuid                  = each.value.image
    destination_type      = var.boot_volumes ? "volume" : "local"
    volume_size           = var.boot_volumes ? each.value.disk_gb : null
    volume_type           = var.boot_volumes && var.volume_type != "" ? var.volume_type : null
    delete_on_termination = true
  }

  scheduler_hints {
    group = openstack_compute_servergroup_v2.pool[each.value.pool].id
  }

  depends_on = [
    openstack_networking_router_interface_v2.cluster,
    openstack_networking_secgroup_rule_v2.inside,
    openstack_networking_secgroup_rule_v2.out,
  ]

  lifecycle {
    create_before_destroy = true
    replace_triggered_by  = [terraform_data.generation[each.key]]
  }
}

# A changed payload rolls the pool: old machines stay until this has been made
# anew, which is when the new ones have had the time to become nodes.
resource "time_sleep" "joined" {
  for_each        = var.pools
  create_duration = "180s"
  triggers = {
    machines = join(",", [for key, worker in local.workers : openstack_compute_instance_v2.worker[key].id if worker.pool == each.key])
  }
}
