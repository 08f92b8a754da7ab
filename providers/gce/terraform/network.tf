locals {
  make_network = var.subnetwork == ""
  network      = local.make_network ? google_compute_network.cluster[0].self_link : data.google_compute_subnetwork.existing[0].network
  subnetwork   = local.make_network ? google_compute_subnetwork.cluster[0].self_link : data.google_compute_subnetwork.existing[0].self_link
}

resource "google_compute_network" "cluster" {
  count                   = local.make_network ? 1 : 0
  name                    = var.name
  auto_create_subnetworks = false
}

# One subnet is in all zones of its region.
resource "google_compute_subnetwork" "cluster" {
  count         = local.make_network ? 1 : 0
  name          = var.name
  network       = google_compute_network.cluster[0].self_link
  ip_cidr_range = var.machine_cidr
  # Google's own services are reached without a public address.
  private_ip_google_access = true
}

data "google_compute_subnetwork" "existing" {
  count  = local.make_network ? 0 : 1
  name   = var.subnetwork
  region = var.region
}

# The way to the internet for machines without public addresses.
resource "google_compute_router" "cluster" {
  count   = local.make_network && !var.public_addresses ? 1 : 0
  name    = var.name
  network = local.network
}

resource "google_compute_router_nat" "cluster" {
  count                              = length(google_compute_router.cluster)
  name                               = var.name
  router                             = google_compute_router.cluster[0].name
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"
  subnetwork {
    name                    = local.subnetwork
    source_ip_ranges_to_nat = ["PRIMARY_IP_RANGE"]
  }
}

# Firewall rules know machines by their service accounts, which nobody can give
# to a machine without the right to.
locals {
  control_plane = google_service_account.machine["control-plane"].email
  workers       = google_service_account.machine["worker"].email
}

resource "google_compute_firewall" "inside" {
  name                    = "${var.name}-inside"
  description             = "machines and pods, among each other"
  network                 = local.network
  source_service_accounts = [local.control_plane, local.workers]
  target_service_accounts = [local.control_plane, local.workers]
  allow {
    protocol = "all"
  }
}

resource "google_compute_firewall" "ssh" {
  count                   = length(var.ssh_cidrs) > 0 ? 1 : 0
  name                    = "${var.name}-ssh"
  description             = "ssh (access.sshCIDRs)"
  network                 = local.network
  source_ranges           = var.ssh_cidrs
  target_service_accounts = [local.control_plane, local.workers]
  allow {
    protocol = "tcp"
    ports    = ["22"]
  }
}

resource "google_compute_firewall" "api" {
  count                   = length(var.api_cidrs) > 0 ? 1 : 0
  name                    = "${var.name}-api"
  description             = "the Kubernetes API (access.apiCIDRs)"
  network                 = local.network
  source_ranges           = var.api_cidrs
  target_service_accounts = [local.control_plane]
  allow {
    protocol = "tcp"
    ports    = ["6443"]
  }
}

# Health checks come from outside the network, from Google's own ranges.
data "google_compute_lb_ip_ranges" "health" {}

locals {
  health_checkers = distinct(concat(
    data.google_compute_lb_ip_ranges.health.network,
    data.google_compute_lb_ip_ranges.health.http_ssl_tcp_internal,
  ))
}

resource "google_compute_firewall" "api_health" {
  count                   = length(local.balancers) > 0 ? 1 : 0
  name                    = "${var.name}-api-health"
  description             = "health checks of the Kubernetes API"
  network                 = local.network
  source_ranges           = local.health_checkers
  target_service_accounts = [local.control_plane]
  allow {
    protocol = "tcp"
    ports    = ["6443"]
  }
}

resource "google_compute_firewall" "worker_health" {
  name                    = "${var.name}-worker-health"
  description             = "health checks of the kubelets"
  network                 = local.network
  source_ranges           = local.health_checkers
  target_service_accounts = [local.workers]
  allow {
    protocol = "tcp"
    ports    = ["10250"]
  }
}

# What an existing network lets in with the last priority, as Google's default
# network does with ssh from everywhere. Rules of Services' load balancers have
# the priority 1000, as those above.
resource "google_compute_firewall" "nothing_else" {
  name                    = "${var.name}-nothing-else"
  description             = "nothing else"
  network                 = local.network
  priority                = 65533
  source_ranges           = ["0.0.0.0/0"]
  target_service_accounts = [local.control_plane, local.workers]
  deny {
    protocol = "all"
  }
}
