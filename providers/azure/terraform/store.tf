# Payloads that are larger than custom data may be. Machines fetch theirs with the
# identity that they have.

resource "azurerm_storage_account" "payloads" {
  count                           = length(var.objects) > 0 ? 1 : 0
  name                            = var.store
  resource_group_name             = local.group
  location                        = local.region
  account_tier                    = "Standard"
  account_replication_type        = "LRS"
  min_tls_version                 = "TLS1_2"
  https_traffic_only_enabled      = true
  allow_nested_items_to_be_public = false
  local_user_enabled              = false
  # Terraform uploads with the account's key, from wherever it runs: without it
  # whoever runs it would need a role for data too, which an owner has not.
  shared_access_key_enabled = true
  tags                      = var.tags
}

resource "azurerm_storage_container" "payloads" {
  count                 = length(azurerm_storage_account.payloads)
  name                  = "payloads"
  storage_account_id    = azurerm_storage_account.payloads[0].id
  container_access_type = "private"
}

resource "azurerm_storage_blob" "payload" {
  for_each               = var.objects
  name                   = each.key
  storage_account_name   = azurerm_storage_account.payloads[0].name
  storage_container_name = azurerm_storage_container.payloads[0].name
  type                   = "Block"
  source                 = "${path.module}/../${each.value}"
  content_md5            = filemd5("${path.module}/../${each.value}")
}
