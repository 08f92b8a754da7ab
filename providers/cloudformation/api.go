package cloudformation

type elasticIP struct {
	Domain     string
	InstanceId value
	Tags       []tag
}

type loadBalancer struct {
	Type, Scheme           string
	Subnets                []value
	SecurityGroups         []value
	LoadBalancerAttributes []balancerAttribute
	Tags                   []tag
}

type balancerAttribute struct{ Key, Value string }

type targetGroup struct {
	VpcId                                          value
	Protocol                                       string
	Port                                           int
	TargetType                                     string
	Targets                                        []target
	TargetGroupAttributes                          []balancerAttribute
	HealthCheckProtocol, HealthCheckPath           string
	Matcher                                        matcher
	HealthCheckIntervalSeconds                     int
	HealthyThresholdCount, UnhealthyThresholdCount int
	Tags                                           []tag
}

type target struct{ Id string }

type matcher struct{ HttpCode string }

type listener struct {
	LoadBalancerArn value
	Protocol        string
	Port            int
	DefaultActions  []forward
}

type forward struct {
	Type           string
	TargetGroupArn value
}

func (elasticIP) resourceType() string    { return "AWS::EC2::EIP" }
func (loadBalancer) resourceType() string { return "AWS::ElasticLoadBalancingV2::LoadBalancer" }
func (targetGroup) resourceType() string  { return "AWS::ElasticLoadBalancingV2::TargetGroup" }
func (listener) resourceType() string     { return "AWS::ElasticLoadBalancingV2::Listener" }

// addAPI makes the way to the API. Workers use an address or a name that was
// fixed at compile time, and is in the certificate; whoever is outside uses a
// public address, which is not.
func (c *cluster) addAPI() {
	var host value = c.plan.Endpoint.Host
	switch {
	case c.balanced():
		c.addBalancer()
		host = attribute("Balancer", "DNSName")
	case c.public():
		c.addAddress()
		host = attribute("Address", "PublicIp")
	}
	ssh := "closed: access.sshCIDRs is empty"
	if len(c.plan.Access.SSH) > 0 {
		ssh = "ssh " + c.plan.Roles[0].OS.Facts.User + "@ADDRESS"
	}
	c.template.Outputs["APIHost"] = output{"Where the Kubernetes API answers, on port 6443.", host}
	c.template.Outputs["SSH"] = output{"How to log in, from the ranges in access.sshCIDRs and with a key of os.sshAuthorizedKeys.", ssh}
	c.template.Outputs["AddAPool"] = output{"How to get more workers.", "add an entry to workers in the config, run kube-anywhere compile, then ./up again"}
}

// addAddress gives the only control-plane machine an address that stays.
func (c *cluster) addAddress() {
	r := resource{Properties: elasticIP{
		Domain:     "vpc",
		InstanceId: onlyIf(machineID(0)+"Runs", ref(machineID(0))),
		Tags:       c.tags(c.plan.Name + "-api"),
	}}
	if c.options.VPCID == "" {
		r.DependsOn = []string{"GatewayAttachment"}
	}
	c.template.add("Address", r)
}

// addBalancer puts a load balancer before several machines. It knows them by
// their addresses, so that it need not change when one is replaced, and shows
// them who is calling.
func (c *cluster) addBalancer() {
	t, name := &c.template, c.plan.Name+"-api"
	balancer := resource{Properties: loadBalancer{
		Type:           "network",
		Scheme:         "internet-facing",
		Subnets:        c.subnets,
		SecurityGroups: []value{ref("BalancerGroup")},
		// A zone without a healthy control plane still answers.
		LoadBalancerAttributes: []balancerAttribute{{"load_balancing.cross_zone.enabled", "true"}},
		Tags:                   c.tags(name),
	}}
	if c.options.VPCID == "" {
		balancer.DependsOn = []string{"GatewayAttachment"}
	}
	group := targetGroup{
		VpcId:                      c.network,
		Protocol:                   "TCP",
		Port:                       c.plan.Endpoint.Port,
		TargetType:                 "ip",
		TargetGroupAttributes:      []balancerAttribute{{"preserve_client_ip.enabled", "true"}},
		HealthCheckProtocol:        "HTTPS",
		HealthCheckPath:            "/readyz",
		Matcher:                    matcher{"200"},
		HealthCheckIntervalSeconds: 10,
		HealthyThresholdCount:      2,
		UnhealthyThresholdCount:    2,
		Tags:                       c.tags(name),
	}
	for _, m := range c.machines {
		group.Targets = append(group.Targets, target{m.Role.Addresses[0].String()})
	}
	t.add("Listener", resource{Properties: listener{
		LoadBalancerArn: t.add("Balancer", balancer),
		Protocol:        "TCP",
		Port:            c.plan.Endpoint.Port,
		DefaultActions:  []forward{{"forward", t.add("Targets", resource{Properties: group})}},
	}})
}
