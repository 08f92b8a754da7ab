package upstream

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// TestRanges compares the ranges of addresses that components are told. None of
// them knows the others' ranges, and a cluster whose parts disagree starts all
// the same: this is the one check here that is ours.
func TestRanges(t *testing.T) {
	eachMachine(t, func(t *testing.T, m machine) {
		if !m.controlPlane {
			t.Skip("no control plane")
		}
		report(t, checkRanges(t, m, m.copy(t)))
	})
}

func checkRanges(t *testing.T, m machine, dir string) []string {
	t.Helper()
	services, err := flagsOf(t, m, dir, "kube-apiserver")
	if err != nil {
		return []string{err.Error()}
	}
	pods, err := flagsOf(t, m, dir, "kube-controller-manager")
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	const flag = "--service-cluster-ip-range"
	if services[flag] != pods[flag] {
		problems = append(problems, fmt.Sprintf("%s is %q for the API server and %q for the controller manager", flag, services[flag], pods[flag]))
	}
	return append(problems, overlaps(services[flag]+","+pods["--cluster-cidr"])...)
}

// overlaps finds ranges of a list that share addresses.
func overlaps(list string) []string {
	var all []netip.Prefix
	for text := range strings.SplitSeq(list, ",") {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return []string{err.Error()}
		}
		all = append(all, p)
	}
	// In order, whatever overlaps is next to what it overlaps with.
	slices.SortFunc(all, func(a, b netip.Prefix) int { return cmp.Or(a.Addr().Compare(b.Addr()), a.Bits()-b.Bits()) })
	var problems []string
	for i := 1; i < len(all); i++ {
		if all[i-1].Overlaps(all[i]) {
			problems = append(problems, fmt.Sprintf("%s overlaps %s", all[i-1], all[i]))
		}
	}
	return problems
}

// flagsOf are the flags of a static pod, with their dashes.
func flagsOf(t *testing.T, m machine, dir, component string) (map[string]string, error) {
	t.Helper()
	s, err := startStaticPod(component)(t, m, dir)
	if err != nil {
		return nil, err
	}
	flags := map[string]string{}
	for _, arg := range s.args {
		name, value, _ := strings.Cut(arg, "=")
		flags[name] = value
	}
	return flags, nil
}

func TestRefusesRanges(t *testing.T) {
	t.Parallel()
	m := named(t, "plain").machines[0]
	refuses(t, m, []refusal{
		{"10.96.0.0/12 overlaps 10.96.0.0/16", replace(manifest("kube-controller-manager"), "10.244.0.0/16", "10.96.0.0/12")},
		{`"10.96.0.0/16" for the API server and "10.97.0.0/16" for the controller manager`,
			replace(manifest("kube-controller-manager"), "10.96.0.0/16", "10.97.0.0/16")},
	}, func(t *testing.T, dir string) []string { return checkRanges(t, m, dir) })
}
