package iac

var gceDamages = []damage{
	{"three", "terraform/network.tf", "", `ip_cidr_range = var.machine_cidr`, `ip_cidr_rang  = var.machine_cidr`, "Unsupported argument"},
	{"three", "terraform/workers.tf", "", `minimal_action               = "REPLACE"`, ``, "Missing required argument"},
	{"three", "terraform/workers.tf", "", `  version {`, `  versions {`, "Unsupported block type"},
	{"three", "terraform/api.tf", "", `ports                 = ["6443"]`, `ports                 = { api = "6443" }`, "Incorrect attribute value type"},
	{"three", "terraform/api.tf", "", `load_balancing_scheme = "INTERNAL"`, `load_balancing_scheme = "INWARDS"`, "Unexpected value"},
	{"large-manifest", "terraform/network.tf", "", `= var.api_cidrs`, `= ["0.0.0.0/0"]`, `opens tcp 6443 to "0.0.0.0/0"`},
	{"closed", "terraform/network.tf", "", `= var.ssh_cidrs`, `= ["203.0.113.0/24"]`, `opens tcp 22 to "203.0.113.0/24"`},
	{"closed", "terraform/network.tf", "", `source_ranges           = var.ssh_cidrs`, ``, `opens tcp 22 to "0.0.0.0/0"`},
	{"closed", "terraform/network.tf", "", `ports    = ["22"]`, `ports    = ["22-65535"]`, "opens tcp 22-65535 to"},
	{"one", "terraform/network.tf", "", `source_service_accounts = [local.control_plane, local.workers]`, `source_ranges           = ["10.0.0.0/8"]`, `opens any all ports to "10.0.0.0/8"`},
	{"one", "terraform/machines.tf", "", `serial-port-enable     = "FALSE"`, `serial-port-enable     = "TRUE"`, `has serial-port-enable "TRUE"`},
	{"one", "terraform/machines.tf", "", `user-data = sensitive(`, `user-data = nonsensitive(`, "expected it to be sensitive"},
	{"large-manifest", "terraform/store.tf", "", `"enforced"`, `"inherited"`, "may become public"},
	{"large-manifest", "terraform/store.tf", "", `"projectOwner:${google_storage_bucket.payloads[0].project}"`, `"allUsers"`, "to allUsers"},
	{"existing-network", "terraform/network.tf", "", `  deny {`, `  allow {`, `opens any all ports to "0.0.0.0/0"`},
	{"large-manifest", "terraform/identity.tf", "", `= google_service_account.machine[each.value].member`, `= "allUsers"`, "to allUsers"},
	{"three", "terraform/controlplane.tf", "", `network_ip = google_compute_address.control_plane[each.key].address`, `network_ip = cidrhost(var.machine_cidr, 99)`, `has the address "10.0.0.99"`},
	{"three", "terraform/workers.tf", "", `each.value.spot ? "SPOT" : "STANDARD"`, `"STANDARD"`, "the pool batch became"},
	{"three", "terraform/workers.tf", "", `max_replicas = each.value.max_count`, `max_replicas = each.value.count`, "the pool general became"},
}
