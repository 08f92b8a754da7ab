package iac

import (
	"encoding/base64"
	"maps"
	"regexp"
	"slices"
)

var vsphere = reader{
	// Who reaches machines is up to their network.
	firewall: false,
	kinds: map[string]func(resource, *inventory){
		"terraform_data": nil,
		"time_sleep":     nil,
		"vsphere_compute_cluster_vm_anti_affinity_rule": nil,
		"vsphere_folder":          nil,
		"vsphere_virtual_disk":    vsphereDisk,
		"vsphere_virtual_machine": vsphereMachine,
	},
}

// Whether disks are encrypted is up to their storage policy.
const vsphereEncrypts = true

func vsphereMachine(r resource, inv *inventory) {
	if r.Name == "control_plane" {
		*inv.machine(r.key()) = machine{r.Address, vsphereAddress(r)}
	} else {
		inv.worker(r)
	}
	if len(r.blocks("disk")) > 2 {
		inv.fail(r, "has a disk beside its own and etcd's")
	}
}

var (
	inBase64 = regexp.MustCompile(`data:;base64,([A-Za-z0-9+/=]+)`)
	// in networkd's words, NetworkManager's and cloud-init's.
	fixedAddress = regexp.MustCompile(`(?:Address=|address1=|"addresses":\["|- ")(\d+\.\d+\.\d+\.\d+)/`)
)

// vsphereAddress is what a machine is told to call itself: vSphere gives no
// addresses.
func vsphereAddress(r resource) string {
	all, _ := r.value("extra_config").(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		text, _ := all[key].(string)
		texts := []string{unzipped(text)}
		if plain, err := base64.StdEncoding.DecodeString(text); err == nil {
			texts = append(texts, string(plain))
		}
		for _, file := range inBase64.FindAllStringSubmatch(texts[0], -1) {
			if plain, err := base64.StdEncoding.DecodeString(file[1]); err == nil {
				texts = append(texts, string(plain))
			}
		}
		for _, text := range texts {
			if found := fixedAddress.FindStringSubmatch(text); found != nil {
				return found[1]
			}
		}
	}
	return ""
}

func vsphereDisk(r resource, inv *inventory) {
	inv.disks = append(inv.disks, disk{resource: r.Address, encrypted: vsphereEncrypts, etcd: true})
}
