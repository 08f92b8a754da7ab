package plan

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/schema"
)

func (r *resolver) roles(members []Member) []Role {
	var out []Role
	cp := r.c.ControlPlane
	os := r.os("/os", r.c.OS)
	for i, m := range members {
		role := Role{
			Name:         m.Name,
			ControlPlane: true,
			Index:        i,
			Addresses:    m.Addresses,
			OS:           os,
			Taints:       taints(cp.Taints),
			Count:        1,
			MaxCount:     1,
			Size:         cp.Size,
			DiskGB:       cp.DiskGB,
		}
		if i < len(cp.Machines) {
			role.MAC = strings.ToLower(cp.Machines[i].MAC)
		}
		role.Labels, role.ProtectedLabels = labels(cp.Labels)
		out = append(out, role)
	}
	for i, pool := range r.c.Workers {
		role := Role{
			Name:     pool.Name,
			OS:       os,
			Taints:   taints(pool.Taints),
			Count:    pool.Count,
			MaxCount: max(pool.Count, pool.MaxCount),
			Size:     pool.Size,
			DiskGB:   pool.DiskGB,
			Spot:     pool.Spot,
		}
		if !r.facts.Provider.MakesDisks {
			role.Machines = machines(pool.Machines)
		}
		if pool.OS != nil {
			role.OS = r.os(fmt.Sprintf("/workers/%d/os", i), *pool.OS)
		}
		role.Labels, role.ProtectedLabels = labels(pool.Labels)
		if len(role.ProtectedLabels) > 0 {
			// How the add-on manager finds the pool's nodes to label them.
			role.Labels = append(role.Labels, "kube-anywhere/pool="+pool.Name)
			slices.Sort(role.Labels)
		}
		out = append(out, role)
	}
	return out
}

func taints(in []schema.Taint) []Taint {
	var out []Taint
	for _, t := range in {
		out = append(out, Taint(t))
	}
	return out
}

func machines(in []schema.Machine) []Machine {
	out := make([]Machine, 0, len(in))
	for _, m := range in {
		machine := Machine{Name: m.Name, MAC: strings.ToLower(m.MAC)}
		if m.Address != "" {
			machine.Addresses = addresses(m.Address)
		}
		out = append(out, machine)
	}
	return out
}

// labels parts what a kubelet may say of its own node from what must be set
// through the API.
func labels(in map[string]string) (own, protected []string) {
	for _, key := range slices.Sorted(maps.Keys(in)) {
		label := key + "=" + in[key]
		if schema.KubeletMaySetLabel(key) {
			own = append(own, label)
		} else {
			protected = append(protected, label)
		}
	}
	return own, protected
}

// os decides how Docker gets there and reads the user's files.
func (r *resolver) os(path string, in schema.OS) OS {
	facts := r.facts.OS[in.Name]
	facts.Format = cmp.Or(r.facts.Provider.OSFormats[in.Name], facts.Format)
	out := OS{
		Name:              in.Name,
		Docker:            in.Docker,
		Facts:             facts,
		Architecture:      in.Architecture,
		SSHAuthorizedKeys: in.SSHAuthorizedKeys,
		TimeServers:       in.TimeServers,
		Files:             r.files(path+"/files", in.Files),
		ButaneSnippets:    r.files(path+"/butaneSnippets", in.ButaneSnippets),
	}
	if out.Docker == "auto" && len(facts.Docker) > 0 {
		out.Docker = facts.Docker[0]
	}
	if !slices.Contains(facts.Docker, out.Docker) {
		r.fail("os-docker", path+"/docker", "use one of them, or auto for the first",
			"%s cannot get Docker by %q: expected one of %s", in.Name, in.Docker, strings.Join(facts.Docker, ", "))
	}
	for _, u := range in.Users {
		out.Users = append(out.Users, User(u))
	}
	for _, u := range in.Units {
		out.Units = append(out.Units, Unit(u))
	}
	return out
}

// files takes the texts that the user brings, in line or by name.
func (r *resolver) files(path string, in []schema.File) []File {
	var out []File
	for i, f := range in {
		content := []byte(f.Content)
		if f.Source != "" {
			var err error
			if content, err = r.facts.Read(f.Source); err != nil {
				r.fail("file-unreadable", fmt.Sprintf("%s/%d/source", path, i),
					"file names are relative to the config; with the config on standard input use content instead",
					"cannot read %q: %v", f.Source, err)
			}
		}
		mode := uint64(0o644)
		if f.Mode != "" {
			mode, _ = strconv.ParseUint(f.Mode, 8, 32) // the schema has checked it
		}
		out = append(out, File{Path: f.Path, Mode: uint32(mode), Content: content})
	}
	return out
}

// NodeIP is the address that a node is known by: its own, or none when only
// the machine will know.
func NodeIP(addrs []netip.Addr) string {
	var out []string
	for _, a := range addrs {
		out = append(out, a.String())
	}
	return strings.Join(out, ",")
}
