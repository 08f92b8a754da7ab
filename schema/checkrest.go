package schema

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
)

const (
	soonDays  = 30  // certificates that live shorter need renewing all the time
	longHours = 720 // a join token that lives longer is a password
)

// checkPKI looks at lifetimes and names of certificates.
func (k *checker) checkPKI() {
	p := k.PKI
	if p.ValidityDays > p.CAValidityDays {
		k.fail(codeValidity, "/pki/validityDays", "make it at most pki.caValidityDays",
			"found %d days, longer than the %d days of the CA that signs", p.ValidityDays, p.CAValidityDays)
	} else if p.ValidityDays < soonDays {
		k.warn(codeExpiresSoon, "/pki/validityDays", "the control plane stops when they expire; compile again and replace its machines before that",
			"the certificates expire soon, after %d days", p.ValidityDays)
	}
	if p.TokenValidityHours < 1 {
		k.fail(codeTokenValidity, "/pki/tokenValidityHours", "", "found %d, expected at least 1 hour", p.TokenValidityHours)
	} else if p.TokenValidityHours > longHours {
		k.warn(codeTokenLong, "/pki/tokenValidityHours", "make it shorter, and mint a new token when machines join later",
			"the join token lives long, %d hours: whoever reads a worker's payload can join until then", p.TokenValidityHours)
	}
	for i, san := range p.ExtraSANs {
		if !isHost(strings.TrimPrefix(san, "*.")) {
			k.fail(codeSAN, pointer("pki", "extraSANs", i), `leave scheme and port off: "k8s.example.com"`, "found %s, expected a DNS name or an address", clip(san))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Authorities)) {
		at := pointer("pki", "authorities", name)
		k.checkSource(at+"/certificate", p.Authorities[name].Certificate)
		if key := p.Authorities[name].Key; key != "" {
			k.checkSource(at+"/key", key)
		}
	}
}

// checkRegistry looks at where images and downloads come from.
func (k *checker) checkRegistry() {
	r := k.Registry
	host, rest, deep := strings.Cut(r.Prefix, "/")
	if r.Prefix != "" && (!registryHost.MatchString(host) || deep && !imagePath.MatchString(rest)) {
		k.fail(codeRegistry, "/registry/prefix", `leave scheme and final "/" off: "registry.example.com/k8s"`,
			"found %s, expected a host with an optional port and path", clip(r.Prefix))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Mirrors)) {
		if name != "_default" && !registryHost.MatchString(name) {
			k.fail(codeRegistry, pointer("registry", "mirrors", name), `for example "docker.io"`, "found %s, expected a registry's host", clip(name))
		}
		for i, u := range r.Mirrors[name] {
			k.checkURL(pointer("registry", "mirrors", name, i), u, "https://mirror.example.com")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Images)) {
		if _, ok := isReference(r.Images[name]); !ok {
			k.fail(codeReference, pointer("registry", "images", name), `for example "registry.example.com/etcd:3.6.8-0"`,
				"found %s, expected an image reference", clip(r.Images[name]))
		}
	}
	if r.Downloads != "" {
		k.checkURL("/registry/downloads", r.Downloads, "https://files.example.com/github")
	}
	for _, arch := range slices.Sorted(maps.Keys(r.CNIPlugins)) {
		k.checkURL(pointer("registry", "cniPlugins", arch, "url"), r.CNIPlugins[arch].URL, "https://files.example.com/cni-plugins-"+arch+".tgz")
	}
	seen := map[string]bool{}
	for i, c := range r.Credentials {
		path := pointer("registry", "credentials", i, "registry")
		if !registryHost.MatchString(c.Registry) {
			k.fail(codeRegistry, path, `leave scheme and path off: "registry.example.com"`, "found %s, expected a registry's host", clip(c.Registry))
		}
		k.unique(seen, path, "login at", c.Registry)
	}
}

func (k *checker) checkURL(path, url, example string) {
	if !isWebURL(url) {
		k.fail(codeURL, path, "for example "+quote(example), "found %s, expected an http or https URL", clip(url))
	}
}

// checkProxy looks at the way out.
func (k *checker) checkProxy() {
	p := k.Proxy
	if p.HTTP != "" {
		k.checkURL("/proxy/http", p.HTTP, "http://proxy.example.com:3128")
	}
	if p.HTTPS != "" {
		k.checkURL("/proxy/https", p.HTTPS, "http://proxy.example.com:3128")
	}
	for i, n := range p.NoProxy {
		_, err := netip.ParsePrefix(n)
		host := withoutPort(strings.TrimPrefix(strings.TrimPrefix(n, "*"), "."))
		if n != "*" && err != nil && !isHost(n) && !isHost(host) {
			k.fail(codeNoProxy, pointer("proxy", "noProxy", i), `give each as an item of its own: ".example.com", "10.1.0.0/16"`,
				"found %s, expected a name, a domain, an address or a CIDR", clip(n))
		}
	}
}

// checkAccess looks at who may reach the machines.
func (k *checker) checkAccess() {
	for i, cidr := range k.Access.APICIDRs {
		k.cidrs(pointer("access", "apiCIDRs", i), cidr, 1)
	}
	for i, cidr := range k.Access.SSHCIDRs {
		k.cidrs(pointer("access", "sshCIDRs", i), cidr, 1)
	}
}
