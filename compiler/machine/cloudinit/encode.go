package cloudinit

import (
	"bytes"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/shell"
)

// head is the document but for the files, which come last so that a machine's
// own can follow.
type head struct {
	BootCmd []string `yaml:"bootcmd,omitempty"`
	// Users is "default", the image's own user, and then logins. One that is
	// named like the image's own is merged with it by cloud-init.
	Users  []any    `yaml:"users,omitempty"`
	RunCmd []string `yaml:"runcmd,omitempty"`
}

type user struct {
	Name         string   `yaml:"name"`
	Groups       []string `yaml:"groups,omitempty"`
	Shell        string   `yaml:"shell"`
	PasswordHash string   `yaml:"hashed_passwd,omitempty"`
	LockPassword *bool    `yaml:"lock_passwd,omitempty"` // true if it is not given
	Keys         []string `yaml:"ssh_authorized_keys,omitempty"`
}

const (
	userShell = "/bin/bash" // cloud-init's own default is useradd's, /bin/sh
	enableDo  = "for u in %s; do systemctl enable --now --no-block $u; done"

	// A power cut in the first boot may leave files empty that cloud-init has
	// written, and not the notes by which it knows that it has. Unless everything
	// has been on the disk once, the notes go, and it starts over.
	startOver = "cd /var/lib/cloud/instance; [ -e synced ] || rm -f sem/*"
	onDisk    = "sync; touch /var/lib/cloud/instance/synced"
)

// encode is the document, and whether it ends in the list of files.
func encode(m machine.Machine) (doc []byte, hasFiles bool, err error) {
	out := bytes.NewBufferString(firstLine)
	if h := headOf(m); len(h.RunCmd) > 0 {
		e := yaml.NewEncoder(out)
		e.SetIndent(2)
		e.CompactSeqIndent()
		if err := e.Encode(h); err != nil {
			return nil, false, err
		}
	}
	doc = out.Bytes()
	files := m.Delivery()
	for _, f := range files {
		if f.Path == hostname {
			if doc, err = appendHostname(doc, f); err != nil {
				return nil, false, err
			}
		}
	}
	begin := len(doc)
	doc = append(doc, writeFiles...)
	entries := len(doc)
	for _, f := range files {
		if f.Path != hostname {
			doc = appendFile(doc, f.Path, f.Mode, f.Content)
		}
	}
	doc = appendUnits(doc, m.Units)
	if len(doc) == entries {
		return doc[:begin], false, nil
	}
	return doc, true, nil
}

func appendUnits(doc []byte, units []machine.Unit) []byte {
	for _, u := range units {
		path := machine.UnitDir + u.Name
		if u.Content != "" {
			doc = appendFile(doc, path, defaultMode, []byte(u.Content))
		}
		for _, d := range u.DropIns {
			doc = appendFile(doc, path+".d/"+d.Name, defaultMode, []byte(d.Content))
		}
	}
	return doc
}

func headOf(m machine.Machine) head {
	var h head
	for _, u := range m.Users {
		login := user{Name: u.Name, Groups: u.Groups, Shell: userShell, PasswordHash: u.PasswordHash, Keys: u.SSHAuthorizedKeys}
		if u.PasswordHash != "" {
			login.LockPassword = new(bool)
			// For the image's own user, the image's lock_passwd wins over this one.
			h.RunCmd = append(h.RunCmd, shell.Join("usermod", "-U", u.Name))
		}
		if h.Users == nil {
			h.Users = []any{"default"}
		}
		h.Users = append(h.Users, login)
	}
	h.RunCmd = append(h.RunCmd, ownerCommands(m)...)
	h.RunCmd = append(h.RunCmd, unitCommands(m.Units)...)
	if len(m.Files)+len(m.Users)+len(h.RunCmd) > 0 {
		h.BootCmd = []string{startOver}
		h.RunCmd = append(h.RunCmd, onDisk)
	}
	return h
}

// ownerCommands make directories, and give files to users by number, for which
// cloud-init has no words.
func ownerCommands(m machine.Machine) []string {
	var cmds []string
	for _, d := range m.Directories {
		id := strconv.Itoa(d.Owner)
		cmds = append(cmds, shell.Join("install", "-d", "-m", octal(d.Mode), "-o", id, "-g", id, d.Path))
	}
	var order []int // owners as they appear
	paths := map[int][]string{}
	for _, f := range m.Files {
		if f.Owner == 0 {
			continue
		}
		if paths[f.Owner] == nil {
			order = append(order, f.Owner)
		}
		paths[f.Owner] = append(paths[f.Owner], f.Path)
	}
	for _, id := range order {
		words := append([]string{"chown", fmt.Sprintf("%d:%d", id, id)}, paths[id]...)
		cmds = append(cmds, shell.Join(words...))
	}
	return cmds
}

// unitCommands tell the running systemd. Units that got a drop-in are
// restarted if they run already; units are enabled one by one, because
// systemctl enables none of several if one does not exist.
func unitCommands(units []machine.Unit) []string {
	if len(units) == 0 {
		return nil
	}
	var masked, changed, enabled []string
	for _, u := range units {
		if u.Masked {
			masked = append(masked, u.Name)
		} else if len(u.DropIns) > 0 {
			changed = append(changed, u.Name)
		}
		if u.Enabled {
			enabled = append(enabled, u.Name)
		}
	}
	cmds := []string{"systemctl daemon-reload"}
	if len(masked) > 0 {
		cmds = append(cmds, "systemctl mask --now --no-block "+shell.Join(masked...))
	}
	if len(changed) > 0 {
		cmds = append(cmds, "systemctl try-restart --no-block "+shell.Join(changed...))
	}
	if len(enabled) > 0 {
		cmds = append(cmds, strings.Replace(enableDo, "%s", shell.Join(enabled...), 1))
	}
	return cmds
}

func octal(m fs.FileMode) string { return "0" + strconv.FormatUint(uint64(m), 8) }
