package gce_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io/fs"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/providers/gce"
)

// These servers stand in for Compute Engine's metadata server and for Cloud
// Storage, which cannot be here. They refuse what the real ones refuse: a
// request for metadata without its header, one for an object without the token.

const (
	object = "controlplane-0-0123456789ab"
	token  = "ya29.c.b0Aaekm1K_-.token"
)

// about is what the metadata server tells, by path.
var about = map[string]string{
	"instance/service-accounts/default/token":      `{"access_token":"` + token + `","expires_in":3599,"token_type":"Bearer"}`,
	"instance/network-interfaces/0/forwarded-ips/": `["10.0.0.9","203.0.113.20"]`,
	"instance/attributes/user-data":                "#!/bin/bash\n[[ ran ]] && echo ran >> $dir/ran\n",
	"instance/name":                                "demo-general-x1y2",
	"instance/zone":                                "projects/123456789012/zones/europe-west4-b",
	"project/project-id":                           "my-project",
}

func metadata(w http.ResponseWriter, r *http.Request) {
	answer, ok := about[strings.TrimPrefix(r.URL.Path, "/computeMetadata/v1/")]
	switch {
	case r.Header.Get("Metadata-Flavor") != "Google":
		http.Error(w, "no Metadata-Flavor", http.StatusForbidden)
	case !ok || strings.HasSuffix(r.URL.Path, "/") && r.URL.Query().Get("recursive") != "true":
		http.NotFound(w, r)
	default:
		fmt.Fprint(w, answer)
	}
}

// storage has the bucket demo-01234567, which holds one object.
func storage(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Authorization") != "Bearer "+token:
		http.Error(w, "no token", http.StatusUnauthorized)
	case r.URL.Path != "/storage/v1/b/demo-01234567/o/"+object || r.URL.Query().Get("alt") != "media":
		http.NotFound(w, r)
	default:
		fmt.Fprint(w, "the payload")
	}
}

