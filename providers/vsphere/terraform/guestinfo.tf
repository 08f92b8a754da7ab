# What machines boot with, as VMware hands it to them: values by name, which the
# guest reads ("guestinfo"). Each machine gets the payload of its group, and what
# only Terraform knows of it: its name, or how its network is without DHCP.

locals {
  # Control-plane machines, and workers that the config lists.
  fixed = merge(
    { for m in var.control_plane : m.name => {
      hostname  = m.name
      address   = m.address
      template  = "${m.os}/${m.architecture}"
      os        = m.os
      size      = m.size
      disk_gb   = m.disk_gb
      user_data = m.user_data
      etcd      = var.etcd_disk_gb > 0
    } },
    { for name, p in var.pools : name => {
      hostname  = name
      address   = var.addresses[name]
      template  = "${p.os}/${p.architecture}"
      os        = p.os
      size      = p.size
      disk_gb   = p.disk_gb
      user_data = p.user_data
      etcd      = false
    } if contains(keys(var.addresses), name) },
  )
  # Workers by number, with addresses from DHCP.
  pools = { for name, p in var.pools : name => p if !contains(keys(var.addresses), name) }
  # What a pool's machines are made of. When it changes there are new machines,
  # with new names: while old and new ones run, each needs its own.
  generations = {
    for name, p in local.pools : name => substr(sha256(jsonencode([
      filesha256("${path.module}/../${p.user_data}"), local.templates["${p.os}/${p.architecture}"].id, p.size, p.disk_gb,
    ])), 0, 6)
  }
  workers = merge([
    for name, p in local.pools : {
      for i in range(p.count) : "${name}-${i}" => {
        hostname  = "${var.name}-${name}-${i}-${local.generations[name]}"
        pool      = name
        template  = "${p.os}/${p.architecture}"
        os        = p.os
        size      = p.size
        disk_gb   = p.disk_gb
        user_data = p.user_data
      }
    }
  ]...)

  prefix = split("/", var.machine_cidr)[1]
  # "en*" is the machine's own interface, and none of its pods'.
  networkd = { for name, m in local.fixed : name => <<-END
    [Match]
    Name=en*
    [Network]
    Address=${m.address}/${local.prefix}
    Gateway=${var.gateway}
    ${join("\n", [for server in var.nameservers : "DNS=${server}"])}
    END
  }
  network_manager = { for name, m in local.fixed : name => <<-END
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

  # Files that Ignition writes besides the payload's.
  files = merge(
    { for name, m in local.workers : name => { path = "/etc/hostname", mode = "644", text = "${m.hostname}\n" } },
    { for name, m in local.fixed : name => m.os == "fedora-coreos" ?
      { path = "/etc/NetworkManager/system-connections/fixed.nmconnection", mode = "600", text = local.network_manager[name] } :
      { path = "/etc/systemd/network/00-fixed.network", mode = "644", text = local.networkd[name] }
    },
  )
  # The network as cloud-init takes it.
  networks = { for name, m in local.fixed : name => {
    network = {
      version = 2
      ethernets = {
        fixed = {
          match       = { name = "en*" }
          addresses   = ["${m.address}/${local.prefix}"]
          routes      = [{ to = "0.0.0.0/0", via = var.gateway }]
          nameservers = { addresses = var.nameservers }
        }
      }
    }
  } }

  machines = merge(local.fixed, local.workers)
  ignition = { for name, m in local.machines : name => jsonencode({
    ignition = {
      version = "3.3.0"
      config = {
        # A payload that only extracts itself is taken for what it holds, so
        # that nothing is in base64 twice.
        merge = try(
          [jsondecode(file("${path.module}/../${m.user_data}")).ignition.config.replace],
          [{ source = "data:;base64,${filebase64("${path.module}/../${m.user_data}")}" }],
        )
      }
    }
    storage = {
      files = [{
        path      = local.files[name].path
        mode      = parseint(local.files[name].mode, 8)
        overwrite = true
        contents  = { source = "data:;base64,${base64encode(local.files[name].text)}" }
      }]
    }
  }) if endswith(m.user_data, ".ign") }

  # https://coreos.github.io/ignition/supported-platforms/ (vmware)
  # https://cloudinit.readthedocs.io/en/latest/reference/datasources/vmware.html
  guestinfo = merge(
    { for name, text in local.ignition : name => {
      "guestinfo.ignition.config.data"          = base64gzip(text)
      "guestinfo.ignition.config.data.encoding" = "gzip+base64"
    } },
    { for name, m in local.machines : name => {
      "guestinfo.userdata"          = filebase64("${path.module}/../${m.user_data}")
      "guestinfo.userdata.encoding" = var.encodings[m.user_data]
      "guestinfo.metadata" = base64encode(jsonencode(merge(
        { instance-id = m.hostname, local-hostname = m.hostname },
        lookup(local.networks, name, {}),
      )))
      "guestinfo.metadata.encoding" = "base64"
    } if !endswith(m.user_data, ".ign") },
  )
}
