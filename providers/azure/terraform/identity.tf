# What machines may do in Azure: read their own payload where it is an object, and
# with the cloud-controller-manager what that does. Nothing else.

resource "azurerm_user_assigned_identity" "machine" {
  for_each            = toset(["control-plane", "worker"])
  name                = "${var.name}-${each.key}"
  resource_group_name = local.group
  location            = local.region
  tags                = var.tags
}

locals {
  # A worker's object holds no more than any worker may know; the control
  # plane's hold every key.
  objects_of = {
    control-plane = [for m in var.control_plane : m.object if m.object != ""]
    worker        = [for p in var.pools : p.object if p.object != ""]
  }
  blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
}

# https://learn.microsoft.com/azure/storage/blobs/storage-auth-abac
resource "azurerm_role_assignment" "objects" {
  for_each             = { for role, objects in local.objects_of : role => objects if length(objects) > 0 }
  scope                = azurerm_storage_container.payloads[0].id
  role_definition_name = "Storage Blob Data Reader"
  principal_id         = azurerm_user_assigned_identity.machine[each.key].principal_id
  principal_type       = "ServicePrincipal"
  description          = "payloads of ${each.key} machines"
  condition_version    = "2.0"
  condition = format("((!(ActionMatches{'%s/read'})) OR (%s))", local.blobs,
    join(" OR ", [for object in each.value : "@Resource[${local.blobs}:path] StringEquals '${object}'"]),
  )
}

data "azurerm_subscription" "current" {
  count = var.cloud_controllers ? 1 : 0
}

# https://cloud-provider-azure.sigs.k8s.io/topics/azure-permissions/, without disks,
# file shares and routes. It adds nodes to load balancers by their addresses, for
# which it needs no right to change machines. Roles' names are the tenant's: the
# store's is one that no other cluster has.
resource "azurerm_role_definition" "cloud_controllers" {
  count       = var.cloud_controllers ? 1 : 0
  name        = "${var.store}-cloud-controller-manager"
  description = "cloud-controller-manager of the cluster ${var.name}"
  scope       = data.azurerm_subscription.current[0].id
  permissions {
    actions = [
      "Microsoft.Compute/virtualMachines/read",
      "Microsoft.Compute/virtualMachines/instanceView/read",
      "Microsoft.Compute/virtualMachineScaleSets/read",
      "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read",
      "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/instanceView/read",
      "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/networkInterfaces/read",
      "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/networkInterfaces/ipConfigurations/publicIPAddresses/read",
      "Microsoft.Network/applicationSecurityGroups/joinNetworkSecurityRule/action",
      "Microsoft.Network/loadBalancers/delete",
      "Microsoft.Network/loadBalancers/read",
      "Microsoft.Network/loadBalancers/write",
      "Microsoft.Network/loadBalancers/backendAddressPools/delete",
      "Microsoft.Network/loadBalancers/backendAddressPools/read",
      "Microsoft.Network/loadBalancers/backendAddressPools/write",
      "Microsoft.Network/networkInterfaces/read",
      "Microsoft.Network/networkSecurityGroups/read",
      "Microsoft.Network/networkSecurityGroups/write",
      "Microsoft.Network/privateLinkServices/read",
      "Microsoft.Network/publicIPAddresses/delete",
      "Microsoft.Network/publicIPAddresses/join/action",
      "Microsoft.Network/publicIPAddresses/read",
      "Microsoft.Network/publicIPAddresses/write",
      "Microsoft.Network/virtualNetworks/joinLoadBalancer/action",
      "Microsoft.Network/virtualNetworks/read",
      "Microsoft.Network/virtualNetworks/subnets/join/action",
      "Microsoft.Network/virtualNetworks/subnets/read",
    ]
  }
}

# Which zones there are it learns from the list of Azure's services, which is the
# subscription's.
resource "azurerm_role_definition" "zones" {
  count       = var.cloud_controllers ? 1 : 0
  name        = "${var.store}-zones"
  description = "zones, for the cloud-controller-manager of the cluster ${var.name}"
  scope       = data.azurerm_subscription.current[0].id
  permissions {
    actions = ["Microsoft.Resources/subscriptions/providers/read"]
  }
}

locals {
  # An existing network is in another group.
  controllers_in = var.cloud_controllers ? merge(
    { group = azurerm_resource_group.cluster.id },
    local.make_network ? {} : { network = split("/subnets/", local.subnet_id)[0] },
  ) : {}
}

resource "azurerm_role_assignment" "cloud_controllers" {
  for_each           = local.controllers_in
  scope              = each.value
  role_definition_id = azurerm_role_definition.cloud_controllers[0].role_definition_resource_id
  principal_id       = azurerm_user_assigned_identity.machine["control-plane"].principal_id
  principal_type     = "ServicePrincipal"
}

resource "azurerm_role_assignment" "zones" {
  count              = var.cloud_controllers ? 1 : 0
  scope              = data.azurerm_subscription.current[0].id
  role_definition_id = azurerm_role_definition.zones[0].role_definition_resource_id
  principal_id       = azurerm_user_assigned_identity.machine["control-plane"].principal_id
  principal_type     = "ServicePrincipal"
}
