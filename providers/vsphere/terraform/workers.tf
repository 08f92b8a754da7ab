# Pools are so many machines, with addresses from DHCP: vSphere has no groups
# that scale by themselves.

locals {
  # What a pool's machines are made of. When it changes there are new machines,
  # with new names: while old and new ones run, each needs its own.
  generations = {
    for name, pool in var.pools : name => substr(sha256(jsonencode([
      filesha256("${path.module}/../${pool.user_data}"), local.templates["${pool.os}/${pool.architecture}"].id, pool.size, pool.disk_gb,
    ])), 0, 6)
  }
  workers = merge([
    for name, pool in var.pools : {
      for i in range(pool.count) : "${name}-${i}" => merge(pool, {
        hostname = "${var.name}-${name}-${i}-${local.generations[name]}"
        pool     = name
        template = "${pool.os}/${pool.architecture}"
      })
    }
  ]...)
}

resource "vsphere_virtual_machine" "worker" {
  for_each                   = local.workers
  name                       = each.value.hostname
  folder                     = vsphere_folder.cluster.path
  resource_pool_id           = local.resource_pool_id
  datastore_id               = data.vsphere_datastore.cluster.id
  storage_policy_id          = local.storage_policy_id
  num_cpus                   = tonumber(split("x", each.value.size)[0])
  memory                     = tonumber(split("x", each.value.size)[1]) * 1024
  firmware                   = local.templates[each.value.template].firmware
  guest_id                   = local.templates[each.value.template].guest_id
  scsi_type                  = local.templates[each.value.template].scsi_type
  enable_disk_uuid           = true
  extra_config               = sensitive(local.guestinfo["worker/${each.key}"])
  wait_for_guest_net_timeout = 0
  replace_trigger            = local.generations[each.value.pool]

  clone {
    template_uuid = local.templates[each.value.template].id
  }

  network_interface {
    network_id   = data.vsphere_network.cluster.id
    adapter_type = local.templates[each.value.template].adapter
  }

  disk {
    label             = "disk0"
    size              = max(each.value.disk_gb, local.templates[each.value.template].disk_gb)
    thin_provisioned  = local.templates[each.value.template].thin
    storage_policy_id = local.storage_policy_id
  }

  cdrom {
    client_device = true
  }

  lifecycle {
    create_before_destroy = true
    # Guests erase their payload from guestinfo once they have it.
    ignore_changes = [extra_config]
  }
}

resource "vsphere_compute_cluster_vm_anti_affinity_rule" "pool" {
  for_each            = { for name, pool in var.pools : name => pool if var.anti_affinity && pool.count > 1 }
  name                = "${var.name}-${each.key}"
  compute_cluster_id  = data.vsphere_compute_cluster.cluster.id
  virtual_machine_ids = [for key, worker in local.workers : vsphere_virtual_machine.worker[key].id if worker.pool == each.key]
  lifecycle {
    replace_triggered_by = [vsphere_virtual_machine.worker]
  }
}

# A changed payload rolls the pool: old machines stay until this has been made
# anew, which is when the new ones have had the time to become nodes.
resource "time_sleep" "joined" {
  for_each        = var.pools
  create_duration = "180s"
  triggers = {
    machines = join(",", [for key, worker in local.workers : vsphere_virtual_machine.worker[key].id if worker.pool == each.key])
  }
}
