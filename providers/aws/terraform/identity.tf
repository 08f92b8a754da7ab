# What machines may do in AWS: read their own payload where it is an object, and
# with the cloud-controller-manager what that does. Nothing else.

resource "aws_iam_role" "machine" {
  for_each = toset(["control-plane", "worker"])
  name     = "${var.name}-${each.key}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_iam_instance_profile" "machine" {
  for_each = aws_iam_role.machine
  name     = each.value.name
  role     = each.value.name
}

locals {
  # A worker's object holds no more than any worker may know; the control
  # plane's hold every key.
  objects_of = {
    control-plane = [for m in var.control_plane : m.object if m.object != ""]
    worker        = [for p in var.pools : p.object if p.object != ""]
  }
}

resource "aws_iam_role_policy" "objects" {
  for_each = { for role, objects in local.objects_of : role => objects if length(objects) > 0 }
  name     = "payload"
  role     = aws_iam_role.machine[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = [for object in each.value : "${aws_s3_bucket.payloads[0].arn}/${object}"]
      }],
      [for key in compact([var.kms_key_id]) : { Effect = "Allow", Action = "kms:Decrypt", Resource = [key] }],
    )
  })
}

# https://cloud-provider-aws.sigs.k8s.io/prerequisites/
resource "aws_iam_role_policy" "cloud_controllers" {
  count = var.cloud_controllers ? 1 : 0
  name  = "cloud-controller-manager"
  role  = aws_iam_role.machine["control-plane"].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "autoscaling:DescribeAutoScalingGroups",
          "ec2:DescribeAvailabilityZones",
          "ec2:DescribeInstances",
          "ec2:DescribeInstanceTopology",
          "ec2:DescribeRegions",
          "ec2:DescribeRouteTables",
          "ec2:DescribeSecurityGroups",
          "ec2:DescribeSubnets",
          "ec2:DescribeVolumes",
          "ec2:DescribeVpcs",
          "elasticloadbalancing:DescribeListeners",
          "elasticloadbalancing:DescribeLoadBalancerAttributes",
          "elasticloadbalancing:DescribeLoadBalancerPolicies",
          "elasticloadbalancing:DescribeLoadBalancers",
          "elasticloadbalancing:DescribeTags",
          "elasticloadbalancing:DescribeTargetGroups",
          "elasticloadbalancing:DescribeTargetHealth",
        ]
        Resource = "*"
      },
      {
        Effect = "Allow"
        Action = ["ec2:CreateSecurityGroup", "elasticloadbalancing:AddTags", "elasticloadbalancing:Create*"]
        # What is made has no tags yet; what it is made for has.
        Resource = "*"
      },
      {
        Effect = "Allow"
        Action = "ec2:CreateTags"
        # It gives tags to nothing else in EC2. Who may tag a thing as the cluster's
        # may do with it whatever the next statement allows.
        Resource = "arn:aws:ec2:*:*:security-group/*"
      },
      {
        Effect = "Allow"
        Action = [
          "ec2:AuthorizeSecurityGroupIngress",
          "ec2:DeleteSecurityGroup",
          "ec2:RevokeSecurityGroupIngress",
          "elasticloadbalancing:Delete*",
          "elasticloadbalancing:Deregister*",
          "elasticloadbalancing:Modify*",
          "elasticloadbalancing:Register*",
          "elasticloadbalancing:Set*",
        ]
        Resource  = "*"
        Condition = { StringEquals = { "aws:ResourceTag/kubernetes.io/cluster/${var.name}" = "owned" } }
      },
    ]
  })
}
