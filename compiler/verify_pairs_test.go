package compiler_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/compiler"
)

// dimension is one thing that configs differ in. Most defects need no more than
// two such choices to show, so the suite has every pair of values in some case.
type dimension struct {
	name   string
	values []value
}

type value struct {
	name string
	set  func(c object)
}

// object is a config under construction.
type object map[string]any

// at is the object under a dotted path, made if it is missing.
func (c object) at(path string) object {
	for key := range strings.SplitSeq(path, ".") {
		if _, ok := c[key].(object); !ok {
			c[key] = object{}
		}
		c = c[key].(object)
	}
	return c
}

func dimensions() []dimension {
	dims := []dimension{osDimension(), shapeDimension(), stackDimension(), egressDimension(), addonDimension()}
	networks := dimension{name: "network"}
	for _, name := range slices.Sorted(maps.Keys(compiler.Catalog().Networks)) {
		networks.values = append(networks.values, value{name, func(c object) { c.at("network")["plugin"] = name }})
	}
	minors := dimension{name: "kubernetes"}
	for _, version := range []string{"1.34.11", "1.35.8", "1.36.5", "1.37.2"} {
		minors.values = append(minors.values, value{version, func(c object) { c.at("kubernetes")["version"] = version }})
	}
	return append(dims, networks, minors,
		dimension{"kube-proxy", []value{
			{"nftables", func(c object) { c.at("network")["kubeProxyMode"] = "nftables" }},
			{"iptables", func(c object) { c.at("network")["kubeProxyMode"] = "iptables" }},
		}},
		dimension{"architecture", []value{
			{"amd64", func(object) {}},
			{"arm64", func(c object) { c.at("os")["architecture"] = "arm64" }},
		}},
		dimension{"formats", []value{
			{"auto", func(object) {}},
			{"script", func(c object) { c.at("provider.userdata")["formats"] = []any{"auto", "script"} }},
		}},
		dimension{"algorithm", []value{
			{"p256", func(object) {}},
			{"p384", func(c object) { c.at("pki")["algorithm"] = "ecdsa-p384" }},
		}},
	)
}

