package cloudformation_test

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/docs/examples"
)

// finding is one of AWS's own validator's.
type finding struct{ File, Severity, Rule, Message string }

// accepted are findings that are as they should be, with the reason.
var accepted = map[string]string{
	"W9013": "the user's key has the user's account in its ARN",
}

// validate has the validator look at templates by name, and gives its findings
// that are not mere notes, by template.
func validate(t *testing.T, templates map[string]string) map[string][]finding {
	t.Helper()
	if _, err := os.Stat("testdata/validate/node_modules"); err != nil {
		t.Fatal("the validator of CloudFormation templates is missing: make tools")
	}
	dir := t.TempDir()
	args := []string{"testdata/validate/validate.mjs"}
	for _, name := range slices.Sorted(maps.Keys(templates)) {
		file := filepath.Join(dir, name+".json")
		if err := os.WriteFile(file, []byte(templates[name]), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	cmd := exec.Command("node", args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]finding{}
	for line := range strings.Lines(string(out)) {
		var f finding
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		if name := strings.TrimSuffix(filepath.Base(f.File), ".json"); accepted[f.Rule] == "" && !slices.Contains([]string{"DEBUG", "INFO"}, strings.ToUpper(f.Severity)) {
			found[name] = append(found[name], f)
		}
	}
	return found
}

// TestValidate: AWS's validator finds nothing in what is emitted, and finds each
// damage.
func TestValidate(t *testing.T) {
	t.Parallel()
	text, _ := examples.Get("cloudformation")
	key := `{"kmsKeyID": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}`
	templates := map[string]string{}
	for name, config := range map[string]string{
		"example": string(text), "small": small, "three": three, "ubuntu": ubuntu, "existing": existing,
		"large":             strings.Replace(large, `"cloudformation": {}`, `"cloudformation": `+key, 1),
		"cloud-controllers": `{"name": "demo", "addons": {"cloud-controller-manager": {"enabled": true}}, "provider": {"cloudformation": {}}}`,
		"fedora":            `{"name": "demo", "os": {"name": "fedora-coreos", "architecture": "arm64"}, "workers": [], "provider": {"cloudformation": {}}}`,
		"debian":            `{"name": "demo", "os": {"name": "debian"}, "access": {"apiCIDRs": []}, "provider": {"cloudformation": {"zones": ["b"]}}}`,
	} {
		found := files(compile(t, config))
		templates[name] = found["cloudformation/cluster.json"]
		if store := found["cloudformation/store.json"]; store != "" {
			templates[name+"-store"] = store
		}
	}
	for _, d := range damages {
		templates[d.name] = d.do(t, templates["example"])
	}
	found := validate(t, templates)
	for _, d := range damages {
		if !slices.ContainsFunc(found[d.name], func(f finding) bool { return f.Rule == d.rule }) {
			t.Errorf("the damage %q is not found by %s: %+v", d.name, d.rule, found[d.name])
		}
		delete(found, d.name)
	}
	for name, findings := range found {
		t.Errorf("%s: %+v", name, findings)
	}
}

// damage replaces what is at a path of the example's template, and is to be found
// by a rule.
type damage struct{ name, path, value, rule string }

var damages = []damage{
	{"unknown-resource", "Resources.Gateway.Type", `"AWS::EC2::InternetGatewayy"`, "F3006"},
	{"unknown-property", "Resources.Network.Properties.CidrBlok", `"10.0.0.0/16"`, "F3002"},
	{"unknown-nested-property", "Resources.ControlPlane0Template.Properties.LaunchTemplateData.MetadataOptions.HttpToken", `"required"`, "F3002"},
	{"missing-property", "Resources.MachineGroup.Properties.GroupDescription", ``, "F3003"},
	{"wrong-type", "Resources.Network.Properties.EnableDnsSupport", `["yes"]`, "F3012"},
	{"unknown-reference", "Resources.SubnetA.Properties.VpcId", `{"Ref": "Netwrk"}`, "F1020"},
	{"unknown-attribute", "Outputs.APIHost.Value", `{"Fn::GetAtt": ["Balancer", "DNSNam"]}`, "F6101"},
	{"unknown-dependency", "Resources.ControlPlane0.DependsOn", `["DefaultRout"]`, "E3005"},
	{"unknown-condition", "Resources.ControlPlane0.Condition", `"ControlPlane9Runs"`, "E8002"},
	{"bad-enumeration", "Resources.Balancer.Properties.Type", `"networking"`, "W3030"},
	{"no-version", "Resources.PoolGeneral.Properties.LaunchTemplate.Version", ``, "F3003"},
	{"out-of-range", "Resources.Targets.Properties.Port", `99999`, "F3034"},
	{"bad-deletion-policy", "Resources.ControlPlane0Etcd.DeletionPolicy", `"Destroy"`, "F3016"},
	{"no-range", "Resources.Network.Properties.CidrBlock", ``, "F3014"},
	{"circular", "Resources.Network.DependsOn", `["SubnetA"]`, "F3004"},
}

// do is the template with the damage.
func (d damage) do(t *testing.T, text string) string {
	t.Helper()
	o := parse(t, text)
	parent, key := o, d.path
	if i := strings.LastIndex(d.path, "."); i > 0 {
		in, ok := o.at(d.path[:i]).(map[string]any)
		if !ok {
			t.Fatalf("%s: there is no %s", d.name, d.path[:i])
		}
		parent, key = in, d.path[i+1:]
	}
	if delete(parent, key); d.value != "" {
		parent[key] = parse(t, `{"v": `+d.value+`}`)["v"]
	}
	damaged, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(damaged)
}
