package pxe

// matchboxGroup is groups/NAME.json: which machine gets which profile.
// https://matchbox.psdn.io/matchbox/
type matchboxGroup struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Profile  string            `json:"profile"`
	Selector map[string]string `json:"selector"`
}

// matchboxProfile is profiles/NAME.json: what it boots.
type matchboxProfile struct {
	ID         string       `json:"id"`
	Name       string       `json:"name"`
	Boot       matchboxBoot `json:"boot"`
	IgnitionID string       `json:"ignition_id"`
}

type matchboxBoot struct {
	Kernel string   `json:"kernel"`
	Initrd []string `json:"initrd"`
	Args   []string `json:"args"`
}

// matchbox adds a group, a profile and an Ignition config for each machine. Its
// names begin with the cluster's: one matchbox may serve several.
func (w *writer) matchbox(v view) {
	const dir = "pxe/matchbox/"
	for _, m := range v.Machines {
		id := v.Cluster + "-" + m.Name
		boot := matchboxBoot{Kernel: "/" + m.Matchbox.Kernel, Args: m.Matchbox.Args}
		for _, i := range m.Matchbox.Initrds {
			boot.Initrd = append(boot.Initrd, "--name "+i.Name+" /"+i.Path)
		}
		w.json(dir+"groups/"+id+".json", 0o644, matchboxGroup{
			ID: id, Name: m.Name + " of " + v.Cluster, Profile: id, Selector: map[string]string{"mac": m.MAC},
		})
		w.json(dir+"profiles/"+id+".json", 0o644, matchboxProfile{
			ID: id, Name: m.OS + " on " + m.Name, Boot: boot, IgnitionID: id + ".ign",
		})
		w.add(dir+"ignition/"+id+".ign", 0o600, m.Ignition)
	}
}
