locals {
  # By this tag the cloud-controller-manager knows what is the cluster's. It
  # refuses a machine with two security groups that are.
  owned = { "kubernetes.io/cluster/${var.name}" = "owned" }

  make_network = var.vpc_id == ""
  vpc_id       = local.make_network ? aws_vpc.cluster[0].id : var.vpc_id
  subnet_ids   = local.make_network ? aws_subnet.zone[*].id : var.subnet_ids
}

resource "aws_vpc" "cluster" {
  count                = local.make_network ? 1 : 0
  cidr_block           = var.machine_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}

# What AWS makes with every VPC lets everything through inside it. Nobody uses
# it, and this empties it.
resource "aws_default_security_group" "unused" {
  count  = local.make_network ? 1 : 0
  vpc_id = local.vpc_id
}

resource "aws_internet_gateway" "cluster" {
  count  = local.make_network ? 1 : 0
  vpc_id = local.vpc_id
  tags   = { Name = var.name }
}

resource "aws_subnet" "zone" {
  count             = local.make_network ? length(var.subnets) : 0
  vpc_id            = local.vpc_id
  availability_zone = var.subnets[count.index].zone
  cidr_block        = var.subnets[count.index].cidr
  tags = merge(local.owned, {
    Name                              = "${var.name}-${var.subnets[count.index].zone}"
    "kubernetes.io/role/elb"          = "1"
    "kubernetes.io/role/internal-elb" = "1"
  })
}

resource "aws_route_table" "cluster" {
  count  = local.make_network ? 1 : 0
  vpc_id = local.vpc_id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.cluster[0].id
  }
  tags = merge(local.owned, { Name = var.name })
}

resource "aws_route_table_association" "zone" {
  count          = length(aws_subnet.zone)
  subnet_id      = aws_subnet.zone[count.index].id
  route_table_id = aws_route_table.cluster[0].id
}

resource "aws_security_group" "machines" {
  name        = "${var.name}-machines"
  description = "Every machine of the cluster ${var.name}"
  vpc_id      = local.vpc_id
  tags        = merge(local.owned, { Name = "${var.name}-machines" })
}

resource "aws_vpc_security_group_ingress_rule" "inside" {
  description                  = "machines and pods, among each other"
  security_group_id            = aws_security_group.machines.id
  referenced_security_group_id = aws_security_group.machines.id
  ip_protocol                  = "-1"
}

resource "aws_vpc_security_group_ingress_rule" "ssh" {
  for_each          = toset(var.ssh_cidrs)
  description       = "ssh (access.sshCIDRs)"
  security_group_id = aws_security_group.machines.id
  cidr_ipv4         = each.key
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
}

resource "aws_vpc_security_group_egress_rule" "all" {
  description       = "images, packages, time, names"
  security_group_id = aws_security_group.machines.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

resource "aws_security_group" "control_plane" {
  name        = "${var.name}-control-plane"
  description = "The control plane of the cluster ${var.name}"
  vpc_id      = local.vpc_id
  tags        = { Name = "${var.name}-control-plane" }
}

# Where there is a load balancer nobody goes around it to a machine's public
# address.
resource "aws_vpc_security_group_ingress_rule" "api" {
  for_each          = toset(var.api_cidrs)
  description       = "the Kubernetes API (access.apiCIDRs)"
  security_group_id = local.balanced ? aws_security_group.balancer[0].id : aws_security_group.control_plane.id
  cidr_ipv4         = each.key
  ip_protocol       = "tcp"
  from_port         = 6443
  to_port           = 6443
}