// osDimension has each OS with each way to get Docker.
func osDimension() dimension {
	d := dimension{name: "os"}
	for _, pair := range [][2]string{
		{"flatcar", "shipped"}, {"fedora-coreos", "shipped"},
		{"ubuntu", "distribution"}, {"ubuntu", "docker"},
		{"debian", "docker"}, {"debian", "preinstalled"},
	} {
		d.values = append(d.values, value{pair[0] + "/" + pair[1], func(c object) {
			os := c.at("os")
			os["name"], os["docker"] = pair[0], pair[1]
			os["sshAuthorizedKeys"] = []any{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHvfLkcNiZNmYs4sPHPTlaDQgDHZHHXsFLO9wS5SxDVB a@example.com"}
		}})
	}
	return d
}

func shapeDimension() dimension {
	machine := func(name string, n int) object {
		return object{"name": name, "mac": fmt.Sprintf("52:54:00:00:00:%02x", n), "address": fmt.Sprintf("10.0.0.%d", n)}
	}
	return dimension{"shape", []value{
		{"one", func(object) {}},
		{"three", func(c object) {
			cp := c.at("controlPlane")
			cp["count"], cp["endpoint"] = 3, "api.pairs.example.com"
			cp["taints"] = []any{}
			c["workers"] = []any{
				object{"name": "general", "count": 2},
				object{"name": "other", "os": object{"name": "ubuntu"},
					"labels": object{"example.com/disk": "ssd", "node-role.kubernetes.io/gpu": ""},
					"taints": []any{object{"key": "example.com/gpu", "effect": "NoSchedule"}}},
			}
		}},
		{"machines", func(c object) {
			c.at("controlPlane")["machines"] = []any{machine("rack-cp", 16)}
			c["workers"] = []any{object{"name": "rack", "machines": []any{machine("rack-a", 32), machine("rack-bb", 33)}}}
		}},
	}}
}

func stackDimension() dimension {
	return dimension{"stack", []value{
		{"ipv4", func(object) {}},
		{"dual", func(c object) {
			n := c.at("network")
			n["podCIDR"], n["serviceCIDR"] = "10.244.0.0/16,fd00:10:244::/48", "10.96.0.0/16,fd00:10:96::/112"
		}},
	}}
}

func egressDimension() dimension {
	return dimension{"egress", []value{
		{"direct", func(object) {}},
		{"proxy", func(c object) {
			c["proxy"] = object{"http": "http://proxy.example.com:3128", "noProxy": []any{".corp.example.com"}}
			c.at("registry")["mirrors"] = object{"_default": []any{"https://mirror.example.com/v2/all"}}
		}},
		{"prefix", func(c object) {
			r := c.at("registry")
			r["prefix"], r["downloads"] = privateRegistry, "https://files.example.com/github"
			r["cniPlugins"] = object{"arm64": object{"url": "https://files.example.com/ARCH/cni.tgz?key=a&sum=b", "sha256": strings.Repeat("C", 64)}}
			r["credentials"] = []any{object{"registry": "registry.example.com:5000", "username": "puller", "password": registryPassword}}
		}},
	}}
}

const (
	privateRegistry  = "registry.example.com:5000/k8s"
	registryPassword = "correct-horse-battery"
)

func addonDimension() dimension {
	all := func(enabled bool) func(c object) {
		return func(c object) {
			for name := range compiler.Catalog().Addons {
				if name != "cloud-controller-manager" { // userdata has none; the examples of clouds do
					c.at("addons." + name)["enabled"] = enabled
				}
			}
		}
	}
	return dimension{"addons", []value{{"default", func(object) {}}, {"all", all(true)}, {"none", all(false)}}}
}

// pairCases are few configs in which every pair of values occurs.
func pairCases() []clusterCase {
	dims := dimensions()
	var all []clusterCase
	for i, row := range coverPairs(dims) {
		config := object{"name": "pairs", "provider": object{"userdata": object{"limit": 0}}}
		for d, v := range row {
			dims[d].values[v].set(config)
		}
		text, err := json.Marshal(config)
		if err != nil {
			panic(err) // strings, numbers and lists always marshal
		}
		all = append(all, newCase(fmt.Sprintf("pairs-%02d", i), compiler.Input{Config: text, Name: "pairs.json", Now: now}))
	}
	return all
}

// pair is two values of two dimensions.
type pair struct{ d1, v1, d2, v2 int }

// coverPairs picks rows, each one value of every dimension, until all pairs
// occur: each row begins with a pair that is missing, and then takes the values
// that add most.
func coverPairs(dims []dimension) [][]int {
	var missing []pair
	for d1 := range dims {
		for d2 := d1 + 1; d2 < len(dims); d2++ {
			for v1 := range dims[d1].values {
				for v2 := range dims[d2].values {
					missing = append(missing, pair{d1, v1, d2, v2})
				}
			}
		}
	}
	var rows [][]int
	for len(missing) > 0 {
		row := slices.Repeat([]int{-1}, len(dims))
		row[missing[0].d1], row[missing[0].d2] = missing[0].v1, missing[0].v2
		for d := range dims {
			if row[d] < 0 {
				row[d] = bestValue(row, d, len(dims[d].values), missing)
			}
		}
		missing = slices.DeleteFunc(missing, func(p pair) bool { return row[p.d1] == p.v1 && row[p.d2] == p.v2 })
		rows = append(rows, row)
	}
	return rows
}

func bestValue(row []int, d, values int, missing []pair) int {
	gain := make([]int, values)
	for _, p := range missing {
		switch {
		case p.d1 == d && row[p.d2] == p.v2:
			gain[p.v1]++
		case p.d2 == d && row[p.d1] == p.v1:
			gain[p.v2]++
		}
	}
	return slices.Index(gain, slices.Max(gain))
}

func TestPairsAreCovered(t *testing.T) {
	t.Parallel()
	dims := dimensions()
	rows := coverPairs(dims)
	for d1 := range dims {
		for d2 := d1 + 1; d2 < len(dims); d2++ {
			seen := map[[2]int]bool{}
			for _, row := range rows {
				seen[[2]int{row[d1], row[d2]}] = true
			}
			if want := len(dims[d1].values) * len(dims[d2].values); len(seen) != want {
				t.Errorf("%s and %s: %d of %d pairs occur", dims[d1].name, dims[d2].name, len(seen), want)
			}
		}
	}
	t.Logf("%d rows", len(rows))
}
