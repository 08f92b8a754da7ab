package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/util/keyutil"
)

func mustIssue(t testing.TB, n Names, existing Files) *Bundle {
	t.Helper()
	b, problems := Issue(n, existing, now)
	for _, p := range problems {
		t.Errorf("%+v", p)
	}
	if b == nil {
		t.FailNow()
	}
	return b
}

func certificate(t testing.TB, b *Bundle, name string) *x509.Certificate {
	t.Helper()
	all, err := parseCertificates(b.Certificate(name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return all[0]
}

var usage = map[string]x509.ExtKeyUsage{"server": x509.ExtKeyUsageServerAuth, "client": x509.ExtKeyUsageClientAuth}

// Every leaf has to be accepted by the standard library for all that its Spec
// promises, and for nothing else.
func TestIssuedCertificates(t *testing.T) {
	n := names(3)
	b := mustIssue(t, n, nil)
	serials := map[string]bool{}
	for _, s := range Cluster(n) {
		if s.KeyOnly {
			continue
		}
		c := certificate(t, b, s.Name)
		if serials[c.SerialNumber.String()] || c.SerialNumber.Sign() <= 0 {
			t.Errorf("%s: serial %v is no new positive number", s.Name, c.SerialNumber)
		}
		serials[c.SerialNumber.String()] = true
		start := now.Add(-time.Hour).Truncate(time.Second)
		if !c.NotBefore.Equal(start) || !c.NotAfter.Equal(start.Add(s.Validity)) {
			t.Errorf("%s: valid from %v to %v", s.Name, c.NotBefore, c.NotAfter)
		}
		if s.CA {
			if !c.IsCA || !c.MaxPathLenZero || len(c.SubjectKeyId) != 8 || c.SubjectKeyId[0]>>4 != 4 {
				t.Errorf("%s: %+v", s.Name, c)
			}
			continue
		}
		if c.IsCA || c.SubjectKeyId != nil || !bytes.Equal(c.AuthorityKeyId, certificate(t, b, s.Issuer).SubjectKeyId) {
			t.Errorf("%s: CA %v, SKI %x, AKI %x", s.Name, c.IsCA, c.SubjectKeyId, c.AuthorityKeyId)
		}
		verify(t, b, s, c)
	}
}

func verify(t *testing.T, b *Bundle, s Spec, c *x509.Certificate) {
	t.Helper()
	for _, ca := range []string{"ca", "etcd/ca", "front-proxy-ca"} {
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(b.Certificate(ca))
		for name, u := range usage {
			_, err := c.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{u}})
			want := ca == s.Issuer && slices.Contains(s.usages(), name)
			if (err == nil) != want {
				t.Errorf("%s as %s under %s: %v, wanted success: %v", s.Name, name, ca, err, want)
			}
		}
	}
	for _, name := range s.DNSNames {
		if err := c.VerifyHostname(name); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
	for _, a := range s.Addresses {
		if err := c.VerifyHostname(net.IP(a.AsSlice()).String()); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
}

func TestEveryAlgorithm(t *testing.T) {
	for _, algorithm := range []string{"ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-4096"} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			n := names(1)
			n.Algorithm = algorithm
			b := mustIssue(t, n, nil)
			if again := mustIssue(t, n, b.New()); len(again.New()) > 0 {
				t.Errorf("made anew: %v", slices.Sorted(maps.Keys(again.New())))
			}
			for _, i := range b.List() {
				if i.Algorithm != algorithm {
					t.Errorf("%s is %s", i.Name, i.Algorithm)
				}
			}
			readByKubernetes(t, b)
			readByOpenSSL(t, n, b)
		})
	}
	n := names(1)
	n.Algorithm = "dsa"
	_, problems := Issue(n, nil, now)
	want := []Problem{{Message: `cannot make a key: algorithm "dsa" is none of ecdsa-p256, ecdsa-p384, rsa-2048, rsa-4096`}}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Error(diff)
	}
}

// The apiserver reads sa.key twice: to sign, and as a public key to verify.
func readByKubernetes(t *testing.T, b *Bundle) {
	t.Helper()
	private, err := keyutil.ParsePrivateKeyPEM(b.Key("sa"))
	if err != nil {
		t.Fatal(err)
	}
	public, err := keyutil.ParsePublicKeysPEM(b.Key("sa"))
	if err != nil || len(public) != 1 {
		t.Fatal(public, err)
	}
	switch private := private.(type) {
	case *ecdsa.PrivateKey:
		if !private.PublicKey.Equal(public[0]) {
			t.Error("sa.key is read as two different keys")
		}
	case *rsa.PrivateKey:
		if !private.PublicKey.Equal(public[0]) {
			t.Error("sa.key is read as two different keys")
		}
	default:
		t.Errorf("sa.key is a %T", private)
	}
}

