package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"testing"
)

// workshop is a valid pki/ of one member, and the means to damage it.
type workshop struct {
	t     *testing.T
	n     Names
	b     *Bundle
	files Files
}

func newWorkshop(t *testing.T) *workshop {
	b := mustIssue(t, names(1), nil)
	return &workshop{t, names(1), b, maps.Clone(b.New())}
}

// replace makes an entry's certificate anew, with a difference.
func (w *workshop) replace(name string, change func(*x509.Certificate)) {
	w.replaceKey(name, w.b.byName[name].key, change)
}

func (w *workshop) replaceKey(name string, key crypto.Signer, change func(*x509.Certificate)) {
	w.t.Helper()
	e := w.b.byName[name]
	template, err := e.template(now)
	if err != nil {
		w.t.Fatal(err)
	}
	if change != nil {
		change(template)
	}
	parent, signer := template, key
	if !e.CA {
		parent, signer = w.b.byName[e.Issuer].certs[0], w.b.byName[e.Issuer].key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		w.t.Fatal(err)
	}
	w.files[name+".crt"] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	w.files[name+".key"] = w.pkcs8(key)
}

func (w *workshop) pkcs8(key any) []byte {
	w.t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		w.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func (w *workshop) remove(files ...string) {
	for _, f := range files {
		delete(w.files, f)
	}
}

func ecKey(curve elliptic.Curve) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}
