locals {
  machines = { for m in var.control_plane : m.name => m }

  # A machine that is the API's public address has no other.
  public_addresses = local.public && local.single ? google_compute_address.api[*].address : var.public_addresses ? [null] : []
}

# While these are reserved, no other machine gets the addresses of the plan.
resource "google_compute_address" "control_plane" {
  for_each     = local.machines
  name         = "${var.name}-${each.key}"
  address_type = "INTERNAL"
  subnetwork   = local.subnetwork
  address      = each.value.address
}

resource "google_compute_instance" "control_plane" {
  for_each     = local.machines
  name         = "${var.name}-${each.key}"
  zone         = each.value.zone
  machine_type = each.value.size

  boot_disk {
    kms_key_self_link = local.kms_key
    initialize_params {
      image = local.images["${each.value.os}/${each.value.architecture}"]
      size  = each.value.disk_gb
      type  = local.disk_types[each.value.size]
    }
  }

  dynamic "attached_disk" {
    for_each = var.etcd_disk_gb > 0 ? [google_compute_disk.etcd[each.key].self_link] : []
    content {
      source            = attached_disk.value
      device_name       = "etcd"
      kms_key_self_link = local.kms_key
    }
  }

  network_interface {
    subnetwork = local.subnetwork
    network_ip = google_compute_address.control_plane[each.key].address
    dynamic "access_config" {
      for_each = local.public_addresses
      content {
        nat_ip = access_config.value
      }
    }
  }

  # What it may do is said by the rights of the account alone (identity.tf).
  service_account {
    email  = local.control_plane
    scopes = ["cloud-platform"]
  }

  shielded_instance_config {
    enable_secure_boot          = var.secure_boot && contains(local.signed, "${each.value.os}/${each.value.architecture}")
    enable_vtpm                 = true
    enable_integrity_monitoring = true
  }

  metadata = merge(local.closed, lookup(local.startup, each.value.os, {}), local.payloads[each.value.user_data])

  # What they fetch and ask for on their first boot is there before them.
  depends_on = [
    google_compute_firewall.inside,
    google_compute_router_nat.cluster,
    google_storage_bucket_iam_member.payload,
    google_storage_bucket_object.payload,
  ]

  lifecycle {
    # A control plane is replaced one machine at a time, by its operator
    # (docs/providers/gce.md), and never because a payload or an image changed.
    ignore_changes = [
      boot_disk[0].initialize_params[0].image,
      metadata["user-data"],
      metadata["user-data-encoding"],
    ]
  }
}

# etcd's data outlives its machine, so that nothing here may depend on the
# instance.
resource "google_compute_disk" "etcd" {
  for_each = var.etcd_disk_gb > 0 ? local.machines : {}
  name     = "${var.name}-${each.key}-etcd"
  zone     = each.value.zone
  type     = local.disk_types[each.value.size]
  # https://cloud.google.com/compute/docs/disks/persistent-disks#pdspecs
  size = max(10, var.etcd_disk_gb)

  dynamic "disk_encryption_key" {
    for_each = local.kms_key == null ? [] : [local.kms_key]
    content {
      kms_key_self_link = disk_encryption_key.value
    }
  }
}
