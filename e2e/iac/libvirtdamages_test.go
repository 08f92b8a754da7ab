package iac

var libvirtDamages = []damage{
	{"three", "terraform/controlplane.tf", "", `  vcpu `, `  vcpus `, "Unsupported argument"},
	{"three", "terraform/storage.tf", "", `name = var.name`, ``, "Missing required argument"},
	{"three", "terraform/network.tf", "", `"nat"`, `"route"`, `is of mode "route"`},
	{"three", "terraform/controlplane.tf", "", `listen_type = "none"`, `listen_type = "address"`, `has a screen that listens on "address"`},
	{"three", "terraform/controlplane.tf", "", `[each.value.address]`, `[cidrhost(var.machine_cidr, 99)]`, `has the address "10.0.0.99"`},
	{"one", "terraform/controlplane.tf", "", `content  = sensitive(`, `content  = nonsensitive(`, "expected it to be sensitive"},
}
