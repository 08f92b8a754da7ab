package schema

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	kubelet "k8s.io/kubelet/config/v1beta1"
)

// kubeletProblems are the codes that a kubelet's setting gives.
func kubeletProblems(settings string) string {
	_, problems := Parse([]byte(`{"name": "demo", "kubernetes": {"kubelet": {`+settings+`}}}`), "kubelet.json", testCatalog)
	var codes []string
	for _, p := range problems {
		codes = append(codes, p.Code)
	}
	return strings.Join(codes, " ")
}

// TestKubeletNumbers compares the table with upstream's types, and sees that
// each bound is where the table says.
func TestKubeletNumbers(t *testing.T) {
	types := map[string]reflect.Type{}
	upstream := reflect.TypeFor[kubelet.KubeletConfiguration]()
	for i := range upstream.NumField() {
		name, _, _ := strings.Cut(upstream.Field(i).Tag.Get("json"), ",")
		if types[name] = upstream.Field(i).Type; types[name].Kind() == reflect.Pointer {
			types[name] = types[name].Elem()
		}
	}
	for name, bounds := range kubeletNumbers {
		most := int64(math.MaxInt32)
		switch typ := types[name]; {
		case typ == reflect.TypeFor[int64]():
			most = math.MaxInt64
		case typ != reflect.TypeFor[int32]():
			t.Errorf("%s is a %v upstream, and no number", name, typ)
		}
		if bounds.most > most {
			t.Errorf("%s: at most %d, which upstream's type cannot hold", name, bounds.most)
		}
		if strings.HasPrefix(name, "imageGC") {
			continue // two that are compared with each other
		}
		for n, want := range map[int64]string{bounds.least - 1: codeRange, bounds.least: "", bounds.most: ""} {
			if got := kubeletProblems(fmt.Sprintf("%q: %d", name, n)); got != want {
				t.Errorf("%s of %d gives %q, wanted %q", name, n, got, want)
			}
		}
		if above := bounds.most + 1; above > bounds.most && kubeletProblems(fmt.Sprintf("%q: %d", name, above)) != codeRange {
			t.Errorf("%s of %d is not refused", name, above)
		}
	}
}

// TestKubeletGood has values just within what the kubelet takes.
func TestKubeletGood(t *testing.T) {
	for _, settings := range []string{
		`"imageGCHighThresholdPercent": 81`,
		`"imageGCLowThresholdPercent": 84`,
		`"imageGCHighThresholdPercent": 1, "imageGCLowThresholdPercent": 0`,
		`"imageGCHighThresholdPercent": null, "maxPods": null`,
		`"shutdownGracePeriod": "1s", "shutdownGracePeriodCriticalPods": "1s"`,
		`"shutdownGracePeriod": "30s"`,
		`"shutdownGracePeriod": "0s", "shutdownGracePeriodCriticalPods": "0"`,
		`"evictionSoft": {"memory.available": "10%"}, "evictionSoftGracePeriod": {"memory.available": "0s", "pid.available": "1m"}`,
		`"evictionHard": {}, "evictionMinimumReclaim": {"nodefs.available": "500Mi"}`,
	} {
		if got := kubeletProblems(settings); got != "" {
			t.Errorf("%s gives %s", settings, got)
		}
	}
	for _, signal := range evictionSignals {
		if got := kubeletProblems(fmt.Sprintf(`"evictionHard": {%q: "5%%"}`, signal)); got != "" {
			t.Errorf("%s gives %s", signal, got)
		}
	}
}
