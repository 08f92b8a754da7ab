package pxe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/suite"
)

// installed is for a machine that has its payload and a disk that boots, and
// still asks the network first: it must not be installed again.
func installed(t *suite.T, r *rack, m *machine) {
	t.Check("installed, with the network first: iPXE is told so, and the disk boots (UEFI: the next boot entry)", slow, func(ctx context.Context) error {
		return bootsDisk(ctx, r, m)
	})
}

func bootsDisk(ctx context.Context, r *rack, m *machine) error {
	before, err := r.requests(m.address)
	if err != nil {
		return err
	}
	m.installed = true
	if err := m.powerOn(); err != nil {
		return err
	}
	defer m.powerOff()
	const told = "This machine has been installed: booting its disk"
	if err := m.says(ctx, told, true); err != nil {
		return err
	}
	boots := diskBoots
	if m.firmware == uefi {
		boots = uefiNext
	}
	if err := m.says(ctx, boots, false); err != nil {
		return err
	}
	log, err := r.requests(m.address)
	if err != nil {
		return err
	}
	for _, q := range log[len(before):] {
		if strings.HasPrefix(q.Path, "/assets/") || strings.HasSuffix(q.Path, ".ign") {
			return fmt.Errorf("it fetched %s", q.Path)
		}
	}
	return nil
}

// unknownGetsNothing is a machine that is not listed, where dnsmasq is the only
// DHCP server.
func unknownGetsNothing(t *suite.T, r *rack, m *machine) {
	t.Measure("an unknown MAC address gets nothing", slow, func(ctx context.Context) (string, error) {
		if err := m.powerOn(); err != nil {
			return "", err
		}
		defer m.powerOff()
		return "", errors.Join(m.says(ctx, "No more network devices", false), ignored(r, m))
	})
}

// ignored: dnsmasq heard the machine, and gave it no answer.
func ignored(r *rack, m *machine) error {
	log := read(r.dnsmasq.errs)
	want := fmt.Sprintf("DHCPDISCOVER(%s) %s ignored", bridge, m.mac)
	if !strings.Contains(log, want) {
		return fmt.Errorf("dnsmasq did not say %q: %s", want, lastOf(log))
	}
	for _, answer := range []string{"DHCPOFFER", "DHCPACK"} {
		for line := range strings.Lines(log) {
			if strings.Contains(line, answer) && strings.Contains(line, m.mac) {
				return fmt.Errorf("found an answer: %s", line)
			}
		}
	}
	return nil
}

// unknownFindsNoScript is a machine that is not listed and has an address from
// the network's own server: dnsmasq tells it nothing, and whoever knows where the
// scripts are finds none.
func unknownFindsNoScript(t *suite.T, r *rack, m *machine) {
	t.Check("an unknown MAC address is told nothing, and finds no script", slow, func(ctx context.Context) error {
		if err := m.powerOn(); err != nil {
			return err
		}
		defer m.powerOff()
		if err := m.says(ctx, "There is no script for "+m.mac, false); err != nil {
			return err
		}
		if !strings.Contains(m.console(), "told to boot nothing\n") {
			return errors.New("it was told to boot something")
		}
		answered := fmt.Sprintf("/%s/boot.ipxe %d", m.folder(), http.StatusNotFound)
		log, err := r.requests("")
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(log, func(q request) bool { return fmt.Sprintf("%s %d", q.Path, q.Status) == answered }) {
			return fmt.Errorf("the access log does not say %q: %v", answered, log)
		}
		return nil
	})
}
