package schema

import "fmt"

// checker looks for what is wrong with a complete config whose fields and types
// are right.
type checker struct {
	*Cluster
	provider string // its name
	kind     ProviderKind
	ranges   ranges // network's CIDRs, as far as they can be read
	problems []Diagnostic
}

// check is the list of all checks of meaning.
func check(c *Cluster, cat Catalog) []Diagnostic {
	k := &checker{Cluster: c}
	for k.provider = range c.Provider { // one
		k.kind = cat.Providers[k.provider]
	}
	k.checkNames()
	k.checkNetwork()
	k.checkControlPlane()
	k.checkPools()
	k.checkAddresses()
	k.checkFlags()
	k.checkKubelet()
	k.checkKubeletValues()
	k.checkSkew()
	k.checkOS("/os", &c.OS)
	for i := range c.Workers {
		if c.Workers[i].OS != nil {
			k.checkOS(pointer("workers", i, "os"), c.Workers[i].OS)
		}
	}
	k.checkTexts("/manifests", c.Manifests)
	k.checkPKI()
	k.checkRegistry()
	k.checkProxy()
	k.checkAccess()
	return k.problems
}

// fail adds an error. The path is a JSON pointer to the value that should
// change.
func (k *checker) fail(code, path, hint, format string, args ...any) {
	k.problems = append(k.problems, Diagnostic{Severity: Error, Code: code, Path: path,
		Message: fmt.Sprintf(format, args...), Hint: hint})
}

// warn adds a warning.
func (k *checker) warn(code, path, hint, format string, args ...any) {
	k.fail(code, path, hint, format, args...)
	k.problems[len(k.problems)-1].Severity = Warning
}
