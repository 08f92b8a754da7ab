package iac

var cloudstackDamages = []damage{
	{"three", "terraform/machines.tf", "", `service_offering   =`, `service_offer      =`, "Unsupported argument"},
	{"closed", "terraform/network.tf", "", `cidr_list = rule.value`, `cidr_list = ["0.0.0.0/0"]`, `opens tcp 22 to "0.0.0.0/0"`},
	{"one", "terraform/machines.tf", "", `= each.value.address`, `= cidrhost(var.machine_cidr, 99)`, `has the address "10.0.0.99"`},
}
