package iac

var openstackDamages = []damage{
	{"three", "terraform/controlplane.tf", "", `flavor_name       = each.value.size`, `flavour_name      = each.value.size`, "Unsupported argument"},
	{"three", "terraform/controlplane.tf", "", `network_id         = local.network_id`, ``, "Missing required argument"},
	{"closed", "terraform/network.tf", `"ssh"`, `remote_ip_prefix  = each.key`, ``, `opens tcp 22 to "0.0.0.0/0"`},
	{"one", "terraform/network.tf", `"inside"`, `remote_group_id   = openstack_networking_secgroup_v2.machines.id`, `remote_ip_prefix  = "10.0.0.0/8"`, `opens any all ports to "10.0.0.0/8"`},
	{"one", "terraform/network.tf", "", `delete_default_rules = true`, `delete_default_rules = false`, "keeps the rules that OpenStack puts into it"},
	{"existing-network", "terraform/api.tf", "", `[local.subnet_cidr],`, `["0.0.0.0/0"],`, `opens tcp 6443 to "0.0.0.0/0"`},
	{"one", "terraform/workers.tf", "", `= sensitive(`, `= nonsensitive(`, "expected it to be sensitive"},
	{"three", "terraform/controlplane.tf", "", `ip_address = each.value.address`, `ip_address = cidrhost(var.machine_cidr, 99)`, `has the address "10.0.0.99"`},
	{"three", "terraform/workers.tf", "", `range(pool.count)`, `range(1)`, "the pool general became"},
}
