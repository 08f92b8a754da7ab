package compiler

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine/ignition"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/script"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
)

// store makes a payload that is too large a private object. Nothing limits that,
// so it is as readable as its format can be. What cloud-init would do to the
// machine a script does as well, and needs no second run of cloud-init.
func (c *compilation) store(role plan.Role, p payload) (payload, error) {
	place := c.provider.Store(c.plan, c.etcd.Token)
	p.smallest = p.bytes
	contents := p.format
	p.fetch = func(name string, content []byte) []byte {
		return ignition.Fetch(place.URL+name, sha512.Sum512(content))
	}
	if p.format.name != "ignition" {
		var err error
		if contents, err = formatOf("script", role); err != nil {
			return p, err
		}
		p.fetch = func(name string, content []byte) []byte {
			return script.Fetch(place.Fetch, name, sha256.Sum256(content))
		}
	}
	variants, err := contents.prepare(c.machines[role.Name].Wire(), c.snippets[role.Name])
	if err != nil {
		return p, fmt.Errorf("%s as %s: %w", role.Name, contents.name, err)
	}
	p.index, p.variant = 0, variants[0]
	name, most := largest(role)
	chunks, err := p.encode(most)
	if err != nil {
		return p, fmt.Errorf("%s as %s: %w", role.Name, contents.name, err)
	}
	content := slices.Concat(chunks...)
	userdata, _ := p.object(name, content)
	p.objectBytes, p.bytes = len(content), len(userdata)
	return p, nil
}

// object is the user-data that makes a machine fetch a payload, and the name
// under which the payload is stored: a changed one has another, so that machines
// of an old and a new launch template find their own.
func (p payload) object(name string, content []byte) (userdata []byte, object string) {
	sum := sha256.Sum256(content)
	object = name + "-" + hex.EncodeToString(sum[:6])
	return p.fetch(object, content), object
}
