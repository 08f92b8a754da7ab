# The newest image of each OS and architecture that the cluster uses. Clouds
# name their images as they like: unless told otherwise they are OS-ARCHITECTURE
# here ("flatcar-amd64").

locals {
  groups = concat(
    [for m in var.control_plane : { os = m.os, architecture = m.architecture }],
    [for p in var.pools : { os = p.os, architecture = p.architecture }],
  )
  wanted = toset([for g in local.groups : "${g.os}/${g.architecture}"])
  images = { for key, image in data.openstack_images_image_v2.newest : key => image.id }
}

data "openstack_images_image_v2" "newest" {
  for_each    = local.wanted
  name        = lookup(var.images, each.key, replace(each.key, "/", "-"))
  most_recent = true
}
