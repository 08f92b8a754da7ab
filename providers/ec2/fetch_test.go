package ec2

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
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

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// These servers stand in for EC2's metadata service and for S3, which cannot be
// here. They refuse what the real ones refuse: a request without the session's
// token, and one whose signature the SDK would not have made.

var keys = sdk.Credentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "s3cr+t/Key=", SessionToken: "Session+Token/=="}

const object = "controlplane-0-0123456789ab"

// metadata is the service at 169.254.169.254.
func metadata(w http.ResponseWriter, r *http.Request) {
	const credentials = "/latest/meta-data/iam/security-credentials/"
	switch {
	case r.Method == http.MethodPut && r.URL.Path == "/latest/api/token" && r.Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds") != "":
		fmt.Fprint(w, "imds-token")
	case r.Header.Get("X-Aws-Ec2-Metadata-Token") != "imds-token":
		http.Error(w, "no token", http.StatusUnauthorized)
	case r.URL.Path == credentials:
		fmt.Fprint(w, "demo-control-plane")
	case r.URL.Path == credentials+"demo-control-plane":
		fmt.Fprintf(w, "{\n  \"Code\" : \"Success\",\n  \"AccessKeyId\" : %q,\n  \"SecretAccessKey\" : %q,\n  \"Token\" : %q\n}",
			keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken)
	default:
		http.NotFound(w, r)
	}
}

// store is the bucket demo-0123 in eu-central-1, which holds one object.
func store(w http.ResponseWriter, r *http.Request) {
	if err := verify(r); err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	if r.URL.Path != "/"+object {
		http.NotFound(w, r)
		return
	}
	fmt.Fprint(w, "the payload")
}

// verify makes the signature anew and compares.
func verify(r *http.Request) error {
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		return err
	}
	again := &http.Request{Method: r.Method, URL: r.URL, Host: r.Host, Header: http.Header{}}
	_, signed, _ := strings.Cut(r.Header.Get("Authorization"), "SignedHeaders=")
	signed, _, _ = strings.Cut(signed, ",")
	for name := range strings.SplitSeq(signed, ";") {
		if name != "host" {
			again.Header.Set(name, r.Header.Get(name))
		}
	}
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	if err := v4.NewSigner().SignHTTP(r.Context(), keys, again, empty, "s3", "eu-central-1", at); err != nil {
		return err
	}
	if want, got := again.Header.Get("Authorization"), r.Header.Get("Authorization"); got != want {
		return fmt.Errorf("found %s, expected %s", got, want)
	}
	for _, needed := range []string{"x-amz-content-sha256", "x-amz-date", "x-amz-security-token"} {
		if !slices.Contains(strings.Split(signed, ";"), needed) {
			return fmt.Errorf("%s is not among the signed headers %s", needed, signed)
		}
	}
	return nil
}

// cloud starts both, and gives a directory with a curl in it that is the real
// one, but goes to them.
func cloud(t *testing.T, host string) (bin string) {
	t.Helper()
	imds := httptest.NewServer(http.HandlerFunc(metadata))
	t.Cleanup(imds.Close)
	s3 := httptest.NewUnstartedServer(http.HandlerFunc(store))
	cert, authority := certificate(t, host)
	s3.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	s3.StartTLS()
	t.Cleanup(s3.Close)

	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Fatal(err)
	}
	bin = t.TempDir()
	trusted := filepath.Join(bin, "ca.crt")
	script := fmt.Sprintf("#!/bin/sh\nexec %s --cacert %s --connect-to 169.254.169.254:80:%s --connect-to %s:443:%s \"$@\"\n",
		curl, trusted, imds.Listener.Addr(), host, s3.Listener.Addr())
	for name, text := range map[string]string{trusted: authority, filepath.Join(bin, "curl"): script} {
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
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

// TestFetch runs the shell that a machine runs, as it is in the payload.
func TestFetch(t *testing.T) {
	p := plan.Plan{Name: "demo", Provider: plan.Provider{Name: "aws", Options: schema.Options{"region": "eu-central-1"}}}
	how := Store(p, "demo-0123").Fetch
	bin := cloud(t, "demo-0123.s3.eu-central-1.amazonaws.com")
	for _, c := range []struct{ object, how, want string }{
		{object, how, "the payload"},
		{"none-0123456789ab", how, ""},
		{object, strings.Replace(how, `"$(value AccessKeyId)`, `"$(value Code)`, 1), ""},
		{object, strings.Replace(how, "x-amz-security-token", "x-amz-security", 1), ""},
		{object, strings.Replace(how, "X-aws-ec2-metadata-token:", "X-none:", 1), ""},
	} {
		file := filepath.Join(t.TempDir(), "payload")
		cmd := exec.Command("bash", "-c", "fetch() {\n"+c.how+"}\nfetch "+c.object+" "+file)
		cmd.Env = []string{"PATH=" + bin + ":/usr/bin:/bin"}
		said, err := cmd.CombinedOutput()
		got, _ := os.ReadFile(file)
		if (err == nil) != (c.want != "") || string(got) != c.want {
			t.Errorf("%s: %v, %q, expected %q: %s\n%s", c.object, err, got, c.want, said, c.how)
		}
	}
}
