terraform {
  required_version = ">= 1.6"
  required_providers {
    vsphere = {
      source  = "vmware/vsphere"
      version = "~> 2.12"
    }
    time = {
      source  = "hashicorp/time"
      version = "~> 0.9"
    }
  }
}

# The login is in VSPHERE_USER and VSPHERE_PASSWORD.
provider "vsphere" {
  vsphere_server       = var.server == "" ? null : var.server
  allow_unverified_ssl = var.insecure
}