// readByOpenSSL holds every certificate and key against a reader that is not
// Go, at its strictest.
func readByOpenSSL(t *testing.T, n Names, b *Bundle) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, b.New())
	purposes := map[string]string{"server": "sslserver", "client": "sslclient"}
	at := []string{"-attime", "1795262400"} // 2026-11-21T12:00:00Z
	for _, s := range Cluster(n) {
		path := filepath.Join(dir, s.Name)
		public := openssl(t, "pkey", "-in", path+".key", "-pubout")
		openssl(t, "pkey", "-in", path+".key", "-check", "-noout")
		if s.KeyOnly {
			continue
		}
		if public != openssl(t, "x509", "-in", path+".crt", "-noout", "-pubkey") {
			t.Errorf("%s: openssl derives another public key", s.Name)
		}
		ca := filepath.Join(dir, s.Issuer+".crt")
		if s.CA {
			ca = path + ".crt"
		}
		openssl(t, slices.Concat([]string{"verify", "-x509_strict", "-check_ss_sig", "-CAfile", ca}, at, []string{path + ".crt"})...)
		for _, u := range s.usages() {
			if purpose := purposes[u]; purpose != "" {
				openssl(t, slices.Concat([]string{"verify", "-x509_strict", "-purpose", purpose, "-CAfile", ca}, at, []string{path + ".crt"})...)
			}
		}
		text := openssl(t, "x509", "-in", path+".crt", "-noout", "-ext", "subjectAltName")
		for _, name := range s.DNSNames {
			if !strings.Contains(text, "DNS:"+name) {
				t.Errorf("%s: openssl finds no %s in %s", s.Name, name, text)
			}
		}
	}
}

func write(t *testing.T, dir string, files Files) {
	t.Helper()
	for file, text := range files {
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func openssl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("openssl", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("openssl %s: %v (Debian has it in the package openssl)\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestSecondIssueMakesNothing(t *testing.T) {
	n := names(3)
	first := mustIssue(t, n, nil)
	before := maps.Clone(first.New())
	second := mustIssue(t, n, first.New())
	if len(second.New()) > 0 {
		t.Errorf("made anew: %v", slices.Sorted(maps.Keys(second.New())))
	}
	for _, s := range Cluster(n) {
		if !bytes.Equal(first.Certificate(s.Name), second.Certificate(s.Name)) || !bytes.Equal(first.Key(s.Name), second.Key(s.Name)) {
			t.Errorf("%s is not used byte for byte", s.Name)
		}
	}
	if first.Token() != second.Token() || !bytes.Equal(first.EncryptionKey(), second.EncryptionKey()) {
		t.Error("the token or the encryption key is not used as it is")
	}
	if diff := cmp.Diff(before, first.New()); diff != "" {
		t.Errorf("Issue changed what it was given: %s", diff)
	}
	if diff := cmp.Diff(first.List(), second.List()); diff != "" {
		t.Error(diff)
	}
}

// Whatever leaf is deleted, that leaf alone is made anew.
func TestOneMissingLeaf(t *testing.T) {
	n := names(3)
	full := mustIssue(t, n, nil).New()
	for _, s := range Cluster(n) {
		if s.CA {
			continue
		}
		part := maps.Clone(full)
		delete(part, s.Name+".crt")
		delete(part, s.Name+".key")
		want := []string{s.Name + ".crt", s.Name + ".key"}
		if s.KeyOnly {
			want = want[1:]
		}
		if got := slices.Sorted(maps.Keys(mustIssue(t, n, part).New())); !slices.Equal(got, want) {
			t.Errorf("without %s, made %v", s.Name, got)
		}
	}
	for _, file := range []string{tokenFile, encryptionFile} {
		part := maps.Clone(full)
		delete(part, file)
		if got := slices.Sorted(maps.Keys(mustIssue(t, n, part).New())); !slices.Equal(got, []string{file}) {
			t.Errorf("without %s, made %v", file, got)
		}
	}
}

func TestLeafEndsWithItsCA(t *testing.T) {
	n := names(1)
	n.CAValidity = 100 * day
	b := mustIssue(t, n, nil)
	if got, ca := certificate(t, b, "admin").NotAfter, certificate(t, b, "ca").NotAfter; !got.Equal(ca) {
		t.Errorf("admin ends on %v, its CA on %v", got, ca)
	}
}

func TestReadListsAndMakesNothing(t *testing.T) {
	n := names(1)
	if list, problems := Read(n, nil); len(list)+len(problems) > 0 {
		t.Errorf("nothing is read as %v, %v", list, problems)
	}
	b := mustIssue(t, n, nil)
	delete(b.New(), "scheduler.crt")
	list, problems := Read(n, b.New())
	if len(list) != len(Cluster(n)) { // the key alone is listed too
		t.Errorf("%d entries in the list", len(list))
	}
	want := []Problem{{File: "scheduler.crt", Message: "is missing, while scheduler.key is here",
		Hint: "Put scheduler.crt back, or delete scheduler.key to have both made anew."}}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Error(diff)
	}
}
