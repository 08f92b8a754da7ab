package artifact

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/crypto/ssh"
)

// Keys are the suite's own: machines trust them, and no payload knows of them.
type Keys struct {
	// CA issues the certificates of the services. CAFile is its certificate.
	CA     tls.Certificate
	CAFile string
	// SSH logs in as root. SSHFile is its private key, for a person's ssh -i.
	SSH     ssh.Signer
	SSHFile string
	// Host is what machines show when one logs in.
	Host ssh.Signer

	hostFile string
}

// Keys makes them once.
func (b *Builder) Keys(ctx context.Context) (Keys, error) {
	dir, err := b.cached(ctx, "keys", "keys 1", func(dir string) error {
		if err := makeCA(dir); err != nil {
			return err
		}
		for _, name := range []string{"ssh", "host"} {
			if err := makeSSHKey(filepath.Join(dir, name)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Keys{}, err
	}
	k := Keys{
		CAFile: filepath.Join(dir, "ca.crt"), SSHFile: filepath.Join(dir, "ssh"), hostFile: filepath.Join(dir, "host"),
	}
	if k.CA, err = tls.LoadX509KeyPair(k.CAFile, filepath.Join(dir, "ca.key")); err != nil {
		return Keys{}, err
	}
	if k.SSH, err = readSSHKey(k.SSHFile); err != nil {
		return Keys{}, err
	}
	k.Host, err = readSSHKey(k.hostFile)
	return k, err
}

// inputs are what a disk depends on.
func (k Keys) inputs() []string {
	return []string{
		string(k.CA.Certificate[0]), string(k.SSH.PublicKey().Marshal()), string(k.Host.PublicKey().Marshal()),
	}
}

func makeCA(dir string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kube-anywhere e2e"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		// From long ago, for machines under test whose clock is wrong.
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Now().AddDate(10, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := writePEM(filepath.Join(dir, "ca.key"), &pem.Block{Type: "PRIVATE KEY", Bytes: private}, 0o600); err != nil {
		return err
	}
	return writePEM(filepath.Join(dir, "ca.crt"), &pem.Block{Type: "CERTIFICATE", Bytes: der}, 0o644)
}

func makeSSHKey(file string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	block, err := ssh.MarshalPrivateKey(key, "kube-anywhere e2e")
	if err != nil {
		return err
	}
	return writePEM(file, block, 0o600)
}

func writePEM(file string, block *pem.Block, mode os.FileMode) error {
	return os.WriteFile(file, pem.EncodeToMemory(block), mode)
}

func readSSHKey(file string) (ssh.Signer, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	key, err := ssh.ParsePrivateKey(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return key, nil
}
