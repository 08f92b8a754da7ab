terraform {
  required_version = ">= 1.6"
  required_providers {
    libvirt = {
      source = "dmacvicar/libvirt"
      # 0.9 is another provider under the same name, with other resources.
      version = "~> 0.8.3"
    }
  }
}

provider "libvirt" {
  uri = var.uri
}
