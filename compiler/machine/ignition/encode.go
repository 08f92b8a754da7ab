package ignition

import (
	"bytes"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/clarketm/json" // what Ignition's own tools write configs with: it leaves empty structs out
	"github.com/coreos/go-systemd/v22/unit"
	base "github.com/coreos/ignition/v2/butane/base/v0_4"
	"github.com/coreos/ignition/v2/butane/config/common"
	flatcar "github.com/coreos/ignition/v2/butane/config/flatcar/v1_0"
	"github.com/coreos/ignition/v2/config/v3_3/types"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
)

// defaultMode is what Ignition gives a file without a mode.
const defaultMode fs.FileMode = 0o644

// checkUnits refuses what Ignition's parser of units would refuse on the
// machine, where it ends in an emergency shell.
func checkUnits(units []machine.Unit) error {
	for _, u := range units {
		if _, err := unit.DeserializeOptions(strings.NewReader(u.Content)); err != nil {
			return fmt.Errorf("unit %s: %w", u.Name, err)
		}
		for _, d := range u.DropIns {
			if _, err := unit.DeserializeOptions(strings.NewReader(d.Content)); err != nil {
				return fmt.Errorf("drop-in %s.d/%s: %w", u.Name, d.Name, err)
			}
		}
	}
	return nil
}

// translate makes the Butane config of a machine, and Ignition's out of it.
// Files, which are most of a machine, are Ignition's at once: Butane would take
// a tenth of a compile for the same result, as a test sees.
// Flatcar's variant 1.0.0 and Fedora CoreOS's 1.4.0 share the types used here.
func translate(m machine.Machine) (types.Config, error) {
	var c flatcar.Config
	for _, a := range m.KernelArgs {
		c.KernelArguments.ShouldExist = append(c.KernelArguments.ShouldExist, base.KernelArgument(a))
	}
	for _, u := range m.Users {
		c.Passwd.Users = append(c.Passwd.Users, user(u))
	}
	for _, d := range m.Directories {
		dir := base.Directory{Path: d.Path, Mode: ptr(int(d.Mode))}
		dir.User.ID, dir.Group.ID = owner(d.Owner)
		c.Storage.Directories = append(c.Storage.Directories, dir)
	}
	for _, u := range m.Units {
		c.Systemd.Units = append(c.Systemd.Units, systemdUnit(u))
	}
	// The whole is compressed, so that Butane must not compress files.
	cfg, _, report := c.ToIgn3_3Unvalidated(common.TranslateOptions{NoResourceAutoCompression: true})
	if report.IsFatal() {
		return types.Config{}, fmt.Errorf("translating the machine: %s", report.String())
	}
	for _, f := range m.Delivery() {
		cfg.Storage.Files = append(cfg.Storage.Files, file(f))
	}
	return cfg, nil
}

func file(f machine.File) types.File {
	out := types.File{Node: types.Node{Path: f.Path}}
	out.Contents.Source = ptr(string(appendDataURL(nil, f.Content)))
	if !ours(f.Path) {
		out.Overwrite = ptr(true)
	}
	if f.Mode != defaultMode {
		out.Mode = ptr(int(f.Mode))
	}
	out.User.ID, out.Group.ID = owner(f.Owner)
	return out
}

// ours says whether a file is where no image has one, so that nothing need be
// said of replacing it; what an image brings elsewhere (/etc/hostname) is.
func ours(path string) bool {
	return strings.HasPrefix(path, "/etc/kubernetes/") || strings.HasPrefix(path, "/opt/bin/")
}

func user(u machine.User) base.PasswdUser {
	out := base.PasswdUser{Name: u.Name}
	for _, k := range u.SSHAuthorizedKeys {
		out.SSHAuthorizedKeys = append(out.SSHAuthorizedKeys, base.SSHAuthorizedKey(k))
	}
	for _, g := range u.Groups {
		out.Groups = append(out.Groups, base.Group(g))
	}
	if u.PasswordHash != "" {
		out.PasswordHash = &u.PasswordHash
	}
	return out
}

func systemdUnit(u machine.Unit) base.Unit {
	out := base.Unit{Name: u.Name}
	if u.Content != "" {
		out.Contents = &u.Content
	}
	if u.Enabled {
		out.Enabled = ptr(true)
	}
	if u.Masked {
		out.Mask = ptr(true)
	}
	for _, d := range u.DropIns {
		out.Dropins = append(out.Dropins, base.Dropin{Name: d.Name, Contents: &d.Content})
	}
	return out
}

// owner is a numeric user and group; root is Ignition's default.
func owner(id int) (user, group *int) {
	if id == 0 {
		return nil, nil
	}
	return &id, &id
}

func ptr[T any](v T) *T { return &v }

func appendInt(dst []byte, n int) []byte { return strconv.AppendInt(dst, int64(n), 10) }

func marshal(cfg types.Config) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false) // five bytes instead of one, and only for browsers
	if err := e.Encode(cfg); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
