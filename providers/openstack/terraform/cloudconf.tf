output "cloud_conf" {
  description = "What the cloud-controller-manager's Secret has besides the credential; empty without that add-on."
  value = !var.cloud_controllers ? "" : join("\n", concat(
    [
      "[LoadBalancer]",
      "floating-network-id=${data.openstack_networking_network_v2.external[0].id}",
      "subnet-id=${local.subnet_id}",
      # Lets a balancer's requests through to node ports, and takes that back.
      "manage-security-groups=true",
    ],
    local.ovn ? ["lb-provider=ovn", "lb-method=SOURCE_IP_PORT"] : [],
    [""],
  ))
}
