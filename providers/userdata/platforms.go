package userdata

import (
	"bytes"
	"encoding/base64"
	"fmt"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine/gzip"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
)

// platform is what differs between clouds and hypervisors that start machines
// with user-data.
type platform struct {
	Title string
	// limit is how many bytes of user-data it takes; 0 if it tells nobody, and
	// then the config's own holds. Source is where it tells.
	limit  int
	Source string
	// text says that it takes nothing but text.
	text bool
	// Chooses says that it chooses private addresses itself.
	Chooses bool
	// nameless says that machines do not learn their names from it.
	nameless bool
	// Note is what else one must know.
	Note string
	// command starts a machine. Words in capitals are the user's to choose.
	command string
}

// byHand is a control-plane machine where addresses cannot be asked for: it is
// there before its payload, which the address is a part of.
const byHand = `
# Put its private address into controlPlane.addresses of the config. When all machines are there, compile again, then:
kube-anywhere payload {{.Name}} -f CONFIG --format script | ssh root@PUBLIC-ADDRESS sh`

// platforms, by the name that the config has for them.
var platforms = map[string]platform{
	"digitalocean": {
		Title:   "DigitalOcean",
		limit:   65536, // and "must be plain text"
		Source:  "https://docs.digitalocean.com/reference/api/digitalocean/#tag/Droplets/operation/droplets_create",
		text:    true,
		Chooses: true,
		command: `doctl compute droplet create {{.Name}} --region REGION --size SIZE --image IMAGE --vpc-uuid VPC \
  --ssh-keys KEY{{if .Address}}` + byHand + `{{else}} --user-data-file {{.File}}{{end}}`,
	},
	"hetzner": {
		Title:  "Hetzner Cloud",
		limit:  32768,
		Source: "https://docs.hetzner.cloud/reference/cloud#tag/servers/create_server",
		text:   true, // cloud-init's data source: "does not support binary user-data"
		command: `hcloud server create --name {{.Name}} --type TYPE --image IMAGE --start-after-create=false \
  --user-data-from-file {{.File}}
hcloud server attach-to-network {{.Name}} --network NETWORK{{if .Address}} --ip {{.Address}}{{end}}
hcloud server poweron {{.Name}}`,
	},
	"linode": {
		Title: "Linode",
		// 65,535 bytes "or about 16kb encoded": what is larger than this is
		// refused. https://github.com/linode/cluster-api-provider-linode/pull/94
		limit:  16384,
		Source: "https://techdocs.akamai.com/linode-api/reference/post-linode-instance",
		Note: `A payload that is compressed (its file has ` + "`gzip`" + ` in ` + "`report.json`" + `) needs an image with cloud-init 24.4 or
newer, which is the first that unpacks it there.`,
		command: `linode-cli linodes create --label {{.Name}} --region REGION --type TYPE --image IMAGE \
  --root_pass "$(openssl rand -base64 24)" --metadata.user_data "$(base64 -w0 {{.File}})" \
  --interfaces.purpose vpc --interfaces.primary true --interfaces.subnet_id SUBNET \
  --interfaces.ipv4.nat_1_1 any{{if .Address}} --interfaces.ipv4.vpc {{.Address}}{{end}}`,
	},
	"proxmox": {
		Title: "Proxmox VE",
		// Snippets are read up to this size (PVE/QemuServer/Cloudinit.pm).
		limit:    1 << 20,
		Source:   "https://pve.proxmox.com/wiki/Cloud-Init_Support",
		nameless: true,
		Note: `Run this on the Proxmox host, with the output directory there. TEMPLATE is a machine of the OS's cloud image with
a cloud-init drive (for Flatcar and Fedora CoreOS their image for Proxmox VE); the storage ` + "`local`" + ` must allow snippets. Ignition
takes no address from Proxmox: let your DHCP server keep the control plane's.`,
		command: `install -m 0600 {{.File}} /var/lib/vz/snippets/{{.Name}}.user
echo '{"instance-id": "{{.Cluster}}-{{.Name}}", "local-hostname": "{{.Name}}"}' > /var/lib/vz/snippets/{{.Name}}.meta
qm clone TEMPLATE ID --name {{.Name}}
qm set ID --cicustom user=local:snippets/{{.Name}}.user,meta=local:snippets/{{.Name}}.meta \
  --ipconfig0 {{if .Address}}ip={{.Address}}/PREFIX,gw=GATEWAY{{else}}ip=dhcp{{end}}
qm start ID`,
	},
	"scaleway": {
		Title: "Scaleway",
		text:  true, // an argument of the command line
		command: `server=$(scw instance server create name={{.Name}} type=TYPE image=IMAGE ip=new stopped=true \
  cloud-init=@{{.File}} -o template='{{"{{.ID}}"}}')
{{if .Address}}ip=$(scw ipam ip create address={{.Address}} source.private-network-id=NETWORK -o template='{{"{{.ID}}"}}')
{{end}}scw instance private-nic create server-id=$server private-network-id=NETWORK{{if .Address}} ipam-ip-ids.0=$ip{{end}}
scw instance server start $server`,
	},
	"upcloud": {
		Title: "UpCloud",
		text:  true, // an argument of the command line
		command: `upctl server create --hostname {{.Name}} --zone ZONE --plan PLAN --os OS --ssh-keys KEY --enable-metadata \
  --network type=public --network type=private,network=NETWORK{{if .Address}},ip-address={{.Address}}{{end}} \
  --user-data "$(cat {{.File}})"`,
	},
	"vultr": {
		Title:   "Vultr",
		text:    true, // machines read it out of JSON (v1.json)
		Chooses: true,
		command: `vultr-cli instance create --label {{.Name}} --host {{.Name}} --region REGION --plan PLAN --os OS \
  --vpc-ids VPC --ssh-keys KEY{{if .Address}}` + byHand + `{{else}} --userdata-file {{.File}}{{end}}`,
	},
}

// hand decides what each machine's platform gets, and makes what is not a
// payload as it is.
func (p platform) hand(all []machine, limit int) ([]plan.File, error) {
	var files []plan.File
	for i := range all {
		m := &all[i]
		content := m.payload
		switch {
		case p.nameless && m.Ignition && m.Pool != "":
			content, m.File = m.userdata, "start/"+m.Name+".ign"
		case p.text && !m.text:
			content, m.File = asText(content), "start/"+m.Name+".txt"
			if m.Pool != "" {
				m.File = "start/" + m.Pool + ".txt"
			}
		default:
			continue
		}
		if limit > 0 && len(content) > limit {
			return nil, fmt.Errorf("%s has %d bytes as text, %d more than %s takes: turn add-ons off, or apply manifests later", m.File, len(content), len(content)-limit, p.Title)
		}
		if len(files) == 0 || files[len(files)-1].Path != m.File { // a pool's machines share it
			files = append(files, plan.File{Path: m.File, Mode: 0o600, Content: content})
		}
	}
	return files, nil
}

// asText is a compressed payload for platforms that take only text. cloud-init
// unpacks it by its content type.
// https://docs.cloud-init.io/en/latest/explanation/format/mime-multi-part.html
func asText(payload []byte) []byte {
	if !gzip.Is(payload) {
		panic("a payload is neither text nor gzip")
	}
	var b bytes.Buffer
	b.WriteString("MIME-Version: 1.0\nContent-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n")
	text := base64.StdEncoding.EncodeToString(payload)
	for len(text) > 76 { // RFC 2045
		b.WriteString(text[:76] + "\n")
		text = text[76:]
	}
	b.WriteString(text + "\n")
	return b.Bytes()
}
