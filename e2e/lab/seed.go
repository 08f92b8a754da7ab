package lab

import (
	"fmt"
	"os"
	"path/filepath"
)

// seed writes the disk that cloud-init reads: the payload as it is, and the
// address. https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html
func (m *Machine) seed() error {
	if m.Delivery != CloudInit {
		return nil
	}
	payload, err := os.ReadFile(m.Payload)
	if err != nil {
		return err
	}
	dir := m.file("seed")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, content := range map[string]string{
		"user-data":      string(payload),
		"meta-data":      fmt.Sprintf("instance-id: %s\nlocal-hostname: %s\n", m.Name, m.Name),
		"network-config": m.networkConfig(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return run("genisoimage", "-quiet", "-V", "cidata", "-J", "-r", "-o", m.file("seed.iso"), dir)
}

func (m *Machine) networkConfig() string {
	return fmt.Sprintf(`version: 2
ethernets:
  eth0:
    match: {macaddress: "%s"}
    set-name: eth0
    addresses: [%s/%d]
    routes: [{to: 0.0.0.0/0, via: %s}]
    nameservers: {addresses: [%s]}
`, m.mac(), m.Address, PrefixBits, Gateway, Gateway)
}
