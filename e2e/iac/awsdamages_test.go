package iac

var awsDamages = []damage{
	// What Terraform knows by itself.
	{"three", "terraform/network.tf", "", `  cidr_block `, `  cidr_blok `, "Unsupported argument"},
	{"three", "terraform/controlplane.tf", "", `volume_size = each.value.disk_gb`, `volume_size = "large"`, "Incorrect attribute value type"},
	{"three", "terraform/workers.tf", "", `max_size            = each.value.max_count`, ``, "Missing required argument"},
	{"three", "terraform/workers.tf", "", `metadata_options {`, `metadata_option {`, "Unsupported block type"},
	{"three", "terraform/network.tf", "", `resource "aws_subnet" "zone"`, `resource "aws_subnets" "zone"`, "Invalid resource type"},
	{"three", "terraform/workers.tf", "", `.latest_version`, `.newest_version`, "Unsupported attribute"},
	{"three", "terraform/network.tf", "", `aws_vpc.cluster[0].id`, `aws_vpc.custer[0].id`, "Reference to undeclared resource"},
	{"three", "terraform/network.tf", "", `enable_dns_hostnames = true`, `arn                  = "arn:aws:ec2"`, "Value for unconfigurable attribute"},
	{"three", "terraform/versions.tf", "", `"~> 6.0"`, `"~> 99.0"`, "no available releases match"},
	{"three", "terraform/network.tf", "", `cidr_block           =`, `cidr_block =`, "fmt would change network.tf"},
	// What the values must be.
	{"three", "terraform/terraform.tfvars.json", `"general"`, `"max_count": 5`, `"max_count": 1`, "max_count is at least its count"},
	{"three", "terraform/terraform.tfvars.json", "", `"region": "us-east-1",`, ``, "No value for required variable"},
	{"three", "terraform/terraform.tfvars.json", "", `"region": "us-east-1"`, `"region": null`, "required variable may not be set to null"},
	// What is open.
	{"closed", "terraform/network.tf", "", `cidr_ipv4         = each.key`, `cidr_ipv4         = "0.0.0.0/0"`, "opens tcp 22 to"},
	{"closed", "terraform/network.tf", `"ssh"`, `to_port           = 22`, `to_port           = 23`, "opens tcp 22-23 to"},
	{"one", "terraform/network.tf", `"api"`, `from_port         = 6443`, `from_port         = 1`, "opens tcp 1-6443 to"},
	{"one", "terraform/network.tf", "", `for_each          = toset(var.api_cidrs)`, `for_each          = toset([])`, "port 6443 is not open to 0.0.0.0/0"},
	{"one", "terraform/network.tf", "", `referenced_security_group_id = aws_security_group.machines.id`, `cidr_ipv4                    = "10.0.0.0/8"`, `opens any all ports to "10.0.0.0/8"`},
	{"one", "terraform/controlplane.tf", "", `http_put_response_hop_limit = 1`, `http_put_response_hop_limit = 2`, `has a hop limit of "2"`},
	{"one", "terraform/workers.tf", "", `"required"`, `"optional"`, "expected IMDSv2 to be required"},
	{"large-manifest", "terraform/store.tf", "", `block_public_policy     = true`, `block_public_policy     = false`, "leaves block_public_policy off"},
	// What is kept, and what is shown.
	{"one", "terraform/controlplane.tf", "", `encrypted   = true`, `encrypted   = false`, "has a disk that is not encrypted"},
	{"one", "terraform/controlplane.tf", `"aws_ebs_volume"`, `encrypted         = true`, ``, "has a disk that is not encrypted"},
	{"one", "terraform/controlplane.tf", `"aws_ebs_volume"`, `local.machines : {}`, `{} : {}`, "found 0 disks for etcd, expected 1"},
	{"one", "terraform/workers.tf", "", `sensitive(filebase64(`, `nonsensitive(filebase64(`, "expected it to be sensitive"},
	{"one", "terraform/cluster.tf", `"kubeconfig"`, `sensitive   = true`, `sensitive   = false`, "the output kubeconfig is not sensitive"},
	// What becomes of the machines.
	{"three", "terraform/controlplane.tf", "", `= each.value.address`, `= cidrhost(var.machine_cidr, 99)`, `has the address "10.0.0.99"`},
	{"three", "terraform/workers.tf", "", `market_type = "spot"`, `market_type = "capacity-block"`, "the pool batch became"},
	{"three", "terraform/controlplane.tf", "", `volume_tags = { Name = "${var.name}-${each.key}" }`, `provisioner "local-exec" { command = "true" }`, "has a provisioner"},
}
