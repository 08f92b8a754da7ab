terraform {
  required_version = ">= 1.6"
  required_providers {
    azurerm = {
      source = "hashicorp/azurerm"
      # The first in which a container's ID says which account it is in.
      version = "~> 4.9"
    }
  }
}

# The subscription and who acts come from the environment: ARM_SUBSCRIPTION_ID,
# and "az login" or the other ARM_ variables.
provider "azurerm" {
  # What is used here, and nothing else of Azure's many services.
  resource_provider_registrations = "core"
  resource_providers_to_register  = ["microsoft.insights"]

  features {
    # What Kubernetes made in the group (load balancers, disks) goes with it.
    resource_group {
      prevent_deletion_if_contains_resources = false
    }
    # A changed payload rolls a pool: one machine after the other gets the new
    # model, and a new disk, without which it would not read its custom data.
    virtual_machine_scale_set {
      roll_instances_when_required = true
      reimage_on_manual_upgrade    = true
    }
  }
}

resource "azurerm_resource_group" "cluster" {
  name     = var.name
  location = var.region
  tags     = var.tags
}

locals {
  group  = azurerm_resource_group.cluster.name
  region = azurerm_resource_group.cluster.location
}
