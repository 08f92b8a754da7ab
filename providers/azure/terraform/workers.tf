resource "azurerm_linux_virtual_machine_scale_set" "pool" {
  for_each                   = var.pools
  name                       = "${var.name}-${each.key}"
  computer_name_prefix       = "${var.name}-${each.key}-"
  resource_group_name        = local.group
  location                   = local.region
  zones                      = var.zones
  sku                        = each.value.size
  instances                  = each.value.count
  priority                   = each.value.spot ? "Spot" : "Regular"
  eviction_policy            = each.value.spot ? "Delete" : null
  encryption_at_host_enabled = var.encryption_at_host
  # As for the control plane.
  custom_data                  = sensitive(filebase64("${path.module}/../${each.value.user_data}"))
  extension_operations_enabled = false
  tags                         = var.tags

  # Terraform rolls a changed pool (versions.tf). Of Azure's own ways, one takes
  # down all machines at once, and the other needs a load balancer only to be told
  # their health, and leaves them with their old custom data.
  upgrade_mode = "Manual"
  # Machines more than asked for, until enough are up, would become nodes.
  overprovision = false
  # More than a hundred machines.
  single_placement_group = false

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
    identity_ids = [azurerm_user_assigned_identity.machine["worker"].id]
  }

  network_interface {
    name                      = "internal"
    primary                   = true
    network_security_group_id = azurerm_network_security_group.machines.id
    ip_configuration {
      name                           = "internal"
      primary                        = true
      subnet_id                      = local.subnet_id
      application_security_group_ids = [azurerm_application_security_group.machines.id]
    }
  }

  os_disk {
    storage_account_type   = "StandardSSD_LRS"
    caching                = "ReadWrite"
    disk_size_gb           = each.value.disk_gb
    disk_encryption_set_id = local.disk_encryption_set_id
  }

  boot_diagnostics {}

  # One machine after the other, of up to a thousand.
  timeouts {
    update = "24h"
  }

  # The control plane's addresses are taken before Azure gives out the rest.
  depends_on = [
    azurerm_lb.balancer,
    azurerm_nat_gateway_public_ip_association.cluster,
    azurerm_network_interface.control_plane,
    azurerm_network_security_rule.inside,
    azurerm_role_assignment.objects,
    azurerm_storage_blob.payload,
    azurerm_subnet_nat_gateway_association.cluster,
  ]

  lifecycle {
    ignore_changes = [instances]
  }
}

# How many machines a pool has. This also replaces evicted spot machines.
resource "azurerm_monitor_autoscale_setting" "pool" {
  for_each            = var.pools
  name                = "${var.name}-${each.key}"
  resource_group_name = local.group
  location            = local.region
  target_resource_id  = azurerm_linux_virtual_machine_scale_set.pool[each.key].id
  tags                = var.tags

  profile {
    name = "load"
    capacity {
      minimum = each.value.count
      maximum = each.value.max_count
      default = each.value.count
    }

    dynamic "rule" {
      for_each = each.value.max_count > each.value.count ? local.scaling : {}
      content {
        metric_trigger {
          metric_resource_id = azurerm_linux_virtual_machine_scale_set.pool[each.key].id
          metric_name        = "Percentage CPU"
          statistic          = "Average"
          time_aggregation   = "Average"
          time_grain         = "PT1M"
          time_window        = rule.value.window
          operator           = rule.value.operator
          threshold          = rule.value.percent
        }
        scale_action {
          direction = rule.key
          type      = "ChangeCount"
          value     = 1
          cooldown  = "PT5M"
        }
      }
    }
  }
}

locals {
  # A machine more within minutes; one less only after a quiet half hour.
  scaling = {
    Increase = { operator = "GreaterThan", percent = 75, window = "PT5M" }
    Decrease = { operator = "LessThan", percent = 25, window = "PT30M" }
  }
}
