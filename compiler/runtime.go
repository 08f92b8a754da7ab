package compiler

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
)

// containerdConfig is /etc/containerd/config.toml in its second version, the
// only one that containerd 1.7 and 2.x both read. It takes the place of what
// packages ship, which may switch CRI off.
type containerdConfig struct {
	Version int `toml:"version"`
	Plugins struct {
		CRI struct {
			SandboxImage string `toml:"sandbox_image"`
			Containerd   struct {
				Runtimes struct {
					Runc struct {
						RuntimeType string `toml:"runtime_type"`
						Options     struct {
							SystemdCgroup bool
						} `toml:"options"`
					} `toml:"runc"`
				} `toml:"runtimes"`
			} `toml:"containerd,inline"`
			Registry struct {
				ConfigPath string `toml:"config_path,omitempty"`
			} `toml:"registry,inline,omitempty"`
		} `toml:"io.containerd.grpc.v1.cri"`
	} `toml:"plugins"`
}

// dockerConfig is /etc/docker/daemon.json. Docker pulls one image, the
// kubelet's, whose reference names the mirror already; it must be told which
// mirrors speak plain HTTP, and is left as it is where none does.
type dockerConfig struct {
	InsecureRegistries []string `json:"insecure-registries"`
}

// runtime is what Docker and containerd read.
func (c *compilation) runtime() (machine.Machine, error) {
	var ctrd containerdConfig
	ctrd.Version = 2
	cri := &ctrd.Plugins.CRI
	cri.SandboxImage = c.plan.Images["pause"].Reference
	cri.Containerd.Runtimes.Runc.RuntimeType = "io.containerd.runc.v2"
	cri.Containerd.Runtimes.Runc.Options.SystemdCgroup = true

	var docker dockerConfig
	var m machine.Machine
	for _, mirror := range c.plan.Registry.Mirrors {
		for _, mirrorURL := range mirror.URLs {
			if u, err := url.Parse(mirrorURL); err == nil && u.Scheme == "http" {
				docker.InsecureRegistries = append(docker.InsecureRegistries, u.Host)
			}
		}
	}
	hosts, err := hostsFiles(c.plan.Registry)
	if err != nil {
		return m, err
	}
	if len(hosts) > 0 {
		cri.Registry.ConfigPath = "/etc/containerd/certs.d"
	}
	config, err := toml.Marshal(ctrd)
	if err != nil {
		return m, err
	}
	m.Files = append(hosts, machine.File{Path: "/etc/containerd/config.toml", Mode: 0o644, Content: config})
	if len(docker.InsecureRegistries) > 0 {
		daemon, err := json.Marshal(docker)
		if err != nil {
			return m, err
		}
		m.Files = append(m.Files, machine.File{
			Path: "/etc/docker/daemon.json", Mode: 0o644, Content: append(daemon, '\n'),
		})
	}
	m.Files = append(m.Files, logins(c.plan.Registry.Credentials)...)
	return m, nil
}

// hostToml is one host in containerd's hosts.toml.
// https://github.com/containerd/containerd/blob/main/docs/hosts.md
type hostToml struct {
	Capabilities []string          `toml:"capabilities"`
	OverridePath bool              `toml:"override_path,omitempty"`
	Header       map[string]string `toml:"header,inline,omitempty"`
}

// hostsFiles are the mirrors of each registry, and the registries that want a
// login. containerd itself pulls the pause image, so the kubelet's login does
// not serve for it.
func hostsFiles(r plan.Registry) ([]machine.File, error) {
	login := map[string]string{}
	for _, c := range r.Credentials {
		login[c.Registry] = "Basic " + base64.StdEncoding.EncodeToString([]byte(c.Username+":"+c.Password))
	}
	urls := map[string][]string{}
	for _, m := range r.Mirrors {
		urls[m.Registry] = m.URLs
	}
	for _, c := range r.Credentials {
		if urls[c.Registry] == nil {
			urls[c.Registry] = []string{"https://" + c.Registry}
		}
	}
	var out []machine.File
	for _, registry := range slices.Sorted(maps.Keys(urls)) {
		content, err := hostsFile(urls[registry], login)
		if err != nil {
			return nil, err
		}
		out = append(out, machine.File{
			Path: "/etc/containerd/certs.d/" + registry + "/hosts.toml", Mode: 0o600, Content: content,
		})
	}
	return out, nil
}

// hostsFile writes the table of each host itself: containerd tries them in the
// order of the file, and a marshalled map has none.
func hostsFile(urls []string, login map[string]string) ([]byte, error) {
	var b bytes.Buffer
	for _, mirror := range urls {
		h := hostToml{Capabilities: []string{"pull", "resolve"}}
		if u, err := url.Parse(mirror); err == nil {
			h.OverridePath = strings.Trim(u.Path, "/") != ""
			if auth := login[u.Host]; auth != "" {
				h.Header = map[string]string{"Authorization": auth}
			}
		}
		body, err := toml.Marshal(h)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "[host.%q]\n%s", mirror, body)
	}
	return b.Bytes(), nil
}

// logins are the credentials for the kubelet's pulls and for Docker's.
func logins(credentials []plan.Credential) []machine.File {
	if len(credentials) == 0 {
		return nil
	}
	type auth struct {
		Auth string `json:"auth"`
	}
	auths := map[string]auth{}
	for _, c := range credentials {
		auths[c.Registry] = auth{base64.StdEncoding.EncodeToString([]byte(c.Username + ":" + c.Password))}
	}
	content, err := json.Marshal(map[string]any{"auths": auths}) // sorts its keys
	if err != nil {
		panic(err) // strings in maps always marshal
	}
	content = append(content, '\n')
	return []machine.File{
		{Path: "/root/.docker/config.json", Mode: 0o600, Content: content},
		{Path: "/var/lib/kubelet/config.json", Mode: 0o600, Content: content},
	}
}
