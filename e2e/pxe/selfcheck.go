package pxe

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/suite"
)

// damage is something wrong with a boot server, and what is then said.
type damage struct {
	name     string
	firmware firmware
	// before is done to the output, and after when the machine has booted.
	before func(*rack) error
	after  func(context.Context, *rack) error
	look   func(context.Context, *rack, *machine) error
	says   string // empty: nothing is wrong
}

var damages = []damage{
	{name: "nothing", firmware: biosROM, look: bootsRight},
	{name: "a script under another MAC address", firmware: biosROM, look: bootsRight, says: "There is no script",
		before: func(r *rack) error { return os.Rename(r.web(controlPlane.folder()), r.web("52-54-00-00-01-11")) }},
	{name: "dnsmasq names an iPXE that is not there", firmware: biosPXE, look: bootsRight, says: "No bootable device",
		before: func(r *rack) error { return replace(r.out("pxe/dnsmasq.conf"), "undionly.kpxe", "gone.kpxe") }},
	{name: "on UEFI, an initrd without its name", firmware: uefi, look: bootsRight, says: "could not load everything",
		before: func(r *rack) error { return replace(r.script(), "initrd --name main ", "initrd ") }},
	{name: "the script names another machine's payload", firmware: biosROM, look: bootsRight, says: worker.folder(),
		before: func(r *rack) error {
			return replace(r.script(), r.payloads[controlPlane.name], r.payloads[worker.name])
		}},
	{name: "an argument too many", firmware: biosROM, look: bootsRight, says: "the kernel has the arguments of its script: found",
		before: func(r *rack) error { return replace(r.script(), " console=ttyS0", " console=ttyS0 selinux=0") }},
	{name: "a payload that was changed on its way", firmware: biosROM, look: bootsRight, says: "parsing config with SHA512",
		after: func(_ context.Context, r *rack) error {
			return replace(r.web(r.payloads[controlPlane.name]), `"version":"3.3.0"`, `"version":"3.4.0"`)
		}},
	{name: "a payload for everyone", firmware: biosROM, look: bootsRight, says: "found status 200, expected 410", after: forget},
	{name: "a server that forgets who is installed", firmware: biosROM, look: bootsDisk, says: "no power"},
	{name: "a stranger in dnsmasq.conf", firmware: biosROM, look: strangerIgnored, says: "ignored",
		before: func(r *rack) error {
			return replace(r.out("pxe/dnsmasq.conf"), "dhcp-host="+worker.mac, "dhcp-host="+unknown.mac)
		}},
}

// forget starts the server anew, with every payload to be had once more.
func forget(ctx context.Context, r *rack) error {
	r.serve.stop()
	return r.startServe(ctx, "--allow-again", "all")
}

// selfCheck damages boot servers, and expects it to be told.
func (w *World) selfCheck() suite.Case {
	return suite.Case{
		Name: "selfcheck", Title: "the checks themselves: each is seen to fail on a boot server damaged for it",
		Run: func(t *suite.T) {
			for _, d := range damages {
				t.Measure(d.name, slow, func(ctx context.Context) (string, error) { return w.isTold(ctx, t.Case.Name, d) })
			}
		},
	}
}

// isTold boots a machine from a damaged boot server.
func (w *World) isTold(ctx context.Context, name string, d damage) (string, error) {
	r := w.rack(name)
	defer r.stop()
	if err := r.compile(ctx, fullDHCP); err != nil {
		return "", err
	}
	if d.before != nil {
		if err := d.before(r); err != nil {
			return "", err
		}
	}
	if err := r.startServers(ctx, fullDHCP); err != nil {
		return "", err
	}
	r.late = d.after
	err := d.look(ctx, r, w.machine(controlPlane, d.firmware))
	switch {
	case d.says == "":
		return "", err
	case err == nil:
		return "", errors.New("no check said anything")
	case !strings.Contains(err.Error(), d.says):
		return "", fmt.Errorf("found another failure, expected %q: %w", d.says, err)
	}
	told, _, _ := strings.Cut(err.Error(), "\n")
	return told[:min(200, len(told))], nil
}

// bootsRight boots a machine and looks at everything.
func bootsRight(ctx context.Context, r *rack, m *machine) error {
	if err := m.powerOn(); err != nil {
		return err
	}
	defer m.powerOff()
	if err := m.reachesTheEnd(ctx); err != nil {
		return err
	}
	if r.late != nil {
		if err := r.late(ctx, r); err != nil {
			return err
		}
	}
	for _, c := range checks {
		if _, err := c.check(ctx, r, m); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// strangerIgnored is for a machine that is in no config, but has power.
func strangerIgnored(ctx context.Context, r *rack, _ *machine) error {
	m := r.w.machine(unknown, biosROM)
	if err := m.powerOn(); err != nil {
		return err
	}
	defer m.powerOff()
	if err := m.says(ctx, "No more network devices", false); err != nil {
		return err
	}
	return ignored(r, m)
}

func (r *rack) script() string { return r.web(controlPlane.folder() + "/boot.ipxe") }

// replace changes every occurrence of a text in a file.
func replace(file, old, new string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !strings.Contains(string(text), old) {
		return fmt.Errorf("%s has no %q to damage", file, old)
	}
	return os.WriteFile(file, []byte(strings.ReplaceAll(string(text), old, new)), 0o600)
}
