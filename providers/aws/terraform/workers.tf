resource "aws_launch_template" "pool" {
  for_each      = var.pools
  name_prefix   = "${var.name}-${each.key}-"
  image_id      = local.images["${each.value.os}/${each.value.architecture}"]
  instance_type = each.value.size
  user_data     = sensitive(filebase64("${path.module}/../${each.value.user_data}"))

  iam_instance_profile {
    arn = aws_iam_instance_profile.machine["worker"].arn
  }

  network_interfaces {
    associate_public_ip_address = var.public_addresses
    security_groups             = [aws_security_group.machines.id]
  }

  block_device_mappings {
    device_name = local.root_devices[each.value.os]
    ebs {
      volume_type = "gp3"
      volume_size = each.value.disk_gb
      encrypted   = true
      kms_key_id  = local.kms_key_id
    }
  }

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  dynamic "instance_market_options" {
    for_each = each.value.spot ? [1] : []
    content {
      market_type = "spot"
    }
  }

  tag_specifications {
    resource_type = "volume"
    tags          = { Name = "${var.name}-${each.key}" }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_autoscaling_group" "pool" {
  for_each            = var.pools
  name                = "${var.name}-${each.key}"
  min_size            = each.value.count
  max_size            = each.value.max_count
  vpc_zone_identifier = local.subnet_ids

  launch_template {
    id      = aws_launch_template.pool[each.key].id
    version = aws_launch_template.pool[each.key].latest_version
  }

  # A changed payload rolls the pool.
  instance_refresh {
    strategy = "Rolling"
    preferences {
      min_healthy_percentage = 90
      # As long as a machine takes from its power-on to a Ready node.
      instance_warmup = 180
    }
  }

  dynamic "tag" {
    for_each = merge(var.tags, local.owned, {
      "Name"                                  = "${var.name}-${each.key}"
      "k8s.io/cluster-autoscaler/enabled"     = tostring(each.value.max_count > each.value.count)
      "k8s.io/cluster-autoscaler/${var.name}" = "owned"
    })
    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }

  depends_on = [
    aws_iam_role_policy.objects,
    aws_route53_record.api,
    aws_route_table_association.zone,
    aws_s3_object.payload,
    aws_vpc_security_group_egress_rule.all,
  ]
}
