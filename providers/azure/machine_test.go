package azure_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	clientscheme "k8s.io/client-go/kubernetes/scheme"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/providers/azure"
)

// These servers stand in for Azure's Instance Metadata Service and for Blob
// Storage, which cannot be here. They refuse what the real ones refuse: a request
// for metadata without its header or version, and one for an object without the
// token, or in a version of the API that knows no tokens.

const (
	object = "controlplane-0-0123456789ab"
	token  = "eyJ0eXAiOiJKV1Qi.eyJhdWQiOiJo.c2lnbmF0dXJl_-"
	group  = "/subscriptions/01234567-89ab-cdef-0123-456789abcdef/resourceGroups/demo/providers/Microsoft.Compute/"
)

// about is what the metadata service tells of a machine, by path.
var about = map[string]string{
	"resourceId":     group + "virtualMachineScaleSets/demo-general/virtualMachines/0",
	"subscriptionId": "01234567-89ab-cdef-0123-456789abcdef",
	"location":       "westeurope",
}

func metadata(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	fact, asked := strings.CutPrefix(r.URL.Path, "/metadata/instance/compute/")
	switch {
	case r.Header.Get("Metadata") != "true" || query.Get("api-version") == "":
		http.Error(w, `{"error":"Bad request"}`, http.StatusBadRequest)
	case r.URL.Path == "/metadata/identity/oauth2/token" && query.Get("resource") == "https://storage.azure.com/":
		fmt.Fprintf(w, `{"access_token":%q,"client_id":"a","expires_in":"86400","resource":"https://storage.azure.com/","token_type":"Bearer"}`, token)
	case asked && about[fact] != "" && query.Get("format") == "text":
		fmt.Fprint(w, about[fact])
	default:
		http.NotFound(w, r)
	}
}

// blobs has the container payloads, which holds one object.
func blobs(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Authorization") != "Bearer "+token:
		http.Error(w, "PublicAccessNotPermitted", http.StatusConflict)
	case r.Header.Get("X-Ms-Version") < "2017-11-09":
		http.Error(w, "AuthenticationFailed", http.StatusForbidden)
	case r.URL.Path != "/payloads/"+object:
		http.Error(w, "BlobNotFound", http.StatusNotFound)
	default:
		fmt.Fprint(w, "the payload")
	}
}

