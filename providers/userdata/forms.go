package userdata

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine/gzip"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
)

// use says what to do with a machine's form.
type use struct{ What, Command string }

// forms make one machine's payload in another form.
var forms = map[string]func(machine) (plan.File, use){
	"nocloud":      noCloud,
	"config-drive": configDrive,
	"fw-cfg":       fwCfg,
	"guestinfo":    guestInfo,
}

// form is a file that holds every key of the machine.
func form(kind, name string, content []byte) plan.File {
	return plan.File{Path: "forms/" + kind + "/" + name, Mode: 0o600, Content: content}
}

// metadata is what cloud-init knows of a machine before it has read user-data.
// The instance never changes: cloud-init would begin anew.
func (m machine) metadata() []byte {
	return marshalled(map[string]string{"instance-id": m.Cluster + "-" + m.Name, "local-hostname": m.Name})
}

func marshalled(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings
	}
	return append(text, '\n')
}

// noCloud is the CD of cloud-init's data source of that name.
// https://docs.cloud-init.io/en/latest/reference/datasources/nocloud.html
func noCloud(m machine) (plan.File, use) {
	f := form("nocloud", m.Name+".iso", iso("cidata", map[string][]byte{
		"user-data": m.userdata,
		"meta-data": m.metadata(),
	}))
	return f, use{"A CD (NoCloud), in QEMU", "-drive file=" + f.Path + ",format=raw,if=virtio,readonly=on"}
}

// configDrive is the CD that OpenStack would attach.
// https://docs.openstack.org/nova/latest/user/metadata.html#config-drives
func configDrive(m machine) (plan.File, use) {
	id := sha256.Sum256([]byte(m.Cluster + "/" + m.Name))
	id[6] = id[6]&0x0f | 0x80 // a UUID of one's own making (RFC 9562, version 8)
	id[8] = id[8]&0x3f | 0x80
	f := form("config-drive", m.Name+".iso", iso("config-2", map[string][]byte{
		"openstack/latest/user_data": m.userdata,
		"openstack/latest/meta_data.json": marshalled(map[string]string{
			"uuid":     fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:16]),
			"name":     m.Name,
			"hostname": m.Name,
		}),
	}))
	return f, use{"A CD (config-drive), in QEMU", "-drive file=" + f.Path + ",format=raw,if=virtio,readonly=on"}
}

// fwCfg is a file that QEMU shows to Ignition.
func fwCfg(m machine) (plan.File, use) {
	f := form("fw-cfg", m.Name+".ign", m.userdata)
	return f, use{"A file for Ignition, in QEMU", "-fw_cfg name=" + m.Key + ",file=" + f.Path}
}

// guestInfo are the keys that cloud-init or Ignition reads on vSphere.
// https://docs.cloud-init.io/en/latest/reference/datasources/vmware.html
// https://coreos.github.io/ignition/supported-platforms/
func guestInfo(m machine) (plan.File, use) {
	content := m.userdata
	if !gzip.Is(content) {
		content = gzip.Compress(content, gzip.Quick)
	}
	data := base64.StdEncoding.EncodeToString(content)
	lines := []string{
		"guestinfo.ignition.config.data=" + data,
		"guestinfo.ignition.config.data.encoding=gzip+base64",
	}
	if !m.Ignition {
		lines = []string{
			"guestinfo.metadata=" + base64.StdEncoding.EncodeToString(m.metadata()),
			"guestinfo.metadata.encoding=base64",
			"guestinfo.userdata=" + data,
			"guestinfo.userdata.encoding=gzip+base64",
		}
	}
	f := form("guestinfo", m.Name+".txt", []byte(strings.Join(lines, "\n")+"\n"))
	return f, use{"Keys for vSphere, while the machine is off", "sed 's/^/-e=/' " + f.Path + " | xargs govc vm.change -vm " + m.Name}
}
