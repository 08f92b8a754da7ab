# Where everything goes. All of it is there already.

data "vsphere_datacenter" "cluster" {
  name = var.datacenter == "" ? null : var.datacenter
}

data "vsphere_compute_cluster" "cluster" {
  name          = var.compute_cluster
  datacenter_id = data.vsphere_datacenter.cluster.id
}

data "vsphere_resource_pool" "cluster" {
  count         = var.resource_pool == "" ? 0 : 1
  name          = var.resource_pool
  datacenter_id = data.vsphere_datacenter.cluster.id
}

data "vsphere_datastore" "cluster" {
  name          = var.datastore
  datacenter_id = data.vsphere_datacenter.cluster.id
}

data "vsphere_storage_policy" "cluster" {
  count = var.storage_policy == "" ? 0 : 1
  name  = var.storage_policy
}

data "vsphere_network" "cluster" {
  name          = var.network
  datacenter_id = data.vsphere_datacenter.cluster.id
}

locals {
  resource_pool_id  = var.resource_pool == "" ? data.vsphere_compute_cluster.cluster.resource_pool_id : data.vsphere_resource_pool.cluster[0].id
  storage_policy_id = var.storage_policy == "" ? null : data.vsphere_storage_policy.cluster[0].id
}

resource "vsphere_folder" "cluster" {
  path          = var.folder == "" ? var.name : "${var.folder}/${var.name}"
  type          = "vm"
  datacenter_id = data.vsphere_datacenter.cluster.id
}
