# What machines boot with, as VMware hands it to them: values by name, which the
# guest reads ("guestinfo"). Each machine gets the payload of its group, and what
# only Terraform knows of it: its name, or how its network is without DHCP.

locals {
  prefix = split("/", var.machine_cidr)[1]
  # "en*" is the machine's own interface, and none of its pods'.
  networkd = { for name, m in local.machines : name => <<-END
    [Match]
    Name=en*
    [Network]
    Address=${m.address}/${local.prefix}
    Gateway=${var.gateway}
    ${join("\n", [for server in var.nameservers : "DNS=${server}"])}
    END
  }
  network_manager = { for name, m in local.machines : name => <<-END
    [connection]
    id=fixed
    type=ethernet
    [match]
    interface-name=en*
    [ipv4]
    method=manual
    address1=${m.address}/${local.prefix},${var.gateway}
    dns=${join(";", var.nameservers)}
    END
  }

  # The same as cloud-init takes it.
  networks = { for name, m in local.machines : name => {
    version = 2
    ethernets = {
      fixed = {
        match       = { name = "en*" }
        addresses   = ["${m.address}/${local.prefix}"]
        routes      = [{ to = "0.0.0.0/0", via = var.gateway }]
        nameservers = { addresses = var.nameservers }
      }
    }
  } }

  # By role too: the config may call a control-plane machine "general-0".
  guests = merge(
    { for name, m in local.machines : "control-plane/${name}" => {
      hostname  = name
      user_data = m.user_data
      network   = local.networks[name]
      # What Ignition writes besides the payload's own files.
      file = m.os == "fedora-coreos" ? {
        path = "/etc/NetworkManager/system-connections/fixed.nmconnection"
        mode = "600"
        text = local.network_manager[name]
        } : {
        path = "/etc/systemd/network/00-fixed.network"
        mode = "644"
        text = local.networkd[name]
      }
    } },
    { for name, w in local.workers : "worker/${name}" => {
      hostname  = w.hostname
      user_data = w.user_data
      network   = null # DHCP
      file      = { path = "/etc/hostname", mode = "644", text = "${w.hostname}\n" }
    } },
  )

  ignition = { for key, guest in local.guests : key => jsonencode({
    ignition = {
      version = "3.3.0"
      config = {
        # A payload that only extracts itself is taken for what it holds, so
        # that nothing is in base64 twice.
        merge = try(
          [jsondecode(file("${path.module}/../${guest.user_data}")).ignition.config.replace],
          [{ source = "data:;base64,${filebase64("${path.module}/../${guest.user_data}")}" }],
        )
      }
    }
    storage = {
      files = [{
        path      = guest.file.path
        mode      = parseint(guest.file.mode, 8)
        overwrite = true
        contents  = { source = "data:;base64,${base64encode(guest.file.text)}" }
      }]
    }
  }) if endswith(guest.user_data, ".ign") }

  # https://coreos.github.io/ignition/supported-platforms/ (vmware)
  # https://cloudinit.readthedocs.io/en/latest/reference/datasources/vmware.html
  guestinfo = merge(
    { for key, text in local.ignition : key => {
      "guestinfo.ignition.config.data"          = base64gzip(text)
      "guestinfo.ignition.config.data.encoding" = "gzip+base64"
    } },
    { for key, guest in local.guests : key => {
      "guestinfo.userdata"          = filebase64("${path.module}/../${guest.user_data}")
      "guestinfo.userdata.encoding" = var.encodings[guest.user_data]
      "guestinfo.metadata" = base64encode(jsonencode(merge(
        { instance-id = guest.hostname, local-hostname = guest.hostname },
        guest.network == null ? {} : { network = guest.network },
      )))
      "guestinfo.metadata.encoding" = "base64"
    } if !endswith(guest.user_data, ".ign") },
  )
}
