# What control-plane machines and workers have alike.

locals {
  kms_key = var.kms_key == "" ? null : var.kms_key

  # Machine series that take Hyperdisks and no Persistent Disks.
  # https://cloud.google.com/compute/docs/disks/hyperdisks#machine-type-support
  hyperdisk_series = ["c4", "c4a", "c4d", "n4", "n4a", "n4d"]
  disk_types = {
    for size in toset(concat(var.control_plane[*].size, [for p in var.pools : p.size])) :
    size => contains(local.hyperdisk_series, split("-", size)[0]) ? "hyperdisk-balanced" : "pd-balanced"
  }

  # Nothing but the config's own keys opens a machine: no keys of the project, no
  # OS Login, no OS Config agent, no serial console.
  closed = {
    block-project-ssh-keys = "TRUE"
    enable-oslogin         = "FALSE"
    enable-osconfig        = "FALSE"
    serial-port-enable     = "FALSE"
  }

  # Metadata is text. A compressed payload is none, and goes there in base64,
  # which cloud-init is told.
  payload_files = toset(concat(var.control_plane[*].user_data, [for p in var.pools : p.user_data]))
  payloads = {
    for file in local.payload_files : file => (
      can(file("${path.module}/../${file}"))
      ? tomap({ user-data = sensitive(file("${path.module}/../${file}")) })
      : tomap({ user-data = sensitive(filebase64("${path.module}/../${file}")), user-data-encoding = "base64" })
    )
  }

  # Google's Debian has no cloud-init, which would run the user-data once. There
  # Google's agent runs this, at every boot.
  startup = {
    debian = {
      startup-script = <<-EOT
        #!/bin/bash
        [ ! -e /var/lib/user-data ] && ! command -v cloud-init >/dev/null || exit 0
        umask 077
        until curl -fsS -H 'Metadata-Flavor: Google' -o /run/user-data \
          http://169.254.169.254/computeMetadata/v1/instance/attributes/user-data; do sleep 5; done
        bash /run/user-data && touch /var/lib/user-data
        rm /run/user-data
      EOT
    }
  }

  # Images whose whole boot is signed. On arm64, and with Flatcar, it is not.
  signed = ["debian/amd64", "fedora-coreos/amd64", "ubuntu/amd64"]
}
