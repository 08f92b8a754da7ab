package iac

var azure = reader{
	firewall: true,
	kinds: map[string]func(resource, *inventory){
		"azurerm_application_security_group":        nil,
		"azurerm_lb":                                nil, // who reaches it is up to the rules of the machines behind it
		"azurerm_lb_backend_address_pool":           nil,
		"azurerm_lb_probe":                          nil,
		"azurerm_lb_rule":                           nil,
		"azurerm_linux_virtual_machine":             azureMachine,
		"azurerm_linux_virtual_machine_scale_set":   azureScaleSet,
		"azurerm_managed_disk":                      azureDisk,
		"azurerm_monitor_autoscale_setting":         azureScaling,
		"azurerm_nat_gateway":                       nil,
		"azurerm_nat_gateway_public_ip_association": nil,
		"azurerm_network_interface":                 azureInterface,
		"azurerm_network_interface_application_security_group_association": nil,
		"azurerm_network_interface_backend_address_pool_association":       nil,
		"azurerm_network_interface_security_group_association":             nil,
		"azurerm_network_security_group":                                   azureSecurityGroup,
		"azurerm_network_security_rule":                                    azureRule,
		"azurerm_public_ip":                                                nil,
		"azurerm_resource_group":                                           nil,
		"azurerm_role_assignment":                                          nil,
		"azurerm_role_definition":                                          nil,
		"azurerm_storage_account":                                          azureStorage,
		"azurerm_storage_blob":                                             nil,
		"azurerm_storage_container":                                        azureContainer,
		"azurerm_subnet":                                                   nil,
		"azurerm_subnet_nat_gateway_association":                           nil,
		"azurerm_user_assigned_identity":                                   nil,
		"azurerm_virtual_machine_data_disk_attachment":                     nil,
		"azurerm_virtual_network":                                          nil,
	},
}

// Azure encrypts every disk; a key of the user's own is an option.
const azureEncrypts = true

func azureRule(r resource, inv *inventory) {
	if r.text("direction") != "Inbound" || r.text("access") != "Allow" {
		return
	}
	protocol := map[string]string{"Tcp": "tcp", "Udp": "udp", "Icmp": "icmp"}[r.text("protocol")]
	if protocol == "" {
		protocol = "any"
	}
	open := []ports{{}}
	if named := append(r.texts("destination_port_ranges"), r.texts("destination_port_range")...); len(named) > 0 && named[0] != "*" {
		open = portsOf(named)
	}
	for _, from := range azureSources(r) {
		for _, p := range open {
			inv.openings = append(inv.openings, opening{resource: r.Address, from: from, protocol: protocol, ports: p})
		}
	}
}

// azureSources are a rule's ranges, or groups of machines.
func azureSources(r resource) []string {
	if r.made("source_application_security_group_ids") {
		return []string{inside}
	}
	var out []string
	for _, from := range append(r.texts("source_address_prefixes"), r.texts("source_address_prefix")...) {
		switch from {
		// Azure's own name for where health checks come from.
		// https://learn.microsoft.com/azure/virtual-network/service-tags-overview
		case "AzureLoadBalancer":
			from = health
		case "*", "Internet":
			from = "0.0.0.0/0"
		}
		out = append(out, from)
	}
	return out
}

// azureSecurityGroup may have no rules of its own: they would replace the others.
func azureSecurityGroup(r resource, inv *inventory) {
	if len(r.blocks("security_rule")) > 0 {
		inv.fail(r, "has rules of its own, expected them as azurerm_network_security_rule")
	}
}

func azureInterface(r resource, inv *inventory) {
	inv.machine(r.key()).address = r.text("ip_configuration.0.private_ip_address")
	if got := r.text("ip_configuration.0.private_ip_address_allocation"); got != "Static" {
		inv.fail(r, "has an address that is %s, expected it to be Static", got)
	}
}

func azureMachine(r resource, inv *inventory) {
	inv.machine(r.key()).resource = r.Address
	inv.disks = append(inv.disks, disk{resource: r.Address, encrypted: azureEncrypts})
	azureLogin(r, inv)
}

func azureScaleSet(r resource, inv *inventory) {
	inv.pool(r.key()).spot = r.text("priority") == "Spot"
	if len(r.blocks("data_disk")) > 0 {
		inv.fail(r, "has disks of its own")
	}
	for _, b := range r.blocks("network_interface") {
		for _, c := range r.blocks(b + ".ip_configuration") {
			if len(r.blocks(c+".public_ip_address")) > 0 {
				inv.fail(r, "gives workers public addresses")
			}
		}
	}
	azureLogin(r, inv)
}

func azureLogin(r resource, inv *inventory) {
	if r.text("admin_password") != "" || r.text("disable_password_authentication") == "false" {
		inv.fail(r, "takes a password")
	}
}

func azureDisk(r resource, inv *inventory) {
	inv.disks = append(inv.disks, disk{resource: r.Address, encrypted: azureEncrypts, etcd: true})
	if got := r.text("network_access_policy"); got != "DenyAll" {
		inv.fail(r, "may be read over the network (%q)", got)
	}
}

func azureScaling(r resource, inv *inventory) {
	g := inv.pool(r.key())
	g.least, g.most = r.number("profile.0.capacity.0.minimum"), r.number("profile.0.capacity.0.maximum")
}

func azureStorage(r resource, inv *inventory) {
	if r.text("allow_nested_items_to_be_public") != "false" || r.text("https_traffic_only_enabled") != "true" {
		inv.fail(r, "may become public")
	}
}

func azureContainer(r resource, inv *inventory) {
	if got := r.text("container_access_type"); got != "private" {
		inv.fail(r, "is %s, expected private", got)
	}
}
