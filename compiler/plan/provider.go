package plan

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/schema"
)

// Provider is what boots the machines: its name, what the config sets of it,
// and what the rest of the cluster must know of it.
type Provider struct {
	Name    string
	Options schema.Options
	ProviderFacts
}

// ProviderFacts are what differs between providers, as far as a payload, an
// address or a certificate depends on it.
type ProviderFacts struct {
	// Limit is how many bytes of user-data a machine may get; 0 is no limit.
	Limit int
	// Formats are the payloads to make; "auto" is what the role's OS boots with.
	Formats []string
	// OSFormats are what an OS's images boot with here, where that is another
	// payload than everywhere else, by OS.
	OSFormats map[string]string
	// HasStore says that a payload beyond Limit can be a private object, which
	// the machine reads as itself.
	HasStore bool
	// Endpoint is how a control plane of several machines is reached that has no
	// endpoint in the config.
	Endpoint EndpointKind
	// Zones are the zones that the control plane is spread over. With
	// ZonalSubnets each has a subnet of its own.
	Zones        []string
	ZonalSubnets bool
	// MakesDisks says that machines get the disks that the config asks for.
	MakesDisks bool
	HasSpot    bool
	// CloudControllers says that there is a cloud-controller-manager for it.
	CloudControllers bool
}

// mostInline is how much user-data is left to a platform that has a better
// place for it, in bytes. Lists of instances carry user-data whole, for each
// machine of a group; and who may only look at a project can read it, but not a
// private object. The payloads of ordinary clusters are half of it.
const mostInline = 32 << 10

// InlineLimit is how many bytes of user-data are handed over as they are; 0 is
// no limit.
func (f ProviderFacts) InlineLimit() int {
	if f.HasStore && f.Limit > mostInline {
		return mostInline
	}
	return f.Limit
}

// CloudControllers is the layer of a provider's cloud-controller-manager.
const CloudControllers = "provider/cloud-controller-manager"

// EndpointKind is one way to reach several control-plane machines.
type EndpointKind int

const (
	// NoEndpoint leaves it to the config.
	NoEndpoint EndpointKind = iota
	// FixedAddress is an internal load balancer with an address that is chosen
	// before it exists.
	FixedAddress
	// PrivateName is a name that only the machines' network knows.
	PrivateName
)

// Decode puts the options into a struct with the fields' JSON names. They have
// passed the provider's options.schema.json, so that one that does not fit is a
// defect of the program.
func (p Provider) Decode(into any) {
	text, err := json.Marshal(p.Options)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		panic("provider " + p.Name + ": " + err.Error())
	}
}

func (r *resolver) provider() Provider {
	for name, options := range r.c.Provider { // one
		p := Provider{Name: name, Options: options, ProviderFacts: r.facts.Provider}
		r.checkImages(p)
		return p
	}
	return Provider{}
}

// checkImages looks at the names of the images that machines start from, which
// are by OS and architecture wherever a provider lets them be chosen: one that
// nothing asks for would be passed over without a word.
func (r *resolver) checkImages(p Provider) {
	var known []string
	for _, os := range slices.Sorted(maps.Keys(r.facts.OS)) {
		known = append(known, os+"/amd64", os+"/arm64")
	}
	for _, option := range []string{"images", "templates"} {
		images, _ := p.Options[option].(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(images)) {
			if !slices.Contains(known, key) {
				r.fail("provider-image", "/provider/"+p.Name+"/"+option+"/"+strings.ReplaceAll(key, "/", "~1"), "for example flatcar/amd64",
					"found %q, expected one of %s", key, strings.Join(known, ", "))
			}
		}
	}
}

// Subnets are the parts of the machine network that the zones get: all of it,
// or with zonal subnets equal parts, as many as the next power of two.
func (p Plan) Subnets() []netip.Prefix {
	return subnets(p.Network.MachineCIDR, p.Provider.ProviderFacts)
}

func subnets(network netip.Prefix, facts ProviderFacts) []netip.Prefix {
	if !facts.ZonalSubnets || len(facts.Zones) < 2 {
		return []netip.Prefix{network}
	}
	bits := 0
	for 1<<bits < len(facts.Zones) {
		bits++
	}
	var out []netip.Prefix
	at := network.Masked().Addr()
	for range facts.Zones {
		part := netip.PrefixFrom(at, network.Bits()+bits)
		out = append(out, part)
		at = after(part)
	}
	return out
}

// after is the first address behind a prefix.
func after(p netip.Prefix) netip.Addr {
	bytes := p.Masked().Addr().AsSlice()
	carry := 1 << (7 - (p.Bits()-1)%8)
	for i := (p.Bits() - 1) / 8; i >= 0 && carry > 0; i-- {
		sum := int(bytes[i]) + carry
		bytes[i], carry = byte(sum), sum>>8
	}
	a, _ := netip.AddrFromSlice(bytes)
	return a
}

// Zone is where the n-th machine of a group goes; empty when zones are left to
// the provider.
func (p Provider) Zone(n int) string {
	if len(p.Zones) == 0 {
		return ""
	}
	return p.Zones[n%len(p.Zones)]
}

// CloudControllers says whether nodes wait for a cloud-controller-manager, and
// tell it which machine they are.
func (p Plan) CloudControllers() bool {
	return slices.ContainsFunc(p.Layers, func(l Layer) bool { return l.Dir == "addon/cloud-controller-manager" })
}

// Store is a place for private objects that machines read as themselves. The
// zero value is none.
type Store struct {
	// Name is the bucket's or the account's.
	Name string
	// URL is what goes before an object's name for Ignition, which fetches with
	// the machine's identity by itself ("s3://bucket/").
	URL string
	// Fetch is shell for machines without Ignition, which writes the object $1
	// to the file $2 and fails when it cannot.
	Fetch string
}

// Payload is what one control-plane machine, or one pool or known machine, boots
// with. All paths are within the output.
type Payload struct {
	Role Role
	Name string // of the machine, or of the pool
	// File is what the platform gets as user-data. Text says that it may stand
	// in a text as it is.
	File string
	Text bool
	// Chunks are File's content in order.
	Chunks [][]byte
	// Object is the file that goes to the store under ObjectName, or empty.
	Object, ObjectName string
}

// OSes are the operating systems of the cluster's machines, by name, each once.
func (p Plan) OSes() []OS {
	var out []OS
	for _, r := range p.Roles {
		if !slices.ContainsFunc(out, func(os OS) bool { return os.Name == r.OS.Name }) {
			out = append(out, r.OS)
		}
	}
	slices.SortFunc(out, func(a, b OS) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
