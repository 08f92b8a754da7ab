# How the API is reached. Workers use an address or a name that was fixed at
# compile time, and is in the certificate; whoever is outside uses a public
# address, which is not.

locals {
  single   = length(var.control_plane) == 1
  public   = length(var.api_cidrs) > 0 && !var.endpoint.own
  balanced = local.public && !local.single
  api_host = (
    local.balanced ? aws_lb.api[0].dns_name :
    local.public ? aws_eip.api[0].public_ip :
    var.endpoint.host
  )
}

resource "aws_eip" "api" {
  count  = local.public && local.single ? 1 : 0
  domain = "vpc"
  tags   = { Name = "${var.name}-api" }
}

resource "aws_eip_association" "api" {
  count         = length(aws_eip.api)
  allocation_id = aws_eip.api[0].id
  instance_id   = aws_instance.control_plane[var.control_plane[0].name].id
}

resource "aws_lb" "api" {
  count              = local.balanced ? 1 : 0
  name               = "${substr(var.name, 0, 28)}-api"
  load_balancer_type = "network"
  subnets            = distinct(local.subnet_ids)
  security_groups    = [aws_security_group.balancer[0].id]
  # A zone without a healthy control plane still answers.
  enable_cross_zone_load_balancing = true
}

resource "aws_lb_target_group" "api" {
  count    = length(aws_lb.api)
  name     = "${substr(var.name, 0, 28)}-api"
  vpc_id   = local.vpc_id
  protocol = "TCP"
  port     = 6443
  health_check {
    protocol            = "HTTPS"
    path                = "/readyz"
    matcher             = "200"
    interval            = 10
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_security_group" "balancer" {
  count       = local.balanced ? 1 : 0
  name        = "${var.name}-api"
  description = "The load balancer of the cluster ${var.name}"
  vpc_id      = local.vpc_id
  tags        = { Name = "${var.name}-api" }
}

resource "aws_vpc_security_group_egress_rule" "balancer" {
  count                        = length(aws_lb.api)
  description                  = "the control plane"
  security_group_id            = aws_security_group.balancer[0].id
  referenced_security_group_id = aws_security_group.control_plane.id
  ip_protocol                  = "tcp"
  from_port                    = 6443
  to_port                      = 6443
}

resource "aws_vpc_security_group_ingress_rule" "balancer" {
  count                        = length(aws_lb.api)
  description                  = "the load balancer, and its health checks"
  security_group_id            = aws_security_group.control_plane.id
  referenced_security_group_id = aws_security_group.balancer[0].id
  ip_protocol                  = "tcp"
  from_port                    = 6443
  to_port                      = 6443
}

resource "aws_lb_target_group_attachment" "api" {
  for_each         = local.balanced ? aws_instance.control_plane : {}
  target_group_arn = aws_lb_target_group.api[0].arn
  target_id        = each.value.id
}

resource "aws_lb_listener" "api" {
  count             = length(aws_lb.api)
  load_balancer_arn = aws_lb.api[0].arn
  protocol          = "TCP"
  port              = 6443
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.api[0].arn
  }
}

# The name by which workers reach several control-plane machines. Whoever asks
# gets all addresses and tries them in turn, so that no load balancer stands
# between the machines.
resource "aws_route53_zone" "private" {
  count         = local.single || var.endpoint.own ? 0 : 1
  name          = "${var.name}.internal"
  force_destroy = true
  vpc {
    vpc_id = local.vpc_id
  }
}

resource "aws_route53_record" "api" {
  count   = length(aws_route53_zone.private)
  zone_id = aws_route53_zone.private[0].zone_id
  name    = var.endpoint.host
  type    = "A"
  ttl     = 60
  records = var.control_plane[*].address
}
