package ec2

import (
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
	got := Facts("aws", schema.Options{"region": "eu-central-1", "zones": []any{"a", "c"}})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSize(t *testing.T) {
	for want, role := range map[string]plan.Role{
		"t3.medium":  {OS: plan.OS{Architecture: "amd64"}},
		"t4g.medium": {OS: plan.OS{Architecture: "arm64"}},
		"m7g.large":  {OS: plan.OS{Architecture: "arm64"}, Size: "m7g.large"},
	} {
		if got := Size(role); got != want {
			t.Errorf("%+v: got %s, expected %s", role.OS, got, want)
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
		got := Store(p, id)
		if got.Name != want || got.URL != "s3://"+want+"/" {
			t.Errorf("%s: found %q and %q, expected the bucket %q", id, got.Name, got.URL, want)
		}
		if !strings.Contains(got.Fetch, "host="+want+".s3.eu-central-1.amazonaws.com ") || strings.Contains(got.Fetch, "BUCKET") || strings.Contains(got.Fetch, "REGION") {
			t.Errorf("the machine asks for:\n%s", got.Fetch)
		}
	}
}
