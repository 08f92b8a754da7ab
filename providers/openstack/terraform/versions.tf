terraform {
  required_version = ">= 1.6"
  required_providers {
    openstack = {
      source = "terraform-provider-openstack/openstack"
      # What 2.0 and 3.0 took away is not used here.
      version = ">= 1.54, < 4.0"
    }
    time = {
      source  = "hashicorp/time"
      version = "~> 0.9"
    }
  }
}

# Credentials come from clouds.yaml or from the OS_ variables of the environment.
provider "openstack" {
  cloud  = var.cloud == "" ? null : var.cloud
  region = var.region == "" ? null : var.region
}
