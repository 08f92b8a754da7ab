# The newest image of each OS and architecture, from those who make it, and the
# login that it brings.

locals {
  users = { flatcar = "core", fedora-coreos = "core", ubuntu = "ubuntu", debian = "debian" }

  # Flatcar's here are those that need no terms accepted
  # (https://www.flatcar.org/docs/latest/installing/cloud/azure/). There is no
  # Fedora CoreOS.
  published = {
    "flatcar/amd64" = { publisher = "kinvolk", offer = "flatcar-container-linux-corevm-amd64", sku = "stable-gen2" }
    "flatcar/arm64" = { publisher = "kinvolk", offer = "flatcar-container-linux-corevm", sku = "stable" }
    "ubuntu/amd64"  = { publisher = "Canonical", offer = "ubuntu-24_04-lts", sku = "server" }
    "ubuntu/arm64"  = { publisher = "Canonical", offer = "ubuntu-24_04-lts", sku = "server-arm64" }
    "debian/amd64"  = { publisher = "Debian", offer = "debian-13", sku = "13-gen2" }
    "debian/arm64"  = { publisher = "Debian", offer = "debian-13", sku = "13-arm64" }
  }
}
