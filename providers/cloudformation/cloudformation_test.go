package cloudformation

import (
	"strings"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
)

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
