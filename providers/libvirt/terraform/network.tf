# A network behind the host: machines reach the world by NAT, and nothing but
# the host reaches them, so that no firewall has to keep anybody out.

locals {
  make_network = var.network == "" && var.bridge == ""
  # Of these, one is set: how a machine is attached.
  attachment = {
    network_id   = local.make_network ? libvirt_network.cluster[0].id : null
    network_name = var.network == "" ? null : var.network
    bridge       = var.bridge == "" ? null : var.bridge
  }
}

resource "libvirt_network" "cluster" {
  count     = local.make_network ? 1 : 0
  name      = var.name
  mode      = "nat"
  addresses = [var.machine_cidr]
  autostart = true
  # What ends in this is answered here or not at all, and never asked elsewhere.
  domain = "${var.name}.internal"

  dhcp {
    enabled = true
  }

  dns {
    enabled    = true
    local_only = true

    # The name by which workers reach several control-plane machines. Whoever
    # asks gets all addresses and tries them in turn.
    dynamic "hosts" {
      for_each = length(var.control_plane) > 1 && !var.endpoint.own ? var.control_plane : []
      content {
        hostname = var.endpoint.host
        ip       = hosts.value.address
      }
    }
  }
}
