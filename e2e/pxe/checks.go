package pxe

import (
	"context"
	"crypto/sha512"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
)

// checks are what is looked at after a machine has booted. Each tells what it
// saw.
var checks = []struct {
	name  string
	check func(context.Context, *rack, *machine) (string, error)
}{
	{"dnsmasq gave it its address and iPXE, and iPXE the script", leases},
	{"it fetched its own script, kernel, initrd and payload, whole and in this order", fetches},
	{"the kernel has the arguments of its script", arguments},
	{"Ignition read the URL among them, and has the payload", ignition},
	{"the payload is refused a second time", refused},
}

// loaderOf is the iPXE that firmware gets; what is iPXE already gets none.
var loaderOf = map[firmware]string{biosPXE: "undionly.kpxe", uefi: "snponly.efi"}

// leases: the emitted dnsmasq.conf.
func leases(_ context.Context, r *rack, m *machine) (string, error) {
	log, address := read(r.dnsmasq.errs), fmt.Sprintf(" %s %s", m.address, m.mac)
	if r.router != nil {
		// It gives no addresses; the network's own server does.
		if strings.Contains(log, "DHCPOFFER") || strings.Contains(log, "DHCPACK("+bridge+") "+m.address) {
			return "", errors.New("dnsmasq gives addresses, beside the network's own server")
		}
		log += read(r.router.errs)
	}
	if !strings.Contains(log, "DHCPACK("+bridge+")"+address) && !strings.Contains(log, "DHCPACK(router)"+address) {
		return "", fmt.Errorf("no DHCPACK for%s in: %s", address, lastOf(log))
	}
	sent := "sent /usr/lib/ipxe/" + loaderOf[m.firmware] + " to " + m.address
	if loaderOf[m.firmware] != "" && !strings.Contains(log, sent) {
		return "", fmt.Errorf("dnsmasq did not say %q: %s", sent, lastOf(log))
	}
	if !strings.Contains(m.console(), r.url("boot.ipxe")) {
		return "", fmt.Errorf("iPXE did not say %s", r.url("boot.ipxe"))
	}
	return sent, nil
}

// fetches: the access log, of which nothing else may be this machine's.
func fetches(_ context.Context, r *rack, m *machine) (string, error) {
	found, err := r.requests(m.address)
	if err != nil {
		return "", err
	}
	var got, want []string
	for _, q := range found {
		got = append(got, fmt.Sprintf("%s %s %d %d %s", q.Method, q.Path, q.Status, q.Bytes, q.Machine))
	}
	folder, payload := m.folder(), r.payloads[m.name]
	for _, f := range []struct{ logged, file, machine string }{
		{"boot.ipxe", "boot.ipxe", ""},
		{folder + "/boot.ipxe", folder + "/boot.ipxe", m.name},
		{"assets/flatcar/amd64/kernel", "assets/flatcar/amd64/kernel", ""},
		{"assets/flatcar/amd64/initrd", "assets/flatcar/amd64/initrd", ""},
		// The log keeps to itself what opens a payload.
		{folder + "/" + payload[len(folder)+1:][:4] + "....ign", payload, m.name},
	} {
		info, err := os.Stat(r.web(f.file))
		if err != nil {
			return "", err
		}
		want = append(want, fmt.Sprintf("GET /%s 200 %d %s", f.logged, info.Size(), f.machine))
	}
	if !slices.Equal(got, want) {
		return "", fmt.Errorf("found %q, expected %q", got, want)
	}
	return fmt.Sprintf("%d requests, the last one %s", len(got), strings.TrimSpace(got[len(got)-1])), nil
}

// arguments: what the kernel says that it was given.
func arguments(_ context.Context, r *rack, m *machine) (string, error) {
	found := regexp.MustCompile(`Command line: (.*)`).FindStringSubmatch(m.console())
	if found == nil {
		return "", errors.New("the kernel did not tell its command line")
	}
	// On UEFI the first word is the kernel's own name.
	got := strings.TrimPrefix(strings.TrimSpace(found[1]), "kernel ")
	want := strings.Join(append([]string{"initrd=main", "flatcar.first_boot=1", "ignition.config.url=" + r.url(r.payloads[m.name])}, kernelArgs()...), " ")
	if got != want {
		return "", fmt.Errorf("found %q, expected %q", got, want)
	}
	return got, nil
}

// ignition: the checksum of what it got, and what it wrote by that.
func ignition(_ context.Context, r *rack, m *machine) (string, error) {
	console := m.console()
	payload, err := os.ReadFile(r.web(r.payloads[m.name]))
	if err != nil {
		return "", err
	}
	for _, text := range []string{
		fmt.Sprintf("parsing config with SHA512: %x", sha512.Sum512(payload)),
		"fetch: fetch passed", "files: files passed",
		"stand-in: NAME=" + m.name + "\n", "stand-in: DISK=/dev/vda\n", "stand-in: OS=flatcar\n", "stand-in: BASE=" + strings.TrimSuffix(r.url(""), "/") + "\n",
	} {
		if !strings.Contains(console, text) {
			return "", fmt.Errorf("no %q on the console", text)
		}
	}
	own := regexp.MustCompile(`stand-in: payload [0-9]{4,} bytes`).FindString(console)
	if own == "" {
		return "", errors.New("the payload holds no config for the installed machine")
	}
	return strings.TrimPrefix(own, "stand-in: "), nil
}

// refused: whoever comes after the machine gets nothing.
func refused(ctx context.Context, r *rack, m *machine) (string, error) {
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url(r.payloads[m.name]), nil)
	if err != nil {
		return "", err
	}
	answer, err := http.DefaultClient.Do(ask)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusGone {
		return "", fmt.Errorf("found status %d, expected %d", answer.StatusCode, http.StatusGone)
	}
	log, err := r.requests(bootServer.String())
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(log, func(q request) bool { return q.Machine == m.name && q.Status == http.StatusGone })
	if want := fmt.Sprintf("the payload of %s went to %s ", m.name, m.address); i < 0 || !strings.HasPrefix(log[i].Note, want) {
		return "", fmt.Errorf("the access log does not say %q: %v", want, log)
	}
	return log[i].Note, nil
}
