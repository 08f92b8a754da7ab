# The template of each OS and architecture that the cluster uses: a VM template,
# which says what its clones must be like, or an OVA in a content library, which
# does not.

locals {
  groups = concat(
    [for m in var.control_plane : { os = m.os, architecture = m.architecture }],
    [for p in var.pools : { os = p.os, architecture = p.architecture }],
  )
  wanted  = toset([for g in local.groups : "${g.os}/${g.architecture}"])
  names   = { for key in local.wanted : key => lookup(var.templates, key, replace(key, "/", "-")) }
  library = var.content_library != ""

  cloned = {
    for key, template in data.vsphere_virtual_machine.template : key => {
      id        = template.id
      firmware  = template.firmware
      guest_id  = template.guest_id
      scsi_type = template.scsi_type
      adapter   = template.network_interface_types[0]
      disk_gb   = template.disks[0].size
      thin      = template.disks[0].thin_provisioned
    }
  }
  # What the OVAs of Flatcar and Fedora CoreOS name, and every other Linux takes.
  deployed = {
    for key, item in data.vsphere_content_library_item.template : key => {
      id        = item.id
      firmware  = var.firmware
      guest_id  = "other3xLinux64Guest"
      scsi_type = "pvscsi"
      adapter   = "vmxnet3"
      disk_gb   = 0
      thin      = true
    }
  }
  templates = merge(local.cloned, local.deployed)
}

data "vsphere_virtual_machine" "template" {
  for_each      = local.library ? {} : local.names
  name          = each.value
  datacenter_id = data.vsphere_datacenter.cluster.id
}

data "vsphere_content_library" "templates" {
  count = local.library ? 1 : 0
  name  = var.content_library
}

data "vsphere_content_library_item" "template" {
  for_each   = local.library ? local.names : {}
  name       = each.value
  type       = "ovf"
  library_id = data.vsphere_content_library.templates[0].id
}
