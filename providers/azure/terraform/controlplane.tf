locals {
  machines         = { for m in var.control_plane : m.name => m }
  ip_configuration = "internal"

  # Control-plane machines have public addresses where there is no other way to
  # them: for ssh, in a network that is made here. The API's own is the address
  # of a machine that is alone.
  own_addresses = local.make_network && length(var.ssh_cidrs) > 0 && !(local.single && local.public) ? local.machines : {}
  addresses = {
    for name, m in local.machines : name => (
      local.single && local.public ? azurerm_public_ip.api[0].id :
      length(local.own_addresses) > 0 ? azurerm_public_ip.control_plane[name].id :
      null
    )
  }
  disk_encryption_set_id = var.disk_encryption_set_id == "" ? null : var.disk_encryption_set_id

  # Azure wants an ssh key or a password for every machine. Machines take their
  # logins from their payload, so that this key belongs to nobody: its 32 bytes
  # are the SHA-256 of "nobody has the private half of this key".
  nobodys_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPk0Ws+4wBFkorV5OTrOrRDC9JxaHJb3Auoia4BO1GPg nobody"
}

resource "azurerm_public_ip" "control_plane" {
  for_each            = local.own_addresses
  name                = "${var.name}-${each.key}"
  resource_group_name = local.group
  location            = local.region
  allocation_method   = "Static"
  sku                 = "Standard"
  zones               = local.address_zones
  tags                = var.tags
}

resource "azurerm_network_interface" "control_plane" {
  for_each            = local.machines
  name                = each.key
  resource_group_name = local.group
  location            = local.region
  tags                = var.tags

  ip_configuration {
    name                          = local.ip_configuration
    subnet_id                     = local.subnet_id
    private_ip_address_allocation = "Static"
    private_ip_address            = each.value.address
    public_ip_address_id          = local.addresses[each.key]
  }
}

resource "azurerm_network_interface_security_group_association" "control_plane" {
  for_each                  = azurerm_network_interface.control_plane
  network_interface_id      = each.value.id
  network_security_group_id = azurerm_network_security_group.machines.id
}

resource "azurerm_network_interface_application_security_group_association" "machines" {
  for_each                      = azurerm_network_interface.control_plane
  network_interface_id          = each.value.id
  application_security_group_id = azurerm_application_security_group.machines.id
}

resource "azurerm_network_interface_application_security_group_association" "control_plane" {
  for_each                      = azurerm_network_interface.control_plane
  network_interface_id          = each.value.id
  application_security_group_id = azurerm_application_security_group.control_plane.id
}

# Machines are called as their nodes, by which the cloud-controller-manager finds
# them; the group is theirs alone.
resource "azurerm_linux_virtual_machine" "control_plane" {
  for_each                   = local.machines
  name                       = each.key
  computer_name              = each.key
  resource_group_name        = local.group
  location                   = local.region
  zone                       = each.value.zone == "" ? null : each.value.zone
  size                       = each.value.size
  network_interface_ids      = [azurerm_network_interface.control_plane[each.key].id]
  encryption_at_host_enabled = var.encryption_at_host
  # Neither the metadata service nor Azure's API gives custom data out again;
  # user data both would.
  custom_data = sensitive(filebase64("${path.module}/../${each.value.user_data}"))
  # Nothing but its payload says what is on a machine.
  allow_extension_operations = false
  tags                       = var.tags

  source_image_id = lookup(var.images, "${each.value.os}/${each.value.architecture}", null)
  dynamic "source_image_reference" {
    for_each = contains(keys(var.images), "${each.value.os}/${each.value.architecture}") ? [] : [local.published["${each.value.os}/${each.value.architecture}"]]
    content {
      publisher = source_image_reference.value.publisher
      offer     = source_image_reference.value.offer
      sku       = source_image_reference.value.sku
      version   = "latest"
    }
  }

  admin_username = local.users[each.value.os]
  admin_ssh_key {
    username   = local.users[each.value.os]
    public_key = local.nobodys_key
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.machine["control-plane"].id]
  }

  os_disk {
    storage_account_type   = "Premium_LRS"
    caching                = "ReadWrite"
    disk_size_gb           = each.value.disk_gb
    disk_encryption_set_id = local.disk_encryption_set_id
  }

  # The console, in a place of Azure's own.
  boot_diagnostics {}

  # What they fetch and ask for on their first boot is there before them.
  depends_on = [
    azurerm_nat_gateway_public_ip_association.cluster,
    azurerm_network_interface_application_security_group_association.machines,
    azurerm_network_interface_security_group_association.control_plane,
    azurerm_network_security_rule.inside,
    azurerm_role_assignment.objects,
    azurerm_storage_blob.payload,
    azurerm_subnet_nat_gateway_association.cluster,
  ]

  lifecycle {
    # A control plane is replaced one machine at a time, by its operator
    # (docs/providers/azure.md), and never because a payload or an image changed.
    ignore_changes = [admin_ssh_key, custom_data, source_image_id, source_image_reference]
  }
}

# etcd's data outlives its machine, so that nothing here may depend on the
# machine.
resource "azurerm_managed_disk" "etcd" {
  for_each               = var.etcd_disk_gb > 0 ? local.machines : {}
  name                   = "${each.key}-etcd"
  resource_group_name    = local.group
  location               = local.region
  zone                   = each.value.zone == "" ? null : each.value.zone
  storage_account_type   = "Premium_LRS"
  create_option          = "Empty"
  disk_size_gb           = var.etcd_disk_gb
  disk_encryption_set_id = local.disk_encryption_set_id
  network_access_policy  = "DenyAll"
  tags                   = var.tags
}

resource "azurerm_virtual_machine_data_disk_attachment" "etcd" {
  for_each           = azurerm_managed_disk.etcd
  managed_disk_id    = each.value.id
  virtual_machine_id = azurerm_linux_virtual_machine.control_plane[each.key].id
  lun                = 0
  # etcd waits until what it writes is on the disk.
  caching = "None"
}
