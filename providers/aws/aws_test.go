package aws

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

func TestFacts(t *testing.T) {
	want := plan.ProviderFacts{
		Limit: 16384, Formats: []string{"auto"}, HasStore: true, Endpoint: plan.PrivateName,
		Zones: []string{"eu-central-1a", "eu-central-1c"}, ZonalSubnets: true, MakesDisks: true, HasSpot: true, CloudControllers: true,
	}
	got := Provider{}.Facts(schema.Options{"region": "eu-central-1", "zones": []any{"a", "c"}})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestCheck has every diagnostic, and what gives none.
func TestCheck(t *testing.T) {
	v6 := netip.MustParsePrefix("2001:db8::/32")
	subnets := []any{"subnet-1", "subnet-2"}
	for _, c := range []struct {
		options schema.Options
		access  plan.Access
		pods    []netip.Prefix
		want    []string
	}{
		{options: schema.Options{"zones": []any{"a"}}},
		{options: schema.Options{"zones": []any{"a", "b"}, "vpcID": "vpc-1", "subnetIDs": subnets}},
		{options: schema.Options{"zones": []any{"a"}, "vpcID": "vpc-1"}, want: []string{"/provider/aws"}},
		{options: schema.Options{"zones": []any{"a", "b"}, "subnetIDs": subnets}, want: []string{"/provider/aws"}},
		{options: schema.Options{"zones": []any{"a"}, "vpcID": "vpc-1", "subnetIDs": subnets}, want: []string{"/provider/aws/subnetIDs"}},
		{access: plan.Access{API: []netip.Prefix{v6}, SSH: []netip.Prefix{v6}}, want: []string{"/access/apiCIDRs", "/access/sshCIDRs"}},
		{pods: []netip.Prefix{v6}, want: []string{"/network/podCIDR"}},
	} {
		p := plan.Plan{Access: c.access, Network: plan.Network{PodCIDRs: c.pods}, Provider: plan.Provider{Name: "aws", Options: c.options}}
		var got []string
		for _, d := range (Provider{}).Check(p) {
			got = append(got, d.Path)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.options, diff)
		}
	}
}

// TestStore: a bucket's name has at most 63 characters, and keeps what makes it
// the cluster's own.
func TestStore(t *testing.T) {
	p := plan.Plan{Provider: plan.Provider{Name: "aws", Options: schema.Options{"region": "eu-central-1"}}}
	for id, want := range map[string]string{
		"demo-01234567":                       "demo-01234567",
		strings.Repeat("a", 63) + "-01234567": strings.Repeat("a", 54) + "-01234567",
	} {
		if got := (Provider{}).Store(p, id); got.Name != want || got.URL != "s3://"+want+"/" {
			t.Errorf("%s: found %q and %q, expected the bucket %q", id, got.Name, got.URL, want)
		}
	}
}
