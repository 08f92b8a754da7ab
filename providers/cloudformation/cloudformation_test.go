package cloudformation

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

func TestFacts(t *testing.T) {
	t.Parallel()
	got := Provider{}.Facts(schema.Options{"region": "eu-central-1", "zones": []any{"a", "c"}})
	want := plan.ProviderFacts{
		Limit: 16384, Formats: []string{"auto"}, HasStore: true, Endpoint: plan.PrivateName,
		Zones: []string{"eu-central-1a", "eu-central-1c"}, ZonalSubnets: true, MakesDisks: true, HasSpot: true, CloudControllers: true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestStore(t *testing.T) {
	t.Parallel()
	p := plan.Plan{Provider: plan.Provider{Options: schema.Options{"region": "eu-central-1"}}}
	got := Provider{}.Store(p, "demo-01234567")
	if got.Name != "demo-01234567" || got.URL != "s3://demo-01234567/" {
		t.Errorf("got %q, %q", got.Name, got.URL)
	}
	if !strings.Contains(got.Fetch, "host=demo-01234567.s3.eu-central-1.amazonaws.com ") || strings.Contains(got.Fetch, "BUCKET") || strings.Contains(got.Fetch, "REGION") {
		t.Errorf("the machine asks for:\n%s", got.Fetch)
	}
	long := Provider{}.Store(p, strings.Repeat("a", 63)+"-01234567").Name
	if want := strings.Repeat("a", 54) + "-01234567"; long != want {
		t.Errorf("got %q, expected %q", long, want)
	}
}

// TestSameAsAWS: how a machine fetches its payload, and what it runs for the
// cloud-controller-manager, are EC2's and not the infrastructure's. Providers do
// not import each other, so that each has its copy.
func TestSameAsAWS(t *testing.T) {
	t.Parallel()
	read := func(name string) string {
		text, err := os.ReadFile("../aws/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if diff := cmp.Diff(read("fetch.sh"), fetch); diff != "" {
		t.Errorf("fetch.sh: -aws +cloudformation:\n%s", diff)
	}
	for name, ours := range tree(t, layers) {
		if diff := cmp.Diff(read(name), ours); diff != "" {
			t.Errorf("%s: -aws +cloudformation:\n%s", name, diff)
		}
	}
	if ours, theirs := len(tree(t, layers)), len(tree(t, os.DirFS("../aws"))); ours != theirs {
		t.Errorf("layers has %d files, and that of aws %d", ours, theirs)
	}
}

// tree are the files in layers by name.
func tree(t *testing.T, files fs.FS) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(files, "layers", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		found[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// big is a template with a resource of so many bytes.
func big(bytes int) template {
	t := newTemplate("A test")
	t.add("Small", resource{Properties: launchTemplate{}})
	t.add("Large", resource{Properties: launchTemplate{launchData{UserData: strings.Repeat("A", bytes)}}})
	return t
}

// TestSizes: a template is as readable as it can be in a request, and beyond that
// in S3; and beyond that an error.
func TestSizes(t *testing.T) {
	t.Parallel()
	empty, err := marshal(big(0), "")
	if err != nil {
		t.Fatal(err)
	}
	most := requestLimit - len(empty)
	for _, c := range []struct {
		bytes            int
		readable, fromS3 bool
	}{
		{1000, true, false},
		{most, false, false},
		{most + 1, true, true},
		{objectLimit - 10000, true, true},
	} {
		text, fromS3, err := big(c.bytes).encode()
		if err != nil || fromS3 != c.fromS3 || strings.Contains(string(text), "\n  ") != c.readable {
			t.Errorf("%d bytes: %v, from S3 %v, readable %v", c.bytes, err, fromS3, !c.readable)
		}
		if !fromS3 && len(text) > requestLimit || len(text) > objectLimit {
			t.Errorf("%d bytes: the template has %d", c.bytes, len(text))
		}
	}
	if _, _, err = big(objectLimit).encode(); err == nil {
		t.Fatal("a template of more than the limit was taken")
	}
	for _, part := range []string{"cloudformation/cluster.json has 100", " more than the 1000000 that CloudFormation takes; the largest: Large (1000", ", Small (", "/workers"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
}

func TestTooManyResources(t *testing.T) {
	t.Parallel()
	many := newTemplate("A test")
	for n := range resourceLimit + 1 {
		many.add(machineID(n), resource{Properties: launchTemplate{}})
	}
	if _, _, err := many.encode(); err == nil || !strings.Contains(err.Error(), "has 501 resources, and CloudFormation takes 500") {
		t.Errorf("got %v", err)
	}
}

// TestRoll: some machines of a pool always serve, where there are two of them.
func TestRoll(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ count, maxCount, batch, serving int }{
		{0, 0, 1, 0}, {1, 1, 1, 0}, {2, 2, 1, 1}, {1, 3, 1, 1}, {3, 4, 1, 3}, {40, 40, 4, 36}, {40, 42, 4, 38}, {40, 100, 4, 40},
	} {
		got := roll(plan.Role{Count: c.count, MaxCount: c.maxCount}).AutoScalingRollingUpdate
		if got.MaxBatchSize != c.batch || got.MinInstancesInService != c.serving {
			t.Errorf("%d to %d: %d at a time while %d serve, expected %d and %d", c.count, c.maxCount, got.MaxBatchSize, got.MinInstancesInService, c.batch, c.serving)
		}
	}
}
