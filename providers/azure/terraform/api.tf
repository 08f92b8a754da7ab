# How the API is reached. Workers use an address that was fixed at compile time,
# and is in the certificate; whoever is outside uses a public address, which is
# not.

locals {
  single   = length(var.control_plane) == 1
  public   = length(var.api_cidrs) > 0 && !var.endpoint.own
  api_host = local.public ? azurerm_public_ip.api[0].ip_address : var.endpoint.host

  # Several machines stand behind load balancers: one for workers, where the
  # endpoint is not somebody else's, and one for whoever is outside. Their names
  # are neither the cluster's nor end in "-internal": those are the
  # cloud-controller-manager's, which removes what it does not know there.
  balancers = local.single ? toset([]) : toset(concat(
    var.endpoint.own ? [] : ["endpoint"],
    local.public ? ["api"] : [],
  ))

  # An address is in one zone or in all three. Of two Azure makes three, and
  # Terraform would make the address anew at every run.
  # https://github.com/hashicorp/terraform-provider-azurerm/issues/16470
  address_zones = length(var.zones) > 1 ? ["1", "2", "3"] : var.zones
}

# On one machine it is the machine's own (controlplane.tf).
resource "azurerm_public_ip" "api" {
  count               = local.public ? 1 : 0
  name                = "${var.name}-api"
  resource_group_name = local.group
  location            = local.region
  allocation_method   = "Static"
  sku                 = "Standard"
  zones               = local.address_zones
  tags                = var.tags
}

resource "azurerm_lb" "balancer" {
  for_each            = local.balancers
  name                = "${var.name}-${each.key}"
  resource_group_name = local.group
  location            = local.region
  sku                 = "Standard"
  tags                = var.tags

  frontend_ip_configuration {
    name                          = each.key
    public_ip_address_id          = each.key == "api" ? azurerm_public_ip.api[0].id : null
    subnet_id                     = each.key == "api" ? null : local.subnet_id
    private_ip_address            = each.key == "api" ? null : var.endpoint.host
    private_ip_address_allocation = each.key == "api" ? null : "Static"
    zones                         = each.key == "api" ? null : local.address_zones
  }
}

resource "azurerm_lb_backend_address_pool" "control_plane" {
  for_each        = azurerm_lb.balancer
  name            = "control-plane"
  loadbalancer_id = each.value.id
}

resource "azurerm_lb_probe" "ready" {
  for_each            = azurerm_lb.balancer
  name                = "ready"
  loadbalancer_id     = each.value.id
  protocol            = "Https"
  port                = 6443
  request_path        = "/readyz"
  interval_in_seconds = 5
  probe_threshold     = 2
}

resource "azurerm_lb_rule" "api" {
  for_each                       = azurerm_lb.balancer
  name                           = "api"
  loadbalancer_id                = each.value.id
  frontend_ip_configuration_name = each.key
  frontend_port                  = 6443
  backend_address_pool_ids       = [azurerm_lb_backend_address_pool.control_plane[each.key].id]
  backend_port                   = 6443
  probe_id                       = azurerm_lb_probe.ready[each.key].id
  protocol                       = "Tcp"
  # Watches are silent for long. Ends are told with a reset, not by silence.
  idle_timeout_in_minutes = 30
  tcp_reset_enabled       = true
  # The way out is the subnet's.
  disable_outbound_snat = true
}

locals {
  members = merge([for key in local.balancers : {
    for name, m in local.machines : "${key}/${name}" => { balancer = key, machine = name }
  }]...)
}

resource "azurerm_network_interface_backend_address_pool_association" "control_plane" {
  for_each                = local.members
  backend_address_pool_id = azurerm_lb_backend_address_pool.control_plane[each.value.balancer].id
  network_interface_id    = azurerm_network_interface.control_plane[each.value.machine].id
  ip_configuration_name   = local.ip_configuration
}
