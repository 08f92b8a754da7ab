# The newest image of each OS and architecture that the cluster uses, from those
# who make it.

locals {
  groups = concat(
    [for m in var.control_plane : { os = m.os, architecture = m.architecture }],
    [for p in var.pools : { os = p.os, architecture = p.architecture }],
  )
  wanted = toset([for g in local.groups : "${g.os}/${g.architecture}"])

  # Owners: flatcar.org, Fedora, Canonical, Debian.
  publishers = {
    flatcar       = { owner = "075585003325", amd64 = "Flatcar-stable-*-hvm", arm64 = "Flatcar-stable-*-arm64-hvm", root = "/dev/xvda" }
    fedora-coreos = { owner = "125523088429", amd64 = "fedora-coreos-*-x86_64", arm64 = "fedora-coreos-*-aarch64", root = "/dev/xvda" }
    ubuntu        = { owner = "099720109477", amd64 = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*", arm64 = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-*", root = "/dev/sda1" }
    debian        = { owner = "136693071363", amd64 = "debian-13-amd64-*", arm64 = "debian-13-arm64-*", root = "/dev/xvda" }
  }
  root_devices = { for os, p in local.publishers : os => p.root }

  found  = { for key, image in data.aws_ami.newest : key => image.id }
  images = merge(local.found, var.images)
}

data "aws_ami" "newest" {
  for_each    = setsubtract(local.wanted, keys(var.images))
  most_recent = true
  owners      = [local.publishers[split("/", each.key)[0]].owner]

  filter {
    name   = "name"
    values = [local.publishers[split("/", each.key)[0]][split("/", each.key)[1]]]
  }
  filter {
    name   = "architecture"
    values = [split("/", each.key)[1] == "arm64" ? "arm64" : "x86_64"]
  }
  # Fedora publishes its other streams under the same names.
  dynamic "filter" {
    for_each = startswith(each.key, "fedora-coreos/") ? [1] : []
    content {
      name   = "description"
      values = ["Fedora CoreOS stable *"]
    }
  }
}
