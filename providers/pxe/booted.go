package pxe

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine/ignition"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
)

// booted is one machine and what it boots: what templates see.
type booted struct {
	Name, MAC, Address string
	OS, Disk           string
	ControlPlane       bool
	Base               string
	Boot, Matchbox     boot
	// Ignition is the config that installs the machine, and Payload the same as
	// the machine gets it. Folder is where its files are.
	Ignition, Payload           []byte
	Folder, Script, PayloadFile string
}

// boots puts machines and payloads together, sorted by name.
func boots(p plan.Plan, o options, payloads []plan.Payload) ([]booted, error) {
	in := installer{o: o, shared: map[string]ignition.Shared{}}
	known := map[string]host{}
	for _, h := range hosts(p) {
		known[h.name] = h
	}
	var out []booted
	for _, b := range payloads {
		h, ok := known[b.Name]
		if !ok {
			continue // a pool without machines
		}
		content := slices.Concat(b.Chunks...)
		if system(b.Role.OS) == flatcar {
			var err error
			if content, err = in.config(h, content); err != nil {
				return nil, err
			}
		}
		out = append(out, bootedOf(o, h, content))
	}
	slices.SortFunc(out, func(a, b booted) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// bootedOf decides where a machine's files are and what it boots by them.
func bootedOf(o options, h host, config []byte) booted {
	b := booted{
		Name: h.name, MAC: h.mac, Address: h.address(),
		OS: h.role.OS.Name, Disk: o.disk(h.name), ControlPlane: h.role.ControlPlane, Base: o.BaseURL,
		Ignition: config, Payload: config,
		Folder: h.folder(),
		// With the address in its own path, so that no server need be asked for it.
		Matchbox: bootOf(o, h, o.BaseURL+"/ignition?mac="+h.folder(), ""),
	}
	b.Script = b.Folder + "/boot.ipxe"
	b.PayloadFile = b.Folder + "/" + token(h, config) + ".ign"
	file := ""
	if o.PayloadBy == "ipxe" {
		b.Payload = initrdWith(config)
		b.PayloadFile = b.Folder + "/" + token(h, config) + ".initrd"
		file = b.PayloadFile
	}
	b.Boot = bootOf(o, h, o.BaseURL+"/"+b.PayloadFile, file)
	return b
}

// token is the part of a payload's URL that nobody can guess who does not know
// the secrets in it: a join token of 82 bits at least. It is the same on every
// compile, and another as soon as the payload is.
func token(h host, payload []byte) string {
	sum := sha256.Sum256(append([]byte("kube-anywhere pxe "+h.mac+"\n"), payload...))
	return hex.EncodeToString(sum[:16])
}