// cloud starts both, and gives a directory with a curl in it that is the real
// one, but goes to them.
func cloud(t *testing.T, host string) (bin string) {
	t.Helper()
	imds := httptest.NewServer(http.HandlerFunc(metadata))
	t.Cleanup(imds.Close)
	store := httptest.NewUnstartedServer(http.HandlerFunc(blobs))
	cert, authority := certificate(t, host)
	store.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	store.StartTLS()
	t.Cleanup(store.Close)

	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Fatal(err)
	}
	bin = t.TempDir()
	for name, text := range map[string]string{
		"ca.crt": authority,
		"curl": fmt.Sprintf("#!/bin/sh\nexec %s --cacert %s/ca.crt --connect-to 169.254.169.254:80:%s --connect-to %s:443:%s \"$@\"\n",
			curl, bin, imds.Listener.Addr(), host, store.Listener.Addr()),
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return bin
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

// run gives a script to bash with the programs in bin. What it writes to /run is
// in dir instead.
func run(bin, dir, script string) (string, error) {
	cmd := exec.Command("bash", "-c", strings.ReplaceAll(script, "/run/", dir+"/"))
	cmd.Env = []string{"PATH=" + bin + ":/usr/bin:/bin"}
	said, err := cmd.CombinedOutput()
	return string(said), err
}

// TestFetch runs the shell that a machine runs, as it is in the payload, and
// spoils it in every way that the servers look at.
func TestFetch(t *testing.T) {
	place := azure.Provider{}.Store(plan.Plan{}, "demo-01234567")
	bin := cloud(t, place.Name+".blob.core.windows.net")
	spoiled := func(old, new string) string {
		if !strings.Contains(place.Fetch, old) {
			t.Errorf("no %q to spoil in:\n%s", old, place.Fetch)
		}
		return strings.Replace(place.Fetch, old, new, 1)
	}
	for _, c := range []struct{ object, how, want string }{
		{object, place.Fetch, "the payload"},
		{"none-0123456789ab", place.Fetch, ""},
		{object, spoiled("Metadata:true", "Metadata:false"), ""},
		{object, spoiled("api-version", "version"), ""},
		{object, spoiled("storage.azure.com", "management.azure.com"), ""},
		{object, spoiled("access_token", "client_id"), ""},
		{object, spoiled("Bearer ", "Basic "), ""},
		{object, spoiled("x-ms-version: 2021", "x-ms-version: 2016"), ""},
	} {
		dir := t.TempDir()
		said, err := run(bin, dir, "fetch() {\n"+c.how+"}\nfetch "+c.object+" /run/payload")
		got, _ := os.ReadFile(filepath.Join(dir, "payload"))
		if (err == nil) != (c.want != "") || string(got) != c.want {
			t.Errorf("%s: %v, %q, expected %q: %s\n%s", c.object, err, got, c.want, said, c.how)
		}
	}
}

// TestProviderID runs what asks Azure for the machine's ID, and on control planes
// for what the cloud-controller-manager must know.
func TestProviderID(t *testing.T) {
	const network = `"vnetName": "demo", "subnetName": "demo"`
	for options, network := range map[string]string{
		``: network,
		`"subnet": {"resourceGroup": "network", "virtualNetwork": "hub", "name": "clusters"}`: `"vnetResourceGroup": "network", "vnetName": "hub", "subnetName": "clusters"`,
	} {
		out, _ := values(t, []byte(`{"name": "demo", "addons": {"cloud-controller-manager": {"enabled": true}}, "provider": {"azure": {`+options+`}}}`))
		bin := cloud(t, "none")
		for machine, want := range map[string]string{"worker": "", "controlplane-0": `{"cloud": "AzurePublicCloud", "resourceGroup": "demo", "securityGroupName": "demo", ` + network + `,
			"subscriptionId": "01234567-89ab-cdef-0123-456789abcdef", "location": "westeurope", "vmType": "vmss", "loadBalancerSku": "standard",
			"loadBalancerBackendPoolConfigurationType": "nodeIP", "disableOutboundSNAT": true, "useManagedIdentityExtension": true}`} {
			dir := t.TempDir()
			script := content(t, out, "machines/"+machine+"/opt/bin/provider-id")
			said, err := run(bin, dir, script)
			id, _ := os.ReadFile(filepath.Join(dir, "provider-id"))
			if want := "PROVIDER_ID=azure://" + about["resourceId"] + "\n"; err != nil || string(id) != want {
				t.Errorf("%s: %v, %q, expected %q: %s", machine, err, id, want, said)
			}
			config, _ := os.ReadFile(filepath.Join(dir, "cloud-config"))
			if diff := cmp.Diff(fields(t, want), fields(t, string(config))); diff != "" {
				t.Errorf("%s: -want +got:\n%s", machine, diff)
			}
			dir = t.TempDir()
			if _, err := run(bin, dir, strings.Replace(script, "resourceId", "none", 1)); err == nil {
				t.Errorf("%s: found no failure without an ID, expected one, so that the kubelet waits", machine)
			}
		}
	}
}

// fields reads a JSON object; nothing is none.
func fields(t *testing.T, text string) (v map[string]any) {
	t.Helper()
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// TestManifest has Kubernetes' own types read what the cloud-controller-manager
// is made of, and looks at what it reads and may do.
func TestManifest(t *testing.T) {
	out, _ := values(t, []byte(`{"name": "demo", "addons": {"cloud-controller-manager": {"enabled": true}}, "provider": {"azure": {}}}`))
	decoder := serializer.NewCodecFactory(clientscheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	var kinds []string
	for doc := range strings.SplitSeq(content(t, out, "addons/cloud-controller-manager.yaml"), "\n---\n") {
		object, kind, err := decoder.Decode([]byte(doc), nil, nil)
		if err != nil {
			t.Fatalf("%v:\n%s", err, doc)
		}
		kinds = append(kinds, kind.Kind)
		switch o := object.(type) {
		case *rbacv1.Role:
			if diff := cmp.Diff([]string{"aks-managed-resource-locker"}, o.Rules[0].ResourceNames); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		case *appsv1.DaemonSet:
			pod := o.Spec.Template.Spec
			volume, mount := pod.Volumes[0], pod.Containers[0].VolumeMounts[0]
			if volume.HostPath.Path != "/run/cloud-config" || mount.Name != volume.Name || !slices.Contains(pod.Containers[0].Args, "--cloud-config="+mount.MountPath) {
				t.Errorf("it reads not what provider-id writes: %+v, %+v, %q", volume, mount, pod.Containers[0].Args)
			}
			if !pod.HostNetwork {
				t.Error("without the host's network it gets no token")
			}
		}
	}
	if diff := cmp.Diff([]string{"Role", "RoleBinding", "DaemonSet"}, kinds); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
