package plan

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// cniRelease is the release of the base CNI plugins, which no network plugin's
// image brings whole, and cniSHA256 the hashes of its archives, from the
// release's own .sha256 files.
// https://github.com/containernetworking/plugins/releases/tag/v1.9.1
const cniRelease = "/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-%s-v1.9.1.tgz"

var cniSHA256 = map[string]string{
	"amd64": "b98f74a0f8522f0a83867178729c1aa70f2158f90c45a2ca8fa791db1c76b303",
	"arm64": "56171987d3947707c3563db2f4001bccaf50fd63468611b9f3cbecb1375ee7ec",
}

func (r *resolver) cni() Download {
	reg := r.c.Registry
	const upstream = "https://github.com"
	base := strings.TrimSuffix(cmp.Or(reg.Downloads, upstream), "/")
	d := Download{Source: map[string]string{}, URL: map[string]string{}, SHA256: maps.Clone(cniSHA256)}
	for arch := range cniSHA256 {
		path := fmt.Sprintf(cniRelease, arch)
		d.Source[arch], d.URL[arch] = upstream+path, base+path
	}
	for arch, own := range reg.CNIPlugins {
		d.Source[arch], d.URL[arch], d.SHA256[arch] = own.URL, own.URL, strings.ToLower(own.SHA256)
	}
	return d
}

// images are the references of all images that the chosen layers use.
func (r *resolver) images(p Plan) map[string]Image {
	_, rel, err := release(p.Kubernetes.Version)
	if err != nil {
		return nil // reported by kubernetes
	}
	sources := coreImages(p.Kubernetes.Version, rel)
	versioned := versionedImages(p.Kubernetes.Version, rel)
	for _, layer := range p.Layers {
		for name, ref := range r.facts.Images[layer.Dir] {
			sources[name] = cmp.Or(versioned[name], ref)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.c.Registry.Images)) {
		if _, ok := sources[name]; !ok {
			r.fail("unknown-image", "/registry/images/"+name, "`kube-anywhere images` lists the names",
				"this cluster has no image %q: expected one of %s", name, strings.Join(slices.Sorted(maps.Keys(sources)), ", "))
		}
	}
	out := make(map[string]Image, len(sources))
	for name, source := range sources {
		out[name] = Image{Source: source, Reference: r.reference(name, source)}
	}
	return out
}

// reference is what machines pull in the place of source.
func (r *resolver) reference(name, source string) string {
	reg := r.c.Registry
	if override := reg.Images[name]; override != "" {
		return override
	}
	host, rest, _ := strings.Cut(source, "/")
	if reg.Prefix != "" {
		return strings.TrimSuffix(reg.Prefix, "/") + "/" + rest
	}
	// Docker mirrors nothing but Docker Hub, and the kubelet's image is the one
	// that Docker pulls: it is taken from the first mirror by name.
	if mirrors := cmp.Or(len(reg.Mirrors[host]), len(reg.Mirrors["_default"])); name == "kubelet" && mirrors > 0 {
		urls := reg.Mirrors[host]
		if len(urls) == 0 {
			urls = reg.Mirrors["_default"]
		}
		if u, err := url.Parse(urls[0]); err == nil {
			path := strings.TrimSuffix(strings.TrimPrefix(u.Path, "/v2"), "/")
			return u.Host + path + "/" + rest
		}
	}
	return source
}

func (r *resolver) registry() Registry {
	var out Registry
	for _, name := range slices.Sorted(maps.Keys(r.c.Registry.Mirrors)) {
		out.Mirrors = append(out.Mirrors, Mirror{Registry: name, URLs: r.c.Registry.Mirrors[name]})
	}
	for _, c := range r.c.Registry.Credentials {
		out.Credentials = append(out.Credentials, Credential(c))
	}
	return out
}
