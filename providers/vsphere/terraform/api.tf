# The API is where workers reach it: the only machine's address, or what the
# config says. vSphere has no load balancer.

locals {
  api_host = var.endpoint.host
}

output "vsphere_conf" {
  description = "What the cloud-controller-manager's Secret has besides the login; empty without that add-on."
  value = !var.cloud_controllers ? "" : yamlencode({
    # Where the Secret is, so that nobody needs the right to read all of them.
    global = { insecureFlag = var.insecure, secretsDirectory = "/etc/cloud-login" }
    vcenter = {
      (var.server) = {
        server      = var.server
        datacenters = var.datacenter == "" ? [] : [var.datacenter]
      }
    }
    # A machine has other addresses too: its pods'.
    nodes = { internalNetworkSubnetCidr = var.machine_cidr, externalNetworkSubnetCidr = var.machine_cidr }
  })
}
