# A control plane is replaced one machine at a time, by its operator
# (docs/providers/libvirt.md), and never because a payload or an image changed:
# everything below follows the machine's image, which ignores that.

locals {
  gb       = 1024 * 1024 * 1024
  machines = { for m in var.control_plane : m.name => m }

  # Where Ignition's OSes look for their payload in QEMU; the others have
  # cloud-init.
  # https://www.flatcar.org/docs/latest/deploy/virt-options/libvirt/
  # https://coreos.github.io/ignition/supported-platforms/
  fw_cfg_names = {
    fedora-coreos = "opt/com.coreos/config"
    flatcar       = "opt/org.flatcar-linux/config"
  }
  cpu_names = { amd64 = "x86_64", arm64 = "aarch64" }
}

resource "libvirt_volume" "control_plane" {
  for_each       = local.machines
  name           = each.key
  pool           = libvirt_pool.cluster.name
  base_volume_id = libvirt_volume.control_plane_image[each.key].id
  size           = each.value.disk_gb * local.gb

  lifecycle {
    # A larger disk would be an empty one.
    ignore_changes = [size]
  }
}

# etcd's data outlives its machine, so that nothing here may depend on that.
resource "libvirt_volume" "etcd" {
  for_each = var.etcd_disk_gb > 0 ? local.machines : {}
  name     = "${each.key}-etcd"
  pool     = libvirt_pool.cluster.name
  size     = var.etcd_disk_gb * local.gb

  lifecycle {
    ignore_changes = [size]
  }
}

resource "libvirt_ignition" "control_plane" {
  for_each = { for name, m in local.machines : name => m if contains(keys(local.fw_cfg_names), m.os) }
  name     = "${each.key}.ign"
  pool     = libvirt_pool.cluster.name
  content  = sensitive(file("${path.module}/../${each.value.user_data}"))

  lifecycle {
    ignore_changes       = [content]
    replace_triggered_by = [libvirt_volume.control_plane[each.key].id]
  }
}

resource "libvirt_cloudinit_disk" "control_plane" {
  for_each  = { for name, m in local.machines : name => m if !contains(keys(local.fw_cfg_names), m.os) }
  name      = "${each.key}.iso"
  pool      = libvirt_pool.cluster.name
  user_data = sensitive(file("${path.module}/../${each.value.user_data}"))
  meta_data = jsonencode({ instance-id = "${var.name}-${each.key}", local-hostname = each.key })

  lifecycle {
    ignore_changes       = [user_data, meta_data]
    replace_triggered_by = [libvirt_volume.control_plane[each.key].id]
  }
}

resource "libvirt_domain" "control_plane" {
  for_each        = local.machines
  name            = "${var.name}-${each.key}"
  arch            = local.cpu_names[each.value.architecture]
  vcpu            = tonumber(split("x", each.value.size)[0])
  memory          = tonumber(split("x", each.value.size)[1]) * 1024
  autostart       = true
  coreos_ignition = try(libvirt_ignition.control_plane[each.key].id, null)
  fw_cfg_name     = try(local.fw_cfg_names[each.value.os], null)
  cloudinit       = try(libvirt_cloudinit_disk.control_plane[each.key].id, null)

  cpu {
    mode = "host-passthrough"
  }

  disk {
    volume_id = libvirt_volume.control_plane[each.key].id
  }
  dynamic "disk" {
    for_each = var.etcd_disk_gb > 0 ? [libvirt_volume.etcd[each.key].id] : []
    content {
      volume_id = disk.value
    }
  }

  network_interface {
    network_id   = local.attachment.network_id
    network_name = local.attachment.network_name
    bridge       = local.attachment.bridge
    hostname     = each.key
    mac          = var.macs[each.key]
    # libvirt's DHCP server keeps this address for this MAC.
    addresses = var.bridge == "" ? [each.value.address] : null
  }

  # virsh console: where a machine says what it misses.
  console {
    type        = "pty"
    target_type = "serial"
    target_port = "0"
  }
  # Without this it is SPICE, which not every QEMU has. It listens nowhere.
  graphics {
    type        = "vnc"
    listen_type = "none"
  }

  lifecycle {
    # libvirt chooses the first two for UEFI machines, and Terraform reads them
    # back. A new size would make all of them anew together.
    ignore_changes       = [firmware, nvram, memory, vcpu]
    replace_triggered_by = [libvirt_volume.control_plane[each.key].id]
  }
}
