package iac

import (
	"slices"
	"strconv"
	"strings"
)

var gce = reader{
	firewall: true,
	kinds: map[string]func(resource, *inventory){
		"google_compute_address":                       nil,
		"google_compute_disk":                          gceDisk,
		"google_compute_firewall":                      gceFirewall,
		"google_compute_forwarding_rule":               nil, // who reaches it is up to the firewall of the machines behind it
		"google_compute_health_check":                  nil,
		"google_compute_instance":                      gceInstance,
		"google_compute_instance_group":                nil,
		"google_compute_instance_group_membership":     nil,
		"google_compute_network":                       nil, // lets nothing in by itself
		"google_compute_region_autoscaler":             gceAutoscaler,
		"google_compute_region_backend_service":        nil,
		"google_compute_region_health_check":           nil,
		"google_compute_region_instance_group_manager": gceGroup,
		"google_compute_region_instance_template":      gceTemplate,
		"google_compute_router":                        nil,
		"google_compute_router_nat":                    nil,
		"google_compute_subnetwork":                    nil,
		"google_project_iam_custom_role":               nil,
		"google_project_iam_member":                    gceMember,
		"google_service_account":                       nil,
		"google_storage_bucket":                        gceBucket,
		"google_storage_bucket_iam_binding":            gceMember,
		"google_storage_bucket_iam_member":             gceMember,
		"google_storage_bucket_object":                 nil,
	},
}

// Google encrypts every disk; a key of the user's own is an option.
const gceEncrypts = true

// gceHealth are the ranges that Google checks health from.
// https://cloud.google.com/load-balancing/docs/health-checks#fw-rule
var gceHealth = []string{"35.191.0.0/16", "130.211.0.0/22", "209.85.152.0/22", "209.85.204.0/22"}

func gceFirewall(r resource, inv *inventory) {
	if r.text("direction") == "EGRESS" {
		return
	}
	for _, from := range gceSources(r) {
		for _, allowed := range r.blocks("allow") {
			for _, p := range gcePorts(r, allowed) {
				o := opening{resource: r.Address, from: from, protocol: r.text(allowed + ".protocol"), ports: p}
				if o.protocol == "all" {
					o.protocol = "any"
				}
				inv.openings = append(inv.openings, o)
			}
		}
	}
}

// gceSources are a rule's ranges. With accounts and no ranges it is for machines
// of those accounts, and with neither for everybody.
func gceSources(r resource) []string {
	ranges := r.texts("source_ranges")
	switch {
	case len(ranges) == 0 && r.made("source_service_accounts"):
		return []string{inside}
	case len(ranges) == 0:
		return []string{"0.0.0.0/0"}
	}
	for i, from := range ranges {
		if slices.Contains(gceHealth, from) {
			ranges[i] = health
		}
	}
	return ranges
}

// gcePorts reads "6443" and "30000-32767"; no ports are all.
func gcePorts(r resource, allowed string) []ports {
	texts := r.texts(allowed + ".ports")
	if len(texts) == 0 {
		return []ports{{}}
	}
	return portsOf(texts)
}

// portsOf reads texts like "6443" and "30000-32767".
func portsOf(texts []string) []ports {
	var out []ports
	for _, text := range texts {
		first, last, found := strings.Cut(text, "-")
		if !found {
			last = first
		}
		from, _ := strconv.Atoi(first)
		to, _ := strconv.Atoi(last)
		out = append(out, ports{from, to})
	}
	return out
}

func gceInstance(r resource, inv *inventory) {
	*inv.machine(r.key()) = machine{r.Address, r.text("network_interface.0.network_ip")}
	inv.disks = append(inv.disks, disk{resource: r.Address, encrypted: gceEncrypts})
	if len(r.blocks("scratch_disk")) > 0 || len(r.blocks("attached_disk")) > 1 {
		inv.fail(r, "has a blank disk beside etcd's, which a machine could take for it")
	}
	gceMetadata(r, inv)
}

func gceTemplate(r resource, inv *inventory) {
	inv.pool(r.key()).spot = r.text("scheduling.0.provisioning_model") == "SPOT"
	gceMetadata(r, inv)
}

// gceMetadata asks that nobody but the config's own users can log in.
func gceMetadata(r resource, inv *inventory) {
	for key, want := range map[string]string{"block-project-ssh-keys": "TRUE", "enable-oslogin": "FALSE", "serial-port-enable": "FALSE"} {
		if got := r.text("metadata." + key); got != want {
			inv.fail(r, "has %s %q, expected %q", key, got, want)
		}
	}
}

func gceDisk(r resource, inv *inventory) {
	inv.disks = append(inv.disks, disk{resource: r.Address, encrypted: gceEncrypts, etcd: true})
}

// gceGroup has a size of its own where no autoscaler has it.
func gceGroup(r resource, inv *inventory) {
	if r.text("target_size") != "" && r.text("target_size") != "?" {
		g := inv.pool(r.key())
		g.least, g.most = r.number("target_size"), r.number("target_size")
	}
}

func gceAutoscaler(r resource, inv *inventory) {
	g := inv.pool(r.key())
	g.least, g.most = r.number("autoscaling_policy.0.min_replicas"), r.number("autoscaling_policy.0.max_replicas")
}

func gceMember(r resource, inv *inventory) {
	for _, member := range append(r.texts("members"), r.text("member")) {
		if strings.HasPrefix(member, "all") {
			inv.fail(r, "gives %s to %s", r.text("role"), member)
		}
	}
}

func gceBucket(r resource, inv *inventory) {
	if r.text("public_access_prevention") != "enforced" || r.text("uniform_bucket_level_access") != "true" {
		inv.fail(r, "may become public")
	}
}