// cloud starts both, and gives a directory with a curl in it that is the real
// one, but goes to them.
func cloud(t *testing.T) (bin string) {
	t.Helper()
	const host = "storage.googleapis.com"
	mds := httptest.NewServer(http.HandlerFunc(metadata))
	t.Cleanup(mds.Close)
	gcs := httptest.NewUnstartedServer(http.HandlerFunc(storage))
	cert, authority := certificate(t, host)
	gcs.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	gcs.StartTLS()
	t.Cleanup(gcs.Close)

	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Fatal(err)
	}
	bin = t.TempDir()
	put(t, bin, "ca.crt", authority)
	put(t, bin, "curl", fmt.Sprintf("#!/bin/sh\nexec %s --cacert %s/ca.crt --connect-to 169.254.169.254:80:%s --connect-to %s:443:%s \"$@\"\n",
		curl, bin, mds.Listener.Addr(), host, gcs.Listener.Addr()))
	return bin
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// certificate is one for a host that signs itself.
func certificate(t *testing.T, host string) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// shell runs a script with the programs in bin, and those of the system unless
// bin has a bash. What it writes to /run and /var/lib is in dir.
func shell(bin, dir, script string) (string, error) {
	script = strings.NewReplacer("/run/", dir+"/", "/var/lib/", dir+"/lib-").Replace(script)
	cmd := exec.Command("bash", "-c", script)
	cmd.Env = []string{"PATH=" + bin + ":/usr/bin:/bin", "dir=" + dir}
	if _, err := os.Stat(filepath.Join(bin, "bash")); err == nil {
		cmd.Env[0] = "PATH=" + bin
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestFetch runs the shell that a machine runs, as it is in the payload.
func TestFetch(t *testing.T) {
	how := gce.Provider{}.Store(plan.Plan{}, "demo-01234567").Fetch
	bin := cloud(t)
	for _, c := range []struct{ object, how, want string }{
		{object, how, "the payload"},
		{"none-0123456789ab", how, ""},
		{object, strings.Replace(how, "access_token", "token_type", 1), ""},
		{object, strings.Replace(how, "Authorization", "X-None", 1), ""},
		{object, strings.Replace(how, "Metadata-Flavor: Google", "X-None: Google", 1), ""},
		{object, strings.Replace(how, "alt=media", "alt=json", 1), ""},
		{object, strings.Replace(how, "demo-01234567", "demo-89abcdef", 1), ""},
	} {
		dir := t.TempDir()
		said, err := shell(bin, dir, "fetch() {\n"+c.how+"}\nfetch "+c.object+" /run/payload")
		got, _ := os.ReadFile(filepath.Join(dir, "payload"))
		if (err == nil) != (c.want != "") || string(got) != c.want {
			t.Errorf("%s: %v, %q, expected %q: %s\n%s", c.object, err, got, c.want, said, c.how)
		}
	}
}

// layer is a file of a layer, without the condition around it.
func layer(t *testing.T, name string) string {
	t.Helper()
	text, err := fs.ReadFile(gce.Provider{}.Layers(), name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("{{if gt (len .Etcd.Members) 1}}", "", "{{end}}", "").Replace(string(text))
}

func TestProviderID(t *testing.T) {
	dir := t.TempDir()
	if out, err := shell(cloud(t), dir, layer(t, "cloud-controller-manager/machine/opt/bin/provider-id")); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got, _ := os.ReadFile(filepath.Join(dir, "provider-id"))
	if want := "PROVIDER_ID=gce://my-project/europe-west4-b/demo-general-x1y2\n"; string(got) != want {
		t.Errorf("found %q, expected %q", got, want)
	}
}

// TestBalancerAddresses: the load balancers' addresses become the machine's own,
// with the arguments that Google's agent gives its routes. (ip, which would need
// rights, is one that writes down what it was told.)
func TestBalancerAddresses(t *testing.T) {
	bin, dir := cloud(t), t.TempDir()
	put(t, bin, "ip", "#!/bin/sh\ncase $* in *show*) echo default via 10.0.0.1 dev ens4 proto dhcp metric 100; echo default via 10.9.0.1 dev other ;; *) echo \"$@\" >> $dir/calls ;; esac\n")
	put(t, bin, "sleep", "#!/bin/sh\n[ ! -e $dir/calls ]\n")
	if out, err := shell(bin, dir, layer(t, "overlay/controlplane/opt/bin/balancer-addresses")); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got, _ := os.ReadFile(filepath.Join(dir, "calls"))
	want := "route replace local 10.0.0.9 dev ens4 scope host proto 66\nroute replace local 203.0.113.20 dev ens4 scope host proto 66\n"
	if string(got) != want {
		t.Errorf("found %q, expected %q", got, want)
	}
}

// TestDebian runs what Google's agent runs at every boot, out of the Terraform
// configuration: it runs the user-data once, and not at all beside cloud-init,
// which does.
func TestDebian(t *testing.T) {
	text, err := os.ReadFile("terraform/machines.tf")
	if err != nil {
		t.Fatal(err)
	}
	_, script, _ := strings.Cut(string(text), "startup-script = <<-EOT\n")
	script, _, found := strings.Cut(script, "EOT\n")
	if !found {
		t.Fatal("machines.tf has no startup-script")
	}
	for _, c := range []struct {
		cloudInit bool
		want      string
	}{{false, "ran\n"}, {true, ""}} {
		bin, dir := cloud(t), t.TempDir()
		// This machine may have a cloud-init of its own.
		for _, program := range []string{"bash", "rm", "sleep", "touch"} {
			path, err := exec.LookPath(program)
			if err == nil {
				err = os.Symlink(path, filepath.Join(bin, program))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if c.cloudInit {
			put(t, bin, "cloud-init", "#!/bin/sh\n")
		}
		for boot := range 2 {
			if out, err := shell(bin, dir, script); err != nil {
				t.Fatalf("boot %d: %v: %s", boot, err, out)
			}
		}
		got, _ := os.ReadFile(filepath.Join(dir, "ran"))
		if string(got) != c.want {
			t.Errorf("cloud-init %t: found %q, expected %q", c.cloudInit, got, c.want)
		}
	}
}
