package ec2_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kube-anywhere/kube-anywhere/compiler"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// now is when everything is compiled.
var now = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// TestCheck: what AWS would refuse is an error at its place in the config.
func TestCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config     string
		code, path string
		message    string
	}{
		"a VPC without subnets": {
			`"provider": {"NAME": {"vpcID": "vpc-0a1b"}}`,
			"ec2-network", "/provider/NAME", "vpcID and subnetIDs belong together",
		},
		"fewer subnets than zones": {
			`"provider": {"NAME": {"vpcID": "vpc-0a1b", "subnetIDs": ["subnet-0a1b"]}}`,
			"ec2-network", "/provider/NAME/subnetIDs", "found 1 subnets for 3 zones",
		},
		"a large network": {
			`"network": {"machineCIDR": "172.0.0.0/12"}, "provider": {"NAME": {}}`,
			"ec2-network", "/network/machineCIDR", "found 172.0.0.0/12, in 3 zones: AWS has networks from /16 on, and in them subnets down to /28",
		},
		"a small network": {
			`"network": {"machineCIDR": "192.168.0.0/27"}, "provider": {"NAME": {}}`,
			"ec2-network", "/network/machineCIDR", "found 192.168.0.0/27, in 3 zones: AWS has networks from /16 on, and in them subnets down to /28",
		},
		"an address of another zone": {
			`"controlPlane": {"count": 3, "addresses": ["10.0.0.10", "10.0.0.11", "10.0.128.10"]}, "provider": {"NAME": {}}`,
			"ec2-network", "/controlPlane/addresses/1", "found 10.0.0.11 for controlplane-1, which goes to the zone us-east-1b: expected an address within 10.0.64.0/18",
		},
		"an address that AWS keeps": {
			`"controlPlane": {"addresses": ["10.0.0.3"]}, "provider": {"NAME": {}}`,
			"ec2-network", "/controlPlane/addresses/0", "found 10.0.0.3 for controlplane-0, which goes to the zone us-east-1a: expected an address within 10.0.0.0/18",
		},
		"the last address": {
			`"controlPlane": {"addresses": ["10.0.63.255"]}, "provider": {"NAME": {}}`,
			"ec2-network", "/controlPlane/addresses/0", "found 10.0.63.255 for controlplane-0, which goes to the zone us-east-1a: expected an address within 10.0.0.0/18",
		},
		"IPv6 machines": {
			`"network": {"machineCIDR": "fd00::/64", "podCIDR": "fd00:10:244::/48", "serviceCIDR": "fd00:10:96::/112"}, "provider": {"NAME": {}}`,
			"ec2-ipv6", "/network/machineCIDR", "found fd00::/64, but machines get IPv4 addresses",
		},
		"dual stack": {
			`"controlPlane": {"addresses": ["10.0.0.10,fd00:10::10"]}, "network": {"podCIDR": "10.244.0.0/16,fd00:10:244::/48", "serviceCIDR": "10.96.0.0/16,fd00:10:96::/112"}, "provider": {"NAME": {}}`,
			"ec2-ipv6", "/network/podCIDR", "found 10.244.0.0/16,fd00:10:244::/48, but machines get IPv4 addresses, and pods of another family cannot reach each other",
		},
		"IPv6 clients": {
			`"access": {"apiCIDRs": ["203.0.113.0/24", "2001:db8::/32"]}, "provider": {"NAME": {}}`,
			"ec2-ipv6", "/access/apiCIDRs/1", "found 2001:db8::/32, but machines are reached by IPv4 addresses",
		},
		"IPv6 ssh": {
			`"access": {"sshCIDRs": ["2001:db8::/32"]}, "provider": {"NAME": {}}`,
			"ec2-ipv6", "/access/sshCIDRs/0", "found 2001:db8::/32, but machines are reached by IPv4 addresses",
		},
		"a network of routes": {
			`"network": {"plugin": "flannel", "options": {"backend": "host-gw"}}, "provider": {"NAME": {}}`,
			"ec2-network", "/network/options/backend", "EC2 drops packets with pods' addresses outside a tunnel",
		},
		"tunnels between subnets alone": {
			`"network": {"plugin": "kube-router", "options": {"overlay": "subnet"}}, "provider": {"NAME": {}}`,
			"ec2-network", "/network/options/overlay", "EC2 drops packets with pods' addresses outside a tunnel",
		},
	} {
		for _, provider := range []string{"aws", "cloudformation"} {
			config := strings.ReplaceAll(`{"name": "demo", `+c.config+`}`, "NAME", provider)
			diags := compiler.Validate(compiler.Input{Config: []byte(config), Name: "cluster.json", Now: now})
			want := schema.Diagnostic{Severity: schema.Error, Code: c.code, Path: strings.ReplaceAll(c.path, "NAME", provider), Message: c.message}
			if !slices.ContainsFunc(diags, func(d schema.Diagnostic) bool {
				return d.Hint != "" && d.Line > 0 && want == schema.Diagnostic{Severity: d.Severity, Code: d.Code, Path: d.Path, Message: d.Message}
			}) {
				t.Errorf("%s on %s: found %+v, expected %+v", name, provider, diags, want)
			}
		}
	}
}
