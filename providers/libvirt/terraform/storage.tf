# All disks and payloads of the cluster, in a directory of their own.
resource "libvirt_pool" "cluster" {
  name = var.name
  type = "dir"
  target {
    path = "${var.storage_path}/${var.name}"
  }
}

# What workers' disks are built on: each keeps only what differs from it.
resource "libvirt_volume" "image" {
  for_each = toset([for pool in var.pools : "${pool.os}/${pool.architecture}"])
  name     = "image-${replace(each.key, "/", "-")}"
  pool     = libvirt_pool.cluster.name
  source   = var.images[each.key]
  format   = "qcow2"
}

# The control plane's machines have an image each, so that a new one of one
# machine takes nothing from under the disks of the others.
resource "libvirt_volume" "control_plane_image" {
  for_each = local.machines
  name     = "${each.key}-image"
  pool     = libvirt_pool.cluster.name
  source   = var.images["${each.value.os}/${each.value.architecture}"]
  format   = "qcow2"

  lifecycle {
    ignore_changes = [source]
  }
}
