locals {
  machines = { for m in var.control_plane : m.name => merge(m, { template = "${m.os}/${m.architecture}" }) }
}

# etcd's data outlives its machine. Whatever changes in the config, no disk is
# made anew.
resource "vsphere_virtual_disk" "etcd" {
  for_each   = var.etcd_disk_gb > 0 ? local.machines : {}
  datacenter = var.datacenter == "" ? null : var.datacenter
  datastore  = var.datastore
  vmdk_path  = "${var.etcd_folder == "" ? "" : "/${var.etcd_folder}"}/${var.name}-${each.key}-etcd.vmdk"
  size       = var.etcd_disk_gb
  type       = "thin"
  lifecycle {
    ignore_changes = [datacenter, datastore, type, vmdk_path]
  }
}

# Each has a name and an address that its successor has too.
resource "vsphere_virtual_machine" "control_plane" {
  for_each          = local.machines
  name              = "${var.name}-${each.key}"
  folder            = vsphere_folder.cluster.path
  resource_pool_id  = local.resource_pool_id
  datastore_id      = data.vsphere_datastore.cluster.id
  storage_policy_id = local.storage_policy_id
  num_cpus          = tonumber(split("x", each.value.size)[0])
  memory            = tonumber(split("x", each.value.size)[1]) * 1024
  firmware          = local.templates[each.value.template].firmware
  guest_id          = local.templates[each.value.template].guest_id
  scsi_type         = local.templates[each.value.template].scsi_type
  enable_disk_uuid  = true
  extra_config      = sensitive(local.guestinfo["control-plane/${each.key}"])
  # ./wait knows better than VMware's tools when a machine is ready.
  wait_for_guest_net_timeout = 0

  clone {
    template_uuid = local.templates[each.value.template].id
  }

  network_interface {
    network_id   = data.vsphere_network.cluster.id
    adapter_type = local.templates[each.value.template].adapter
  }

  disk {
    label             = "disk0"
    unit_number       = 0
    size              = max(each.value.disk_gb, local.templates[each.value.template].disk_gb)
    thin_provisioned  = local.templates[each.value.template].thin
    storage_policy_id = local.storage_policy_id
  }

  dynamic "disk" {
    for_each = var.etcd_disk_gb > 0 ? [vsphere_virtual_disk.etcd[each.key].vmdk_path] : []
    content {
      label             = "disk1"
      unit_number       = 1
      attach            = true
      path              = disk.value
      datastore_id      = data.vsphere_datastore.cluster.id
      storage_policy_id = local.storage_policy_id
    }
  }

  # Some OVAs cannot be without one; nothing is in it.
  cdrom {
    client_device = true
  }

  lifecycle {
    # A control plane is replaced one machine at a time, by its operator
    # (docs/providers/vsphere.md), and never because a payload or a template
    # changed. A new size or network would stop all of them together. Guests
    # erase their payload from guestinfo once they have it.
    ignore_changes = [clone, disk, extra_config, firmware, guest_id, memory, network_interface, num_cpus, scsi_type]
  }
}

# On different hosts where there are enough of them.
resource "vsphere_compute_cluster_vm_anti_affinity_rule" "control_plane" {
  count               = var.anti_affinity && length(var.control_plane) > 1 ? 1 : 0
  name                = "${var.name}-control-plane"
  compute_cluster_id  = data.vsphere_compute_cluster.cluster.id
  virtual_machine_ids = [for m in var.control_plane : vsphere_virtual_machine.control_plane[m.name].id]
  lifecycle {
    # The provider cannot always exchange one machine for another in a rule.
    # https://github.com/vmware/terraform-provider-vsphere/issues/1362
    replace_triggered_by = [vsphere_virtual_machine.control_plane]
  }
}
