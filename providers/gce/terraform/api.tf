# How the API is reached. Workers use an address that was fixed at compile time,
# and is in the certificate; whoever is outside uses a public one, which is not.
#
# Several control-plane machines stand behind load balancers that pass packets on
# as they are: a machine sees who asks, and the firewall rule for
# access.apiCIDRs holds. (Behind a proxy everybody would come from the proxy.)

locals {
  single    = length(var.control_plane) == 1
  public    = length(var.api_cidrs) > 0 && !var.endpoint.own
  internal  = !local.single && !var.endpoint.own
  balancers = toset([for scheme, wanted in { INTERNAL = local.internal, EXTERNAL = local.public && !local.single } : scheme if wanted])
  api_host  = local.public ? google_compute_address.api[0].address : var.endpoint.host
}

resource "google_compute_address" "api" {
  count = local.public ? 1 : 0
  name  = "${var.name}-api"
}

# The endpoint of the plan. While it is reserved no other machine gets it.
resource "google_compute_address" "endpoint" {
  count        = local.internal ? 1 : 0
  name         = "${var.name}-endpoint"
  address_type = "INTERNAL"
  subnetwork   = local.subnetwork
  address      = var.endpoint.host
}

resource "google_compute_instance_group" "control_plane" {
  for_each = length(local.balancers) > 0 ? toset(var.control_plane[*].zone) : []
  name     = "${var.name}-control-plane-${each.key}"
  zone     = each.key
  network  = local.network
}

# One by one, so that a machine that was replaced becomes a member again.
resource "google_compute_instance_group_membership" "control_plane" {
  for_each       = length(local.balancers) > 0 ? local.machines : {}
  zone           = each.value.zone
  instance_group = google_compute_instance_group.control_plane[each.value.zone].name
  instance       = google_compute_instance.control_plane[each.key].self_link
}

resource "google_compute_region_health_check" "api" {
  count               = length(local.balancers) > 0 ? 1 : 0
  name                = "${var.name}-api"
  check_interval_sec  = 5
  timeout_sec         = 5
  healthy_threshold   = 2
  unhealthy_threshold = 2
  https_health_check {
    port         = 6443
    request_path = "/readyz"
  }
}

resource "google_compute_region_backend_service" "api" {
  for_each              = local.balancers
  name                  = "${var.name}-api-${lower(each.key)}"
  load_balancing_scheme = each.key
  protocol              = "TCP"
  health_checks         = [google_compute_region_health_check.api[0].self_link]

  dynamic "backend" {
    for_each = google_compute_instance_group.control_plane
    content {
      group          = backend.value.self_link
      balancing_mode = "CONNECTION"
    }
  }
}

# A control-plane machine that asks the endpoint answers itself; but there is
# little on it that asks anyone but its own apiserver.
resource "google_compute_forwarding_rule" "endpoint" {
  count                 = length(google_compute_address.endpoint)
  name                  = "${var.name}-endpoint"
  load_balancing_scheme = "INTERNAL"
  backend_service       = google_compute_region_backend_service.api["INTERNAL"].self_link
  subnetwork            = local.subnetwork
  ip_address            = google_compute_address.endpoint[0].address
  ip_protocol           = "TCP"
  ports                 = ["6443"]
}

resource "google_compute_forwarding_rule" "api" {
  count                 = contains(local.balancers, "EXTERNAL") ? 1 : 0
  name                  = "${var.name}-api"
  load_balancing_scheme = "EXTERNAL"
  backend_service       = google_compute_region_backend_service.api["EXTERNAL"].self_link
  ip_address            = google_compute_address.api[0].address
  ip_protocol           = "TCP"
  port_range            = "6443"
}
