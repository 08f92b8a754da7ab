package userdata

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// TestFormats: a format that an OS does not boot with is an error at its place.
func TestFormats(t *testing.T) {
	debian := plan.OS{Name: "debian", Facts: plan.OSFacts{Format: "cloud-init"}}
	flatcar := plan.OS{Name: "flatcar", Facts: plan.OSFacts{Format: "ignition"}}
	p := plan.Plan{
		Roles:    []plan.Role{{OS: flatcar}, {OS: debian}, {OS: flatcar}},
		Provider: plan.Provider{ProviderFacts: plan.ProviderFacts{Formats: []string{"auto", "script", "ignition", "cloud-init"}}},
	}
	want := []schema.Diagnostic{
		{Severity: schema.Error, Code: "format-os", Path: "/provider/userdata/formats/2", Message: "debian does not boot with ignition", Hint: `use "auto", or "script"`},
		{Severity: schema.Error, Code: "format-os", Path: "/provider/userdata/formats/3", Message: "flatcar does not boot with cloud-init", Hint: `use "auto", or "script"`},
	}
	if diff := cmp.Diff(want, Provider{}.Check(p)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	p.Provider.Formats = []string{"auto", "script"}
	if got := (Provider{}).Check(p); got != nil {
		t.Errorf("found %v, expected nothing", got)
	}
}

// TestFacts are the config's own.
func TestFacts(t *testing.T) {
	got := Provider{}.Facts(schema.Options{"limit": int64(65535), "formats": []any{"auto", "script"}})
	if diff := cmp.Diff(plan.ProviderFacts{Limit: 65535, Formats: []string{"auto", "script"}}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
