package certs

import (
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"maps"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	remakeScheduler = "Put the right file back, or delete scheduler.crt and scheduler.key to have them made anew."
	remakeAPIServer = "Put the right file back, or delete members/controlplane-0/apiserver.crt and members/controlplane-0/apiserver.key to have them made anew."
	remakeFrontCA   = "Put the right file back. To replace this CA, delete front-proxy-ca.crt, front-proxy-ca.key and every certificate that it signed."
	remakeSA        = "Put the right file back, or delete sa.key to have it made anew."
	freshToken      = "Delete pki/bootstrap-token and compile again to mint a new one."
	rightToken      = "Put the right file back, or delete it and compile again to mint a new token."
	rightSecret     = "Put the right file back: without it no secret in etcd can be read. Delete it only if the cluster does not run yet."
	noCAKey         = "is not here, so the cluster cannot sign what kubelets ask for: workers will not join by themselves"
	noCAKeyHint     = "Put ca.key into pki/, or run a signer for kubernetes.io/kube-apiserver-client-kubelet and kubernetes.io/kubelet-serving."
)

var problemTests = []struct {
	name   string
	damage func(*workshop)
	want   []Problem
}{
	{"no PEM", func(w *workshop) { w.files["scheduler.crt"] = []byte("hello") },
		[]Problem{{File: "scheduler.crt", Message: "holds no certificate in PEM form", Hint: remakeScheduler}}},
	{"empty file", func(w *workshop) { w.files["scheduler.key"] = []byte{} },
		[]Problem{{File: "scheduler.key", Message: "holds no private key in PEM form", Hint: remakeScheduler}}},
	{"damaged certificate", func(w *workshop) {
		w.files["scheduler.crt"] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})
	}, []Problem{{File: "scheduler.crt", Message: "holds a certificate that does not parse: x509: malformed certificate", Hint: remakeScheduler}}},
	{"damaged key", func(w *workshop) {
		w.files["scheduler.key"] = pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: []byte("x")})
	}, []Problem{{File: "scheduler.key", Message: "holds a damaged private key, or one that is no \"RSA PRIVATE KEY\"", Hint: remakeScheduler}}},
	{"encrypted key", func(w *workshop) {
		w.files["scheduler.key"] = pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")})
	}, []Problem{{File: "scheduler.key", Message: "is encrypted, and machines could not read it", Hint: remakeScheduler}}},
	{"key of another certificate", func(w *workshop) { w.files["scheduler.key"] = w.files["admin.key"] },
		[]Problem{{File: "scheduler.key", Message: "does not match the certificate in scheduler.crt", Hint: remakeScheduler}}},
	{"certificate without key", func(w *workshop) { w.remove("scheduler.key") },
		[]Problem{{File: "scheduler.key", Message: "is missing, while scheduler.crt is here",
			Hint: "Put scheduler.key back, or delete scheduler.crt to have both made anew."}}},
	{"CA key without certificate", func(w *workshop) { w.remove("front-proxy-ca.crt") },
		[]Problem{{File: "front-proxy-ca.crt", Message: "is missing, while front-proxy-ca.key is here",
			Hint: "Put front-proxy-ca.crt back, or delete front-proxy-ca.key to have both made anew."}}},
	{"CA replaced", func(w *workshop) {
		other := newWorkshop(w.t)
		w.files["front-proxy-ca.crt"], w.files["front-proxy-ca.key"] = other.files["front-proxy-ca.crt"], other.files["front-proxy-ca.key"]
	}, []Problem{{File: "front-proxy-client.crt", Message: "is not signed by the CA in front-proxy-ca.crt",
		Hint: "Put the right file back, or delete front-proxy-client.crt and front-proxy-client.key to have them made anew."}}},
	{"forged signature", func(w *workshop) {
		forger := ecKey(elliptic.P256())
		w.b.byName["ca"].key = forger
		w.b.byName["ca"].certs[0].PublicKey = nil
		w.replace("scheduler", nil)
	}, []Problem{{File: "scheduler.crt", Message: "is not signed by the CA in ca.crt", Hint: remakeScheduler}}},
	{"CA gone", func(w *workshop) { w.remove("front-proxy-ca.crt", "front-proxy-ca.key") },
		[]Problem{{File: "front-proxy-ca.crt", Message: "is missing, while certificates that it signed are here: front-proxy-client.crt",
			Hint: "Put front-proxy-ca.crt and front-proxy-ca.key back, or delete those certificates and their keys too."}}},
	{"wrong subject", func(w *workshop) {
		w.replace("scheduler", func(c *x509.Certificate) {
			c.Subject = pkix.Name{CommonName: "scheduler", Organization: []string{"system:masters"}}
		})
	}, []Problem{{File: "scheduler.crt", Message: `has the subject "CN=scheduler, O=system:masters", expected "CN=system:kube-scheduler"`, Hint: remakeScheduler}}},
	{"wrong names", func(w *workshop) {
		w.replace("members/controlplane-0/apiserver", func(c *x509.Certificate) {
			c.DNSNames = append(c.DNSNames[1:], "old.example.com")
			c.IPAddresses = append(c.IPAddresses[1:], net.ParseIP("10.9.9.9"))
		})
	}, []Problem{
		{File: "members/controlplane-0/apiserver.crt", Message: "has names that the config does not give it: old.example.com, 10.9.9.9", Hint: remakeAPIServer},
		{File: "members/controlplane-0/apiserver.crt", Message: "lacks the names api.example.com, 10.0.0.10", Hint: remakeAPIServer},
	}},
	{"names on a client", func(w *workshop) {
		w.replace("scheduler", func(c *x509.Certificate) { c.EmailAddresses = []string{"me@example.com"} })
	}, []Problem{{File: "scheduler.crt", Message: "has names that the config does not give it: me@example.com", Hint: remakeScheduler}}},
	{"wrong usages", func(w *workshop) {
		w.replace("scheduler", func(c *x509.Certificate) {
			c.ExtKeyUsage, c.KeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, x509.KeyUsageDataEncipherment
		})
	}, []Problem{
		{File: "scheduler.crt", Message: "lacks the key usage digital signature", Hint: remakeScheduler},
		{File: "scheduler.crt", Message: "lacks the usages client auth", Hint: remakeScheduler},
	}},
	{"leaf that is a CA", func(w *workshop) {
		w.replace("scheduler", func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true })
	}, []Problem{{File: "scheduler.crt", Message: "is the certificate of a CA, expected a leaf", Hint: remakeScheduler}}},
	{"expired", func(w *workshop) {
		w.replace("scheduler", func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Hour) })
	}, []Problem{{File: "scheduler.crt", Message: "expired on 2026-11-21T11:00:00Z", Hint: remakeScheduler}}},
	{"not yet valid", func(w *workshop) {
		w.replace("scheduler", func(c *x509.Certificate) { c.NotBefore = now.Add(time.Hour) })
	}, []Problem{{File: "scheduler.crt", Message: "is not valid before 2026-11-21T13:00:00Z", Hint: remakeScheduler}}},
	{"expires soon", func(w *workshop) {
		w.replace("scheduler", func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = now.Add(-200*day), now.Add(12*day+time.Hour)
		})
	}, []Problem{{File: "scheduler.crt", Message: "expires on 2026-12-03T13:00:00Z, in 12 days", Hint: remakeScheduler, Warning: true}}},
	{"short but fresh", func(w *workshop) {
		w.replace("scheduler", func(c *x509.Certificate) { c.NotAfter = now.Add(7 * day) })
	}, nil},
	{"CA that is a leaf", func(w *workshop) {
		w.replace("front-proxy-ca", func(c *x509.Certificate) { c.IsCA, c.MaxPathLenZero = false, false })
	}, []Problem{{File: "front-proxy-ca.crt", Message: "is not the certificate of a CA: CN=front-proxy-ca", Hint: remakeFrontCA}}},
	{"CA that may not sign", func(w *workshop) {
		w.replace("front-proxy-ca", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature })
	}, []Problem{{File: "front-proxy-ca.crt", Message: "lacks the key usage cert sign", Hint: remakeFrontCA}}},
	{"CA for other names", func(w *workshop) {
		w.replace("ca", func(c *x509.Certificate) {
			c.PermittedDNSDomains, c.SubjectKeyId = []string{"example.com"}, w.b.byName["ca"].certs[0].SubjectKeyId
		})
	}, []Problem{{File: "members/controlplane-0/apiserver.crt",
		Message: `is not what the CA in ca.crt may sign: x509: a root or intermediate certificate is not authorized to sign for this name: DNS name "controlplane-0" is not permitted by any constraint`,
		Hint:    remakeAPIServer}}},
	{"weak RSA key", func(w *workshop) {
		w.t.Setenv("GODEBUG", "rsa1024min=0")
		key, err := rsa.GenerateKey(rand.Reader, 1024)
		if err != nil {
			w.t.Fatal(err)
		}
		w.replaceKey("scheduler", key, nil)
	}, []Problem{{File: "scheduler.crt", Message: "has an RSA key of 1024 bits, which is too weak: at least 2048 are needed", Hint: remakeScheduler}}},
	{"weak EC key", func(w *workshop) { w.replaceKey("scheduler", ecKey(elliptic.P224()), nil) },
		[]Problem{{File: "scheduler.crt", Message: "has a ecdsa-p224 key, which is too weak: at least ecdsa-p256 is needed", Hint: remakeScheduler}}},
	{"one CA for all", func(w *workshop) {
		for _, name := range []string{"etcd/ca", "front-proxy-ca"} {
			w.files[name+".crt"], w.files[name+".key"] = w.files["ca.crt"], w.files["ca.key"]
		}
		for _, name := range []string{"apiserver-etcd-client", "front-proxy-client", "members/controlplane-0/etcd/server",
			"members/controlplane-0/etcd/peer", "members/controlplane-0/etcd/healthcheck-client"} {
			w.remove(name+".crt", name+".key")
		}
	}, []Problem{
		{File: "etcd/ca.crt", Message: "has the same key as ca.crt: whoever that CA signs for would be trusted here too", Hint: "Bring another CA, or delete etcd/ca.crt and etcd/ca.key to have one made."},
		{File: "front-proxy-ca.crt", Message: "has the same key as ca.crt: whoever that CA signs for would be trusted here too", Hint: "Bring another CA, or delete front-proxy-ca.crt and front-proxy-ca.key to have one made."},
	}},
	{"PKCS#8 service-account key", func(w *workshop) { w.files["sa.key"] = w.pkcs8(w.b.byName["sa"].key) },
		[]Problem{{File: "sa.key", Message: "is an EC key in PKCS#8 form, which the apiserver does not read as --service-account-key-file",
			Hint: "Rewrite it: openssl ec -in sa.key -out sa.key"}}},
	{"Ed25519 service-account key", func(w *workshop) {
		_, key, _ := ed25519.GenerateKey(rand.Reader)
		w.files["sa.key"] = w.pkcs8(key)
	}, []Problem{{File: "sa.key", Message: "is an Ed25519 key, which cannot sign service-account tokens", Hint: remakeSA}}},
	{"leftover member", func(w *workshop) {
		for _, f := range []string{"apiserver.crt", "apiserver.key"} {
			w.files["members/controlplane-1/"+f] = w.files["members/controlplane-0/"+f]
		}
		w.files["members/.gitkeep"] = nil
	}, []Problem{{File: "members/controlplane-1", Message: "belongs to no control-plane machine of this cluster", Hint: "Delete the directory if the machine is gone for good.", Warning: true}}},
	{"key-less CA, all leaves", func(w *workshop) { w.remove("etcd/ca.key", "front-proxy-ca.key") }, nil},
	{"key-less cluster CA, all leaves", func(w *workshop) { w.remove("ca.key") },
		[]Problem{{File: "ca.key", Message: noCAKey, Hint: noCAKeyHint, Warning: true}}},
	{"key-less CA, leaves missing", func(w *workshop) {
		w.remove("etcd/ca.key", "apiserver-etcd-client.crt", "apiserver-etcd-client.key",
			"members/controlplane-0/etcd/peer.crt", "members/controlplane-0/etcd/peer.key")
	}, []Problem{
		{File: "apiserver-etcd-client.crt", Message: "is missing, and etcd/ca.key is not here to sign it",
			Hint: "Put etcd/ca.key into pki/, or have the owner of that CA sign apiserver-etcd-client.crt and put it there with apiserver-etcd-client.key: subject CN=kube-apiserver; usages digital signature, client auth"},
		{File: "members/controlplane-0/etcd/peer.crt", Message: "is missing, and etcd/ca.key is not here to sign it",
			Hint: "Put etcd/ca.key into pki/, or have the owner of that CA sign members/controlplane-0/etcd/peer.crt and put it there with members/controlplane-0/etcd/peer.key: subject CN=controlplane-0; usages digital signature, server auth, client auth; SANs DNS:controlplane-0, DNS:localhost, IP:10.0.0.10, IP:127.0.0.1"},
	}},
	{"token expired", func(w *workshop) {
		w.files[tokenFile] = Token{"abcdef", "0123456789abcdef", now.Add(-time.Hour)}.encode()
	}, []Problem{{File: "bootstrap-token", Message: "expired on 2026-11-21T11:00:00Z; no worker can join with it", Hint: freshToken, Warning: true}}},
	{"token expires soon", func(w *workshop) {
		w.files[tokenFile] = Token{"abcdef", "0123456789abcdef", now.Add(31 * time.Minute)}.encode()
	}, []Problem{{File: "bootstrap-token", Message: "expires in 30 minutes", Hint: freshToken, Warning: true}}},
	{"token no JSON", func(w *workshop) { w.files[tokenFile] = []byte("abcdef") },
		[]Problem{{File: "bootstrap-token", Message: "is not JSON: invalid character 'a' looking for beginning of value", Hint: rightToken}}},
	{"token malformed", func(w *workshop) { w.files[tokenFile] = []byte(`{"token":"ABCDEF.0123456789abcdef"}`) },
		[]Problem{{File: "bootstrap-token", Message: "holds no token of the form [a-z0-9]{6}.[a-z0-9]{16}", Hint: rightToken}}},
	{"token without expiry", func(w *workshop) {
		w.files[tokenFile] = []byte(`{"token":"abcdef.0123456789abcdef","expires":"never"}`)
	},
		[]Problem{{File: "bootstrap-token", Message: `holds an expiry of "never", expected the form "2026-01-31T12:00:00Z"`, Hint: rightToken}}},
	{"encryption key too short", func(w *workshop) { w.files[encryptionFile] = []byte("c2hvcnQ=\n") },
		[]Problem{{File: "encryption-key", Message: "is not 32 bytes in base64", Hint: rightSecret}}},
	{"several at once, sorted", func(w *workshop) {
		w.remove("scheduler.key")
		w.files["admin.crt"], w.files[encryptionFile] = nil, nil
		w.files["ca.txt"] = []byte("not ours")
	}, []Problem{
		{File: "admin.crt", Message: "holds no certificate in PEM form", Hint: strings.ReplaceAll(remakeScheduler, "scheduler", "admin")},
		{File: "encryption-key", Message: "is not 32 bytes in base64", Hint: rightSecret},
		{File: "scheduler.key", Message: "is missing, while scheduler.crt is here", Hint: "Put scheduler.key back, or delete scheduler.crt to have both made anew."},
	}},
}

