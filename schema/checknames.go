package schema

import (
	"regexp"
	"strings"
)

// ourName are the names of control-plane machines and their payloads.
var ourName = regexp.MustCompile(`^controlplane(-[0-9]+)?$`)

// checkNames looks at the names of the cluster, pools and machines. Pools and
// machines share one name space: each may have a folder in the output.
func (k *checker) checkNames() {
	k.checkName("/name", "cluster", k.Name)
	seen := map[string]string{}
	for i, m := range k.ControlPlane.Machines {
		k.takeName(seen, []any{"controlPlane", "machines", i, "name"}, "machine", m.Name, false)
	}
	for i, p := range k.Workers {
		k.takeName(seen, []any{"workers", i, "name"}, "pool", p.Name, true)
	}
	for i, p := range k.Workers {
		for j, m := range p.Machines {
			k.takeName(seen, []any{"workers", i, "machines", j, "name"}, "machine", m.Name, true)
		}
	}
}

// takeName checks one name and that nobody else has it.
func (k *checker) takeName(seen map[string]string, path []any, what, name string, reserved bool) {
	if !isDNSLabel(name) {
		k.checkName(pointer(path...), what, name)
		return
	}
	if reserved && ourName.MatchString(name) {
		k.fail(codeReservedName, pointer(path...), "choose another name",
			"found %q, a name that only control-plane machines have", name)
		return
	}
	if first, taken := seen[name]; taken {
		k.fail(codeDuplicateName, pointer(path...), "give every pool and machine a name of its own",
			"the name %q is taken by %s", name, parent(first))
		return
	}
	seen[name] = pointer(path...)
}

func (k *checker) checkName(path, what, name string) {
	if isDNSLabel(name) {
		return
	}
	hint := ""
	if better := asLabel(name); better != "" {
		hint = "for example " + quote(better)
	}
	k.fail(codeName, path, hint,
		"found %s, expected a %s name of at most 63 characters of a-z, 0-9 and \"-\", with a letter or digit at both ends",
		clip(name), what)
}

// asLabel is a name that comes close to s and is a DNS label, or "".
func asLabel(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			return r
		case r == '_' || r == '.' || r == ' ' || r == '-':
			return '-'
		}
		return -1
	}, strings.ToLower(s))
	return strings.Trim(s[:min(len(s), 63)], "-")
}
