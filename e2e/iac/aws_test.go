package iac

var aws = reader{
	firewall: true,
	kinds: map[string]func(resource, *inventory){
		"aws_autoscaling_group":             awsGroup,
		"aws_default_security_group":        awsSecurityGroup,
		"aws_ebs_volume":                    awsVolume,
		"aws_eip":                           nil,
		"aws_eip_association":               nil,
		"aws_iam_instance_profile":          nil,
		"aws_iam_role":                      nil,
		"aws_iam_role_policy":               nil,
		"aws_instance":                      awsInstance,
		"aws_internet_gateway":              nil,
		"aws_launch_template":               awsLaunchTemplate,
		"aws_lb":                            nil, // who reaches it is up to its security group
		"aws_lb_listener":                   nil,
		"aws_lb_target_group":               nil,
		"aws_lb_target_group_attachment":    nil,
		"aws_route53_record":                nil,
		"aws_route53_zone":                  awsZone,
		"aws_route_table":                   nil,
		"aws_route_table_association":       nil,
		"aws_s3_bucket":                     nil, // private since April 2023, and the next three say so
		"aws_s3_bucket_policy":              nil,
		"aws_s3_bucket_public_access_block": awsAccessBlock,
		"aws_s3_bucket_server_side_encryption_configuration": nil,
		"aws_s3_object":                       nil,
		"aws_security_group":                  awsSecurityGroup,
		"aws_subnet":                          nil,
		"aws_volume_attachment":               nil,
		"aws_vpc":                             nil,
		"aws_vpc_security_group_egress_rule":  nil,
		"aws_vpc_security_group_ingress_rule": awsIngress,
	},
}

// awsIngress reads one rule, of one range or of one security group.
func awsIngress(r resource, inv *inventory) {
	o := opening{resource: r.Address, from: r.text("cidr_ipv4") + r.text("cidr_ipv6"), protocol: r.text("ip_protocol")}
	if r.made("referenced_security_group_id") {
		o.from = inside
	}
	if o.protocol == "-1" {
		o.protocol = "any"
	}
	o.ports = ports{r.number("from_port"), r.number("to_port")}
	inv.openings = append(inv.openings, o)
}

// awsSecurityGroup may have no rules of its own: they would replace the others.
func awsSecurityGroup(r resource, inv *inventory) {
	if len(r.blocks("ingress")) > 0 {
		inv.fail(r, "has rules of its own, expected them as aws_vpc_security_group_ingress_rule")
	}
}

func awsInstance(r resource, inv *inventory) {
	*inv.machine(r.key()) = machine{r.Address, r.text("private_ip")}
	inv.disks = append(inv.disks, disk{resource: r.Address, encrypted: r.text("root_block_device.0.encrypted") == "true"})
	if len(r.blocks("ebs_block_device")) > 0 {
		inv.fail(r, "has a blank disk beside etcd's, which a machine could take for it")
	}
	awsMetadata(r, inv)
}

func awsLaunchTemplate(r resource, inv *inventory) {
	for _, b := range r.blocks("block_device_mappings") {
		inv.disks = append(inv.disks, disk{resource: r.Address, encrypted: r.text(b+".ebs.0.encrypted") == "true"})
	}
	inv.pool(r.key()).spot = r.text("instance_market_options.0.market_type") == "spot"
	awsMetadata(r, inv)
}

// awsMetadata asks for version 2 of the metadata service and for one hop: a
// pod's answer would need two.
func awsMetadata(r resource, inv *inventory) {
	if got := r.text("metadata_options.0.http_tokens"); got != "required" {
		inv.fail(r, "has http_tokens %q, expected IMDSv2 to be required", got)
	}
	if got := r.text("metadata_options.0.http_put_response_hop_limit"); got != "1" {
		inv.fail(r, "has a hop limit of %q, expected 1", got)
	}
}

func awsGroup(r resource, inv *inventory) {
	g := inv.pool(r.key())
	g.least, g.most = r.number("min_size"), r.number("max_size")
}

func awsVolume(r resource, inv *inventory) {
	inv.disks = append(inv.disks, disk{resource: r.Address, encrypted: r.text("encrypted") == "true", etcd: true})
}

// awsZone must belong to a network: one that does not is public.
func awsZone(r resource, inv *inventory) {
	if len(r.blocks("vpc")) == 0 {
		inv.fail(r, "is a public zone")
	}
}

func awsAccessBlock(r resource, inv *inventory) {
	for _, switched := range []string{"block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"} {
		if r.text(switched) != "true" {
			inv.fail(r, "leaves %s off", switched)
		}
	}
}
