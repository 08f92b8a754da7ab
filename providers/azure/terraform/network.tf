locals {
  make_network = var.subnet.name == ""
  subnet_id    = local.make_network ? azurerm_subnet.cluster[0].id : data.azurerm_subnet.existing[0].id
}

resource "azurerm_virtual_network" "cluster" {
  count               = local.make_network ? 1 : 0
  name                = var.name
  resource_group_name = local.group
  location            = local.region
  address_space       = [var.machine_cidr]
  tags                = var.tags
}

# One subnet is in all zones of its region.
resource "azurerm_subnet" "cluster" {
  count                = local.make_network ? 1 : 0
  name                 = var.name
  resource_group_name  = local.group
  virtual_network_name = azurerm_virtual_network.cluster[0].name
  address_prefixes     = [var.machine_cidr]
  # The way out is the one below, and no other that Azure may add.
  default_outbound_access_enabled = false
}

data "azurerm_subnet" "existing" {
  count                = local.make_network ? 0 : 1
  name                 = var.subnet.name
  virtual_network_name = var.subnet.virtual_network
  resource_group_name  = var.subnet.resource_group
}

# The way to the internet: one address for all machines, none on workers. (This
# provider cannot give a scale set's machines public addresses of the one kind
# that is left; a load balancer's outbound rules would part one address's ports
# among the machines for good.)
resource "azurerm_public_ip" "nat" {
  count               = local.make_network ? 1 : 0
  name                = "${var.name}-nat"
  resource_group_name = local.group
  location            = local.region
  allocation_method   = "Static"
  sku                 = "Standard"
  tags                = var.tags
}

resource "azurerm_nat_gateway" "cluster" {
  count               = local.make_network ? 1 : 0
  name                = var.name
  resource_group_name = local.group
  location            = local.region
  sku_name            = "Standard"
  tags                = var.tags
}

resource "azurerm_nat_gateway_public_ip_association" "cluster" {
  count                = length(azurerm_nat_gateway.cluster)
  nat_gateway_id       = azurerm_nat_gateway.cluster[0].id
  public_ip_address_id = azurerm_public_ip.nat[0].id
}

resource "azurerm_subnet_nat_gateway_association" "cluster" {
  count          = length(azurerm_nat_gateway.cluster)
  subnet_id      = azurerm_subnet.cluster[0].id
  nat_gateway_id = azurerm_nat_gateway.cluster[0].id
}

# Firewall rules know machines by these groups, not by addresses, which others in
# an existing subnet may have too.
resource "azurerm_application_security_group" "machines" {
  name                = "${var.name}-machines"
  resource_group_name = local.group
  location            = local.region
  tags                = var.tags
}

resource "azurerm_application_security_group" "control_plane" {
  name                = "${var.name}-control-plane"
  resource_group_name = local.group
  location            = local.region
  tags                = var.tags
}

# Each rule is a resource of its own, so that those stay which the
# cloud-controller-manager adds for Services. Its priorities begin at 500.
resource "azurerm_network_security_group" "machines" {
  name                = var.name
  resource_group_name = local.group
  location            = local.region
  tags                = var.tags
}

resource "azurerm_network_security_rule" "inside" {
  name                                       = "inside"
  description                                = "machines and pods, among each other"
  resource_group_name                        = local.group
  network_security_group_name                = azurerm_network_security_group.machines.name
  priority                                   = 100
  direction                                  = "Inbound"
  access                                     = "Allow"
  protocol                                   = "*"
  source_application_security_group_ids      = [azurerm_application_security_group.machines.id]
  source_port_range                          = "*"
  destination_application_security_group_ids = [azurerm_application_security_group.machines.id]
  destination_port_range                     = "*"
}

resource "azurerm_network_security_rule" "health" {
  name                        = "health"
  description                 = "health checks of load balancers, which come from Azure itself"
  resource_group_name         = local.group
  network_security_group_name = azurerm_network_security_group.machines.name
  priority                    = 110
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_address_prefix       = "AzureLoadBalancer"
  source_port_range           = "*"
  destination_address_prefix  = "*"
  destination_port_range      = "*"
}

resource "azurerm_network_security_rule" "ssh" {
  count                                      = length(var.ssh_cidrs) > 0 ? 1 : 0
  name                                       = "ssh"
  description                                = "ssh (access.sshCIDRs)"
  resource_group_name                        = local.group
  network_security_group_name                = azurerm_network_security_group.machines.name
  priority                                   = 120
  direction                                  = "Inbound"
  access                                     = "Allow"
  protocol                                   = "Tcp"
  source_address_prefixes                    = var.ssh_cidrs
  source_port_range                          = "*"
  destination_application_security_group_ids = [azurerm_application_security_group.machines.id]
  destination_port_range                     = "22"
}

resource "azurerm_network_security_rule" "api" {
  count                                      = length(var.api_cidrs) > 0 ? 1 : 0
  name                                       = "api"
  description                                = "the Kubernetes API (access.apiCIDRs)"
  resource_group_name                        = local.group
  network_security_group_name                = azurerm_network_security_group.machines.name
  priority                                   = 130
  direction                                  = "Inbound"
  access                                     = "Allow"
  protocol                                   = "Tcp"
  source_address_prefixes                    = var.api_cidrs
  source_port_range                          = "*"
  destination_application_security_group_ids = [azurerm_application_security_group.control_plane.id]
  destination_port_range                     = "6443"
}

# Azure's own rules would let in whatever is in the network or joined to it.
resource "azurerm_network_security_rule" "nothing_else" {
  name                        = "nothing-else"
  description                 = "nothing else"
  resource_group_name         = local.group
  network_security_group_name = azurerm_network_security_group.machines.name
  priority                    = 4096
  direction                   = "Inbound"
  access                      = "Deny"
  protocol                    = "*"
  source_address_prefix       = "*"
  source_port_range           = "*"
  destination_address_prefix  = "*"
  destination_port_range      = "*"
}
