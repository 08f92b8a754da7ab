package cloudformation

import "net/netip"

type securityGroup struct {
	GroupDescription     string
	VpcId                value
	SecurityGroupIngress []rule `json:",omitempty"`
	SecurityGroupEgress  []rule
	Tags                 []tag
}

// rule is one of a security group's. Ports are left out for every port.
type rule struct {
	Description           string
	IpProtocol            string
	FromPort              int    `json:",omitempty"`
	ToPort                int    `json:",omitempty"`
	CidrIp                string `json:",omitempty"`
	SourceSecurityGroupId value  `json:",omitempty"`
}

// groupIngress is a rule that refers to its own group, and so stands beside it.
type groupIngress struct {
	GroupId value
	rule
}

func (securityGroup) resourceType() string { return "AWS::EC2::SecurityGroup" }
func (groupIngress) resourceType() string  { return "AWS::EC2::SecurityGroupIngress" }

func port(description string, number int, cidr netip.Prefix) rule {
	return rule{Description: description, IpProtocol: "tcp", FromPort: number, ToPort: number, CidrIp: cidr.String()}
}

// addFirewall lets machines reach each other and the internet, and from outside
// what access says.
func (c *cluster) addFirewall() {
	c.machineGroup = c.addMachineGroup()
	group := securityGroup{
		GroupDescription:    "The control plane of the cluster " + c.plan.Name,
		VpcId:               c.network,
		SecurityGroupEgress: outwards(),
		Tags:                c.plainTags(c.plan.Name + "-control-plane"),
	}
	if c.balanced() {
		group.SecurityGroupIngress = []rule{{
			Description: "the load balancer, and its health checks",
			IpProtocol:  "tcp", FromPort: c.plan.Endpoint.Port, ToPort: c.plan.Endpoint.Port,
			SourceSecurityGroupId: c.addBalancerGroup(),
		}}
	} else {
		group.SecurityGroupIngress = c.apiRules()
	}
	c.controlPlaneGroup = c.template.add("ControlPlaneGroup", resource{Properties: group})
}

func (c *cluster) addMachineGroup() value {
	group := securityGroup{
		GroupDescription:    "Every machine of the cluster " + c.plan.Name,
		VpcId:               c.network,
		SecurityGroupEgress: outwards(),
		Tags:                c.tags(c.plan.Name + "-machines"),
	}
	for _, cidr := range c.plan.Access.SSH {
		group.SecurityGroupIngress = append(group.SecurityGroupIngress, port("ssh (access.sshCIDRs)", 22, cidr))
	}
	made := c.template.add("MachineGroup", resource{Properties: group})
	c.template.add("Inside", resource{Properties: groupIngress{GroupId: made, rule: rule{
		Description: "machines and pods, among each other", IpProtocol: "-1", SourceSecurityGroupId: made,
	}}})
	c.before = append(c.before, "Inside")
	return made
}

// addBalancerGroup is the load balancer's own: with it nobody goes around the
// balancer to a machine's public address.
func (c *cluster) addBalancerGroup() value {
	group := securityGroup{
		GroupDescription:     "The load balancer of the cluster " + c.plan.Name,
		VpcId:                c.network,
		SecurityGroupIngress: c.apiRules(),
		Tags:                 c.plainTags(c.plan.Name + "-api"),
	}
	for _, m := range c.machines {
		address := m.Role.Addresses[0]
		group.SecurityGroupEgress = append(group.SecurityGroupEgress,
			port(m.Name, c.plan.Endpoint.Port, netip.PrefixFrom(address, address.BitLen())))
	}
	return c.template.add("BalancerGroup", resource{Properties: group})
}

func (c *cluster) apiRules() []rule {
	var rules []rule
	for _, cidr := range c.plan.Access.API {
		rules = append(rules, port("the Kubernetes API (access.apiCIDRs)", c.plan.Endpoint.Port, cidr))
	}
	return rules
}

// outwards is what a group has that names no rule, said aloud.
func outwards() []rule {
	return []rule{{Description: "images, packages, time, names", IpProtocol: "-1", CidrIp: "0.0.0.0/0"}}
}
