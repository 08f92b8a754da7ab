locals {
  workers = merge([
    for name, pool in var.pools : {
      for i in range(pool.count) : "${name}-${i}" => pool
    }
  ]...)
}

# Its name says what it began with: a changed payload or image makes another disk
# and with it the machine anew.
resource "libvirt_volume" "worker" {
  for_each       = local.workers
  name           = "${each.key}-${substr(filesha256("${path.module}/../${each.value.user_data}"), 0, 8)}"
  pool           = libvirt_pool.cluster.name
  base_volume_id = libvirt_volume.image["${each.value.os}/${each.value.architecture}"].id
  size           = each.value.disk_gb * local.gb
}

# The pool's payload, and the machine's name, which the pool does not know.
resource "libvirt_ignition" "worker" {
  for_each = { for name, w in local.workers : name => w if contains(keys(local.fw_cfg_names), w.os) }
  name     = "${each.key}.ign"
  pool     = libvirt_pool.cluster.name
  content = sensitive(jsonencode({
    ignition = {
      version = "3.3.0"
      config  = { merge = [{ source = "data:;base64,${filebase64("${path.module}/../${each.value.user_data}")}" }] }
    }
    storage = {
      files = [{
        path     = "/etc/hostname"
        mode     = parseint("644", 8)
        contents = { source = "data:,${each.key}%0A" }
      }]
    }
  }))
}

resource "libvirt_cloudinit_disk" "worker" {
  for_each  = { for name, w in local.workers : name => w if !contains(keys(local.fw_cfg_names), w.os) }
  name      = "${each.key}.iso"
  pool      = libvirt_pool.cluster.name
  user_data = sensitive(file("${path.module}/../${each.value.user_data}"))
  meta_data = jsonencode({ instance-id = "${var.name}-${each.key}", local-hostname = each.key })
}

resource "libvirt_domain" "worker" {
  for_each        = local.workers
  name            = "${var.name}-${each.key}"
  arch            = local.cpu_names[each.value.architecture]
  vcpu            = tonumber(split("x", each.value.size)[0])
  memory          = tonumber(split("x", each.value.size)[1]) * 1024
  autostart       = true
  coreos_ignition = try(libvirt_ignition.worker[each.key].id, null)
  fw_cfg_name     = try(local.fw_cfg_names[each.value.os], null)
  cloudinit       = try(libvirt_cloudinit_disk.worker[each.key].id, null)

  cpu {
    mode = "host-passthrough"
  }

  disk {
    volume_id = libvirt_volume.worker[each.key].id
  }

  network_interface {
    network_id   = local.attachment.network_id
    network_name = local.attachment.network_name
    bridge       = local.attachment.bridge
  }

  console {
    type        = "pty"
    target_type = "serial"
    target_port = "0"
  }
  graphics {
    type        = "vnc"
    listen_type = "none"
  }

  # Until the control plane's addresses are kept for it, the DHCP server might
  # give them to a worker.
  depends_on = [libvirt_domain.control_plane]

  lifecycle {
    ignore_changes       = [firmware, nvram]
    replace_triggered_by = [libvirt_volume.worker[each.key].id]
  }
}
