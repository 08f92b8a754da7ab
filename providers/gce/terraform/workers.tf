resource "google_compute_region_instance_template" "pool" {
  for_each     = var.pools
  name_prefix  = "${var.name}-${each.key}-"
  machine_type = each.value.size
  # Firewall rules of Services' load balancers are for this tag.
  tags = ["${var.name}-worker"]

  disk {
    boot         = true
    source_image = local.images["${each.value.os}/${each.value.architecture}"]
    disk_size_gb = each.value.disk_gb
    disk_type    = local.disk_types[each.value.size]
    dynamic "disk_encryption_key" {
      for_each = local.kms_key == null ? [] : [local.kms_key]
      content {
        kms_key_self_link = disk_encryption_key.value
      }
    }
  }

  network_interface {
    subnetwork = local.subnetwork
    dynamic "access_config" {
      for_each = var.public_addresses ? [1] : []
      content {}
    }
  }

  service_account {
    email  = local.workers
    scopes = ["cloud-platform"]
  }

  shielded_instance_config {
    enable_secure_boot          = var.secure_boot && contains(local.signed, "${each.value.os}/${each.value.architecture}")
    enable_vtpm                 = true
    enable_integrity_monitoring = true
  }

  # A group starts a spot machine again that was taken: it must have stopped, and
  # not be gone.
  scheduling {
    provisioning_model          = each.value.spot ? "SPOT" : "STANDARD"
    preemptible                 = each.value.spot
    automatic_restart           = !each.value.spot
    instance_termination_action = each.value.spot ? "STOP" : null
  }

  metadata = merge(local.closed, lookup(local.startup, each.value.os, {}), local.payloads[each.value.user_data])

  lifecycle {
    create_before_destroy = true
  }
}

# A kubelet serves once its machine is a node, with a certificate that the
# cluster gave it.
resource "google_compute_health_check" "worker" {
  name                = "${var.name}-worker"
  check_interval_sec  = 10
  timeout_sec         = 5
  healthy_threshold   = 2
  unhealthy_threshold = 6
  ssl_health_check {
    port = 10250
  }
}

resource "google_compute_region_instance_group_manager" "pool" {
  for_each                  = var.pools
  name                      = "${var.name}-${each.key}"
  base_instance_name        = "${var.name}-${each.key}"
  distribution_policy_zones = var.zones
  # Where there is an autoscaler, the size is its own.
  target_size = contains(keys(local.scaled), each.key) ? null : each.value.count

  version {
    instance_template = google_compute_region_instance_template.pool[each.key].self_link
  }

  # A changed payload rolls the pool: new machines first, and an old one goes
  # when a new one is healthy. No machine goes only to even out zones.
  update_policy {
    type                         = "PROACTIVE"
    minimal_action               = "REPLACE"
    max_surge_fixed              = length(var.zones)
    max_unavailable_fixed        = 0
    instance_redistribution_type = "NONE"
  }

  # Twice as long as a machine takes from its power-on to a Ready node, if it
  # takes long.
  auto_healing_policies {
    health_check      = google_compute_health_check.worker.self_link
    initial_delay_sec = 900
  }

  depends_on = [
    google_compute_address.control_plane,
    google_compute_firewall.inside,
    google_compute_firewall.worker_health,
    google_compute_forwarding_rule.endpoint,
    google_compute_router_nat.cluster,
    google_storage_bucket_iam_member.payload,
    google_storage_bucket_object.payload,
  ]
}

locals {
  scaled = { for name, pool in var.pools : name => pool if pool.max_count > pool.count }
}

resource "google_compute_region_autoscaler" "pool" {
  for_each = local.scaled
  name     = "${var.name}-${each.key}"
  target   = google_compute_region_instance_group_manager.pool[each.key].self_link

  autoscaling_policy {
    min_replicas = each.value.count
    max_replicas = each.value.max_count
    # Only the cloud-controller-manager takes nodes away whose machine is gone.
    mode            = var.cloud_controllers ? "ON" : "ONLY_SCALE_OUT"
    cooldown_period = 300
    cpu_utilization {
      target = 0.7
    }
  }
}