func TestProblems(t *testing.T) {
	for _, test := range problemTests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorkshop(t)
			test.damage(w)
			b, problems := Issue(w.n, w.files, now)
			if diff := cmp.Diff(test.want, problems); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if (b == nil) != hasErrors(test.want) {
				t.Errorf("bundle is %v", b)
			}
			if b != nil && len(b.New()) > 0 {
				t.Errorf("made %v", maps.Keys(b.New()))
			}
		})
	}
}

// While one CA takes the place of another, ca.crt holds both, and leaves of
// either are right.
func TestTwoCertificatesInOneCA(t *testing.T) {
	old, fresh := newWorkshop(t), newWorkshop(t)
	fresh.files["ca.crt"] = append(fresh.files["ca.crt"], old.files["ca.crt"]...)
	fresh.files["admin.crt"], fresh.files["admin.key"] = old.files["admin.crt"], old.files["admin.key"]
	if b := mustIssue(t, fresh.n, fresh.files); len(b.New()) > 0 {
		t.Errorf("made %v", b.New())
	}
}

// A user's CA may have any subject, and no identifier of its key.
func TestForeignAuthority(t *testing.T) {
	key := ecKey(elliptic.P384())
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{Country: []string{"DE"}, CommonName: "ACME root"},
		NotBefore: now.Add(-day), NotAfter: now.Add(3000 * day), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	w := &workshop{t: t}
	own := Files{"ca.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), "ca.key": w.pkcs8(key)}
	b := mustIssue(t, names(1), own)
	if b.New()["ca.crt"] != nil || b.New()["admin.crt"] == nil {
		t.Error("the CA was made anew, or nothing was signed with it")
	}
	all := maps.Clone(own)
	maps.Copy(all, b.New())
	if again := mustIssue(t, names(1), all); len(again.New()) > 0 {
		t.Errorf("made %v", again.New())
	}
	for _, s := range Cluster(names(1)) {
		if s.Issuer == "ca" {
			verify(t, b, s, certificate(t, b, s.Name))
		}
	}
}
