package cloudformation

import "strings"

type vpc struct {
	CidrBlock                            string
	EnableDnsSupport, EnableDnsHostnames bool
	Tags                                 []tag
}

type internetGateway struct{ Tags []tag }

type gatewayAttachment struct{ VpcId, InternetGatewayId value }

type subnet struct {
	VpcId            value
	AvailabilityZone value
	CidrBlock        string
	Tags             []tag
}

type routeTable struct {
	VpcId value
	Tags  []tag
}

type route struct {
	RouteTableId         value
	DestinationCidrBlock string
	GatewayId            value
}

type subnetRoutes struct{ SubnetId, RouteTableId value }

type hostedZone struct {
	Name           string
	VPCs           []hostedZoneVPC
	HostedZoneTags []tag
}

type hostedZoneVPC struct{ VPCId, VPCRegion value }

type recordSet struct {
	HostedZoneId    value
	Name, Type, TTL string
	ResourceRecords []string
}

func (vpc) resourceType() string               { return "AWS::EC2::VPC" }
func (internetGateway) resourceType() string   { return "AWS::EC2::InternetGateway" }
func (gatewayAttachment) resourceType() string { return "AWS::EC2::VPCGatewayAttachment" }
func (subnet) resourceType() string            { return "AWS::EC2::Subnet" }
func (routeTable) resourceType() string        { return "AWS::EC2::RouteTable" }
func (route) resourceType() string             { return "AWS::EC2::Route" }
func (subnetRoutes) resourceType() string      { return "AWS::EC2::SubnetRouteTableAssociation" }
func (hostedZone) resourceType() string        { return "AWS::Route53::HostedZone" }
func (recordSet) resourceType() string         { return "AWS::Route53::RecordSet" }

// addNetwork takes the network that the config names, or makes one: a subnet for
// each zone, and a way to the internet.
func (c *cluster) addNetwork() {
	if c.options.VPCID != "" {
		c.network = c.options.VPCID
		for _, id := range c.options.SubnetIDs {
			c.subnets = append(c.subnets, id)
		}
		return
	}
	t, name := &c.template, c.plan.Name
	c.network = t.add("Network", resource{Properties: vpc{
		CidrBlock:          c.plan.Network.MachineCIDR.String(),
		EnableDnsSupport:   true,
		EnableDnsHostnames: true,
		Tags:               c.tags(name),
	}})
	gateway := t.add("Gateway", resource{Properties: internetGateway{Tags: c.tags(name)}})
	t.add("GatewayAttachment", resource{Properties: gatewayAttachment{VpcId: c.network, InternetGatewayId: gateway}})
	routes := t.add("Routes", resource{Properties: routeTable{VpcId: c.network, Tags: c.tags(name)}})
	t.add("DefaultRoute", resource{
		DependsOn:  []string{"GatewayAttachment"},
		Properties: route{RouteTableId: routes, DestinationCidrBlock: "0.0.0.0/0", GatewayId: gateway},
	})
	c.before = append(c.before, "DefaultRoute")
	for i, cidr := range c.plan.Subnets() {
		c.addSubnet(c.options.Zones[i], cidr.String(), routes)
	}
}

// addSubnet makes the part of the network that is in one zone. By the last two
// tags cloud controllers know where load balancers go.
func (c *cluster) addSubnet(letter, cidr string, routes value) {
	id := "Subnet" + strings.ToUpper(letter)
	made := c.template.add(id, resource{Properties: subnet{
		VpcId:            c.network,
		AvailabilityZone: zone(letter),
		CidrBlock:        cidr,
		Tags: append(c.tags(c.plan.Name+"-"+c.options.Region+letter),
			tag{"kubernetes.io/role/elb", "1"}, tag{"kubernetes.io/role/internal-elb", "1"}),
	}})
	c.template.add(id+"Routes", resource{Properties: subnetRoutes{SubnetId: made, RouteTableId: routes}})
	c.subnets = append(c.subnets, made)
	c.before = append(c.before, id+"Routes")
}

// zone is the stack's region with the zone's letter.
func zone(letter string) value { return fill("${AWS::Region}" + letter) }

// addName makes the name by which workers reach several control-plane machines.
// Whoever asks gets all addresses and tries them in turn, so that no load
// balancer stands between the machines.
func (c *cluster) addName() {
	if c.single() || c.plan.Endpoint.Configured {
		return
	}
	zone := c.template.add("PrivateZone", resource{Properties: hostedZone{
		Name:           c.plan.Name + ".internal",
		VPCs:           []hostedZoneVPC{{VPCId: c.network, VPCRegion: ref("AWS::Region")}},
		HostedZoneTags: c.tags(c.plan.Name),
	}})
	record := recordSet{HostedZoneId: zone, Name: c.plan.Endpoint.Host, Type: "A", TTL: "60"}
	for _, m := range c.machines {
		record.ResourceRecords = append(record.ResourceRecords, m.Role.Addresses[0].String())
	}
	c.template.add("APIName", resource{Properties: record})
	c.before = append(c.before, "APIName")
}
