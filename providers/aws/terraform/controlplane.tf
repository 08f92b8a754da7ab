locals {
  machines = { for i, m in var.control_plane : m.name => merge(m, { index = i }) }
}

resource "aws_instance" "control_plane" {
  for_each                    = local.machines
  ami                         = local.images["${each.value.os}/${each.value.architecture}"]
  instance_type               = each.value.size
  subnet_id                   = local.subnet_ids[each.value.index % length(local.subnet_ids)]
  private_ip                  = each.value.address
  associate_public_ip_address = var.public_addresses
  vpc_security_group_ids      = [aws_security_group.machines.id, aws_security_group.control_plane.id]
  iam_instance_profile        = aws_iam_instance_profile.machine["control-plane"].name
  user_data_base64            = sensitive(filebase64("${path.module}/../${each.value.user_data}"))

  root_block_device {
    volume_type = "gp3"
    volume_size = each.value.disk_gb
    encrypted   = true
    kms_key_id  = local.kms_key_id
  }

  # Pods are one hop further away, and get no answer.
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  tags        = merge(local.owned, { Name = "${var.name}-${each.key}" })
  volume_tags = { Name = "${var.name}-${each.key}" }

  # What they fetch and ask for on their first boot is there before them.
  depends_on = [
    aws_iam_role_policy.objects,
    aws_route53_record.api,
    aws_route_table_association.zone,
    aws_s3_object.payload,
    aws_vpc_security_group_egress_rule.all,
  ]

  lifecycle {
    # A control plane is replaced one machine at a time, by its operator
    # (docs/providers/aws.md), and never because a payload or an image changed.
    ignore_changes = [ami, user_data_base64, associate_public_ip_address, volume_tags]
  }
}

# etcd's data outlives its machine, so that nothing here may depend on the
# instance.
resource "aws_ebs_volume" "etcd" {
  for_each          = var.etcd_disk_gb > 0 ? local.machines : {}
  availability_zone = each.value.zone
  type              = "gp3"
  size              = var.etcd_disk_gb
  encrypted         = true
  kms_key_id        = local.kms_key_id
  tags              = { Name = "${var.name}-${each.key}-etcd" }
}

resource "aws_volume_attachment" "etcd" {
  for_each                       = aws_ebs_volume.etcd
  device_name                    = "/dev/sdf"
  volume_id                      = each.value.id
  instance_id                    = aws_instance.control_plane[each.key].id
  stop_instance_before_detaching = true
}
