package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/cloudflare/cfssl/csr"
)

// keyRequest is cfssl's form of an algorithm in the config.
func keyRequest(algorithm string) (*csr.KeyRequest, error) {
	switch algorithm {
	case "ecdsa-p256":
		return &csr.KeyRequest{A: "ecdsa", S: 256}, nil
	case "ecdsa-p384":
		return &csr.KeyRequest{A: "ecdsa", S: 384}, nil
	case "rsa-2048":
		return &csr.KeyRequest{A: "rsa", S: 2048}, nil
	case "rsa-4096":
		return &csr.KeyRequest{A: "rsa", S: 4096}, nil
	}
	return nil, fmt.Errorf("algorithm %q is none of ecdsa-p256, ecdsa-p384, rsa-2048, rsa-4096", algorithm)
}

func newKey(algorithm string) (crypto.Signer, error) {
	req, err := keyRequest(algorithm)
	if err != nil {
		return nil, err
	}
	key, err := req.Generate()
	if err != nil {
		return nil, err
	}
	return key.(crypto.Signer), nil // both kinds of key are
}

// sec1 is an EC private key (RFC 5915) without its optional public key, which
// every reader derives. That leaves out 68 bytes that do not compress.
type sec1 struct {
	Version    int
	PrivateKey []byte
	Curve      asn1.ObjectIdentifier `asn1:"explicit,tag:0"`
}

var curves = map[string]asn1.ObjectIdentifier{ // RFC 5480, 2.1.1.1
	"P-256": {1, 2, 840, 10045, 3, 1, 7},
	"P-384": {1, 3, 132, 0, 34},
}

// encodeKey writes RSA keys as PKCS#1 and EC keys as SEC 1, the forms that the
// apiserver reads for service accounts as a private and as a public key alike.
func encodeKey(key crypto.Signer) ([]byte, error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}), nil
	case *ecdsa.PrivateKey:
		secret, err := key.Bytes()
		if err != nil {
			return nil, err
		}
		der, err := asn1.Marshal(sec1{1, secret, curves[key.Params().Name]})
		if err != nil {
			return nil, err
		}
		return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), nil
	}
	return nil, fmt.Errorf("no form for a key of type %T", key)
}

// parseKey reads the first private key of a PEM file, in any unencrypted form.
// It returns the type of its PEM block too.
func parseKey(text []byte) (key crypto.Signer, form string, err error) {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return nil, "", errors.New("holds no private key in PEM form")
		}
		if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
			return nil, "", errors.New("is encrypted, and machines could not read it")
		}
		var parsed any
		switch block.Type {
		case "EC PRIVATE KEY":
			parsed, err = x509.ParseECPrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "PRIVATE KEY":
			parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		default: // such as EC PARAMETERS
			continue
		}
		if err != nil {
			// The cause would speak of ASN.1 tags, or of Go functions.
			return nil, "", fmt.Errorf("holds a damaged private key, or one that is no %q", block.Type)
		}
		signer, ok := parsed.(crypto.Signer)
		if !ok {
			return nil, "", fmt.Errorf("holds a key of type %T, which cannot sign", parsed)
		}
		return signer, block.Type, nil
	}
}

// parseCertificates reads every certificate of a PEM file, of which there is
// at least one.
func parseCertificates(text []byte) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("holds a certificate that does not parse: %w", err)
		}
		all = append(all, cert)
	}
	if len(all) == 0 {
		return nil, errors.New("holds no certificate in PEM form")
	}
	return all, nil
}

// algorithmOf names a public key as the config does.
func algorithmOf(public crypto.PublicKey) string {
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		return "ecdsa-" + strings.ToLower(strings.ReplaceAll(key.Params().Name, "-", ""))
	case *rsa.PublicKey:
		return fmt.Sprintf("rsa-%d", key.N.BitLen())
	case ed25519.PublicKey:
		return "ed25519"
	}
	return "unknown"
}

// weakness says what is wrong with a public key, or nothing.
func weakness(public crypto.PublicKey) string {
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		if key.Params().BitSize < 256 {
			return fmt.Sprintf("has a %s key, which is too weak: at least ecdsa-p256 is needed", algorithmOf(key))
		}
	case *rsa.PublicKey:
		if key.N.BitLen() < 2048 {
			return fmt.Sprintf("has an RSA key of %d bits, which is too weak: at least 2048 are needed", key.N.BitLen())
		}
	case ed25519.PublicKey:
	default:
		return "has a key of a kind that Kubernetes does not use: ECDSA or RSA is needed"
	}
	return ""
}

// publicKeyBits is the key itself out of a SubjectPublicKeyInfo.
func publicKeyBits(der []byte) ([]byte, error) {
	var info struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	_, err := asn1.Unmarshal(der, &info)
	return info.Key.Bytes, err
}
