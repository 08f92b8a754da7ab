# The newest image of each OS and architecture that the cluster uses, from those
# who make it.

locals {
  groups = concat(
    [for m in var.control_plane : { os = m.os, architecture = m.architecture }],
    [for p in var.pools : { os = p.os, architecture = p.architecture }],
  )
  wanted = toset([for g in local.groups : "${g.os}/${g.architecture}"])

  publishers = {
    flatcar       = "kinvolk-public"
    fedora-coreos = "fedora-coreos-cloud"
    ubuntu        = "ubuntu-os-cloud"
    debian        = "debian-cloud"
  }
  # Flatcar has none for arm64.
  families = {
    "flatcar/amd64"       = "flatcar-stable"
    "fedora-coreos/amd64" = "fedora-coreos-stable"
    "fedora-coreos/arm64" = "fedora-coreos-stable-arm64"
    "ubuntu/amd64"        = "ubuntu-2404-lts-amd64"
    "ubuntu/arm64"        = "ubuntu-2404-lts-arm64"
    "debian/amd64"        = "debian-13"
    "debian/arm64"        = "debian-13-arm64"
  }

  found  = { for key, image in data.google_compute_image.newest : key => image.self_link }
  images = merge(local.found, var.images)
}

data "google_compute_image" "newest" {
  for_each = setsubtract(local.wanted, keys(var.images))
  project  = local.publishers[split("/", each.key)[0]]
  family   = local.families[each.key]
}
