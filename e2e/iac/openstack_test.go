package iac

var openstack = reader{
	firewall: true,
	kinds: map[string]func(resource, *inventory){
		"openstack_blockstorage_volume_v3":         openstackVolume,
		"openstack_compute_instance_v2":            openstackInstance,
		"openstack_compute_servergroup_v2":         nil,
		"openstack_lb_listener_v2":                 openstackListener,
		"openstack_lb_loadbalancer_v2":             nil,
		"openstack_lb_member_v2":                   nil,
		"openstack_lb_monitor_v2":                  nil,
		"openstack_lb_pool_v2":                     nil,
		"openstack_networking_floatingip_v2":       nil,
		"openstack_networking_network_v2":          nil,
		"openstack_networking_port_v2":             openstackPort,
		"openstack_networking_router_interface_v2": nil,
		"openstack_networking_router_v2":           nil,
		"openstack_networking_secgroup_rule_v2":    openstackRule,
		"openstack_networking_secgroup_v2":         openstackSecurityGroup,
		"openstack_networking_subnet_v2":           nil,
		"terraform_data":                           nil,
		"time_sleep":                               nil,
	},
}

// Whether volumes are encrypted is up to their type, which is the cloud's.
const openstackEncrypts = true

func openstackRule(r resource, inv *inventory) {
	if r.text("direction") != "ingress" {
		return
	}
	o := opening{resource: r.Address, from: "0.0.0.0/0", protocol: r.text("protocol")}
	// OpenStack fills in what is not given: both are unknown then.
	switch {
	case r.Given["remote_ip_prefix"] != nil:
		o.from = r.text("remote_ip_prefix")
	case r.Given["remote_group_id"] != nil && r.made("remote_group_id"):
		o.from = inside
	}
	if o.protocol == "" || o.protocol == "?" {
		o.protocol = "any"
	}
	o.ports = ports{r.number("port_range_min"), r.number("port_range_max")}
	inv.openings = append(inv.openings, o)
}

// openstackSecurityGroup: what a new group lets through by itself is not for us
// to find.
func openstackSecurityGroup(r resource, inv *inventory) {
	if r.text("delete_default_rules") != "true" {
		inv.fail(r, "keeps the rules that OpenStack puts into it")
	}
}

// openstackListener decides who gets to the balancer, which is who its machines
// then see.
func openstackListener(r resource, inv *inventory) {
	ranges := r.texts("allowed_cidrs")
	if len(ranges) == 0 {
		ranges = []string{"0.0.0.0/0"}
	}
	for _, from := range ranges {
		port := r.number("protocol_port")
		inv.openings = append(inv.openings, opening{resource: r.Address, from: from, protocol: "tcp", ports: ports{port, port}})
	}
}

func openstackPort(r resource, inv *inventory) {
	if r.Name == "control_plane" {
		inv.machine(r.key()).address = r.text("fixed_ip.0.ip_address")
	}
}

func openstackInstance(r resource, inv *inventory) {
	if r.Name == "control_plane" {
		inv.machine(r.key()).resource = r.Address
	} else {
		inv.worker(r)
	}
	for _, b := range r.blocks("block_device") {
		if r.text(b+".source_type") == "blank" {
			inv.fail(r, "has a blank disk that is not etcd's")
		}
	}
}

func openstackVolume(r resource, inv *inventory) {
	inv.disks = append(inv.disks, disk{resource: r.Address, encrypted: openstackEncrypts, etcd: true})
}
