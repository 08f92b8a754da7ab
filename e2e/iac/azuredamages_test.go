package iac

var azureDamages = []damage{
	{"three", "terraform/network.tf", "", `address_space `, `address_spaces `, "Unsupported argument"},
	{"three", "terraform/workers.tf", "", `storage_account_type   = "StandardSSD_LRS"`, ``, "Missing required argument"},
	{"three", "terraform/api.tf", "", `  frontend_ip_configuration {`, `  frontend_ip_configurations {`, "Unsupported block type"},
	{"large-manifest", "terraform/network.tf", "", `source_address_prefixes                    = var.api_cidrs`, `source_address_prefix                      = "Internet"`, `opens tcp 6443 to "0.0.0.0/0"`},
	{"closed", "terraform/network.tf", "", `= "22"`, `= "*"`, "opens tcp all ports to"},
	{"one", "terraform/network.tf", `"api"`, `= "Allow"`, `= "Deny"`, "port 6443 is not open to 0.0.0.0/0"},
	{"one", "terraform/network.tf", "", `source_application_security_group_ids      = [azurerm_application_security_group.machines.id]`, `source_address_prefix                      = "VirtualNetwork"`, `opens any all ports to "VirtualNetwork"`},
	{"large-manifest", "terraform/store.tf", "", `"private"`, `"blob"`, "is blob, expected private"},
	{"large-manifest", "terraform/store.tf", "", `allow_nested_items_to_be_public = false`, `allow_nested_items_to_be_public = true`, "may become public"},
	{"one", "terraform/controlplane.tf", "", `"DenyAll"`, `"AllowAll"`, "may be read over the network"},
	{"one", "terraform/controlplane.tf", "", `custom_data = sensitive(`, `custom_data = nonsensitive(`, "expected it to be sensitive"},
	{"one", "terraform/controlplane.tf", "", `admin_username = local.users[each.value.os]`, `admin_password = "insecure"`, "takes a password"},
	{"one", "terraform/workers.tf", "", `application_security_group_ids = [azurerm_application_security_group.machines.id]`, `public_ip_address { name = "public" }`, "gives workers public addresses"},
	{"three", "terraform/controlplane.tf", "", `= each.value.address`, `= cidrhost(var.machine_cidr, 99)`, `has the address "10.0.0.99"`},
	{"three", "terraform/workers.tf", "", `each.value.spot ? "Spot" : "Regular"`, `"Regular"`, "the pool batch became"},
}
