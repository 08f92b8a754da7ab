# How the API is reached. Workers use an address that was fixed at compile time,
# and is in the certificate: the only machine's, or a load balancer's. Whoever is
# outside uses a public address, which is not.

locals {
  single   = length(var.control_plane) == 1
  public   = length(var.api_cidrs) > 0 && !var.endpoint.own
  balanced = !local.single && !var.endpoint.own
  api_host = local.public ? openstack_networking_floatingip_v2.api[0].address : var.endpoint.host

  # OVN's balancer takes neither ranges nor timeouts, and knows no HTTPS.
  # https://docs.openstack.org/octavia/latest/user/feature-classification/
  ovn = var.load_balancer_provider == "ovn"
}

resource "openstack_networking_floatingip_v2" "api" {
  count       = local.public ? 1 : 0
  description = "the Kubernetes API of ${var.name}"
  pool        = data.openstack_networking_network_v2.external[0].name
  port_id = (
    local.balanced ? openstack_lb_loadbalancer_v2.api[0].vip_port_id :
    openstack_networking_port_v2.control_plane[var.control_plane[0].name].id
  )
  depends_on = [openstack_networking_router_interface_v2.cluster]
}

resource "openstack_lb_loadbalancer_v2" "api" {
  count                 = local.balanced ? 1 : 0
  name                  = "${var.name}-api"
  vip_subnet_id         = local.subnet_id
  vip_address           = var.endpoint.host
  loadbalancer_provider = var.load_balancer_provider == "" ? null : var.load_balancer_provider
  # Its own machines take any address that is free.
  depends_on = [openstack_networking_port_v2.control_plane]
}

resource "openstack_lb_listener_v2" "api" {
  count           = length(openstack_lb_loadbalancer_v2.api)
  name            = "${var.name}-api"
  loadbalancer_id = openstack_lb_loadbalancer_v2.api[0].id
  protocol        = "TCP"
  protocol_port   = 6443
  allowed_cidrs = local.ovn ? null : concat(
    [local.subnet_cidr],
    [for cidr in var.api_cidrs : cidr if !strcontains(cidr, ":")],
  )
  # Octavia's 50 seconds end a quiet "kubectl exec".
  timeout_client_data = local.ovn ? null : 3600000
  timeout_member_data = local.ovn ? null : 3600000
}

resource "openstack_lb_pool_v2" "api" {
  count       = length(openstack_lb_listener_v2.api)
  name        = "${var.name}-api"
  listener_id = openstack_lb_listener_v2.api[0].id
  protocol    = "TCP"
  lb_method   = local.ovn ? "SOURCE_IP_PORT" : "ROUND_ROBIN"
}

resource "openstack_lb_monitor_v2" "api" {
  count       = length(openstack_lb_pool_v2.api)
  name        = "${var.name}-api"
  pool_id     = openstack_lb_pool_v2.api[0].id
  type        = local.ovn ? "TCP" : "HTTPS"
  url_path    = local.ovn ? null : "/readyz"
  delay       = 10
  timeout     = 5
  max_retries = 2
}

resource "openstack_lb_member_v2" "api" {
  for_each      = local.balanced ? local.machines : {}
  name          = each.key
  pool_id       = openstack_lb_pool_v2.api[0].id
  address       = each.value.address
  protocol_port = 6443
  subnet_id     = local.subnet_id
}

# Requests and health checks come from the balancer's own addresses.
resource "openstack_networking_secgroup_rule_v2" "balancer" {
  count             = length(openstack_lb_loadbalancer_v2.api)
  description       = "the load balancer"
  security_group_id = openstack_networking_secgroup_v2.control_plane.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = 6443
  port_range_max    = 6443
  remote_ip_prefix  = local.subnet_cidr
}
