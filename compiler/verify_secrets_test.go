package compiler_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/compiler"
)

// secrets is everything in a cluster that somebody must not see.
type secrets struct {
	keys   map[string]string // name in pki/, by fingerprint of the public key
	token  string
	others map[string]string // name by text
}

// secretsOf reads pki/ itself, not the compiler's idea of it.
func secretsOf(out *compiler.Output) (secrets, error) {
	s := secrets{keys: map[string]string{}, others: map[string]string{}}
	for name, content := range out.NewPKI {
		if base, ok := strings.CutSuffix(name, ".key"); ok {
			for _, fingerprint := range keysIn(content) {
				s.keys[fingerprint] = base
			}
		}
	}
	var token struct{ Token string }
	if err := json.Unmarshal(out.NewPKI["bootstrap-token"], &token); err != nil {
		return s, err
	}
	s.token = token.Token
	_, secret, _ := strings.Cut(token.Token, ".")
	s.others[secret] = "the token's secret"
	encryption := strings.TrimSpace(string(out.NewPKI["encryption-key"]))
	s.others[encryption] = "the encryption key"
	for _, c := range out.Cluster.Registry.Credentials {
		s.others[c.Password] = "a registry password"
		s.others[base64.StdEncoding.EncodeToString([]byte(c.Username+":"+c.Password))] = "a registry login"
	}
	for _, role := range out.Plan.Roles {
		for _, u := range role.OS.Users {
			if u.PasswordHash != "" {
				s.others[u.PasswordHash] = "a password's hash"
			}
		}
	}
	if len(s.keys) < 15 || len(s.token) != 23 || len(encryption) != 44 {
		return s, fmt.Errorf("%d keys, token %q, encryption key %q: pki/ is not what this test knows", len(s.keys), s.token, encryption)
	}
	return s, nil
}

var base64Text = regexp.MustCompile(`[A-Za-z0-9+/]{60,}={0,2}`)

// keysIn are the fingerprints of all private keys in a text, whether in PEM
// form or in PEM form in base64.
func keysIn(text []byte) []string {
	var all []string
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
			continue
		}
		all = append(all, fingerprint(block.Bytes))
	}
	for _, b64 := range base64Text.FindAll(text, -1) {
		if raw, err := base64.StdEncoding.DecodeString(string(b64)); err == nil && bytes.Contains(raw, []byte("-----BEGIN")) {
			all = append(all, keysIn(raw)...)
		}
	}
	return all
}

// fingerprint is the public key, or "unknown" where there is none to be read.
func fingerprint(der []byte) string {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		if ec, ecErr := x509.ParseECPrivateKey(der); ecErr == nil {
			key, err = ec, nil
		} else if rsa, rsaErr := x509.ParsePKCS1PrivateKey(der); rsaErr == nil {
			key, err = rsa, nil
		}
	}
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok {
		return "unknown"
	}
	public, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		return "unknown"
	}
	return string(public)
}

// never are the keys that belong on no machine.
var never = []string{"etcd/ca", "front-proxy-ca", "admin", "super-admin"}

var tokenShape = regexp.MustCompile(`\b[a-z0-9]{6}\.[a-z0-9]{16}\b`)

// TestSecretsOnMachines looks for keys and tokens in every machine's files.
func TestSecretsOnMachines(t *testing.T) {
	eachCase(t, func(t *testing.T, out *compiler.Output) {
		s, err := secretsOf(out)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range machines(out) {
			report(t, d.Role.Name, s.onMachine(d))
		}
	})
}

func (s secrets) onMachine(d delivered) []string {
	var problems []string
	wire := texts(d)
	for _, name := range slices.Sorted(maps.Keys(wire)) {
		text := wire[name]
		for _, fingerprint := range keysIn([]byte(text)) {
			problems = append(problems, s.misplacedKey(d, name, s.keys[fingerprint])...)
		}
		if strings.Contains(text, "PRIVATE KEY") && len(keysIn([]byte(text))) == 0 {
			problems = append(problems, name+" holds a private key that cannot be read")
		}
		if !d.ControlPlane {
			problems = append(problems, s.onWorker(name, text)...)
		}
	}
	return problems
}

func (s secrets) misplacedKey(d delivered, file, key string) []string {
	member, isMember := strings.CutPrefix(key, "members/")
	member, _, _ = strings.Cut(member, "/")
	switch {
	case key == "":
		return problemf("%s holds a key that is not in pki/", file)
	case slices.Contains(never, key):
		return problemf("%s holds the key of %s", file, key)
	case !d.ControlPlane:
		return problemf("%s: a worker holds the key of %s", file, key)
	case isMember && member != d.Role.Name:
		return problemf("%s holds %s, which is another machine's", file, key)
	}
	return nil
}

func (s secrets) onWorker(file, text string) []string {
	var problems []string
	if found := tokenShape.FindString(text); found != "" && (found != s.token || file != "/etc/kubernetes/bootstrap-kubelet.conf") {
		problems = append(problems, file+": a token")
	}
	for secret, name := range s.others {
		if strings.HasPrefix(name, "a registry") || strings.HasPrefix(name, "a password") || name == "the token's secret" && file == "/etc/kubernetes/bootstrap-kubelet.conf" {
			continue // workers pull images, and join
		}
		if strings.Contains(text, secret) {
			problems = append(problems, file+": "+name)
		}
	}
	return problems
}

// TestSecretsInOutput looks at the modes of the output tree, and for secrets in
// what people pass around.
func TestSecretsInOutput(t *testing.T) {
	eachCase(t, func(t *testing.T, out *compiler.Output) {
		s, err := secretsOf(out)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range out.Files {
			report(t, f.Path, s.inOutput(f))
		}
	})
}

// passedAround are files that go into tickets and mails.
var passedAround = []string{"report.json", "README.md", "pki.txt", ".gitignore"}

func (s secrets) inOutput(f compiler.File) []string {
	content := bytes.Join(f.Chunks, nil)
	found := len(keysIn(content)) > 0
	for secret := range s.others {
		found = found || bytes.Contains(content, []byte(secret))
	}
	switch {
	case found && slices.Contains(passedAround, f.Path):
		return problemf("holds a secret")
	case (found || strings.HasPrefix(f.Path, "payloads/")) && f.Mode != 0o600:
		return problemf("holds a secret and has mode %o", f.Mode)
	}
	return nil
}

// TestSecretChecksFail puts secrets where they do not belong.
func TestSecretChecksFail(t *testing.T) {
	t.Parallel()
	out := named(t, "mixed")
	s, err := secretsOf(out)
	if err != nil {
		t.Fatal(err)
	}
	put := func(d delivered, text string) []string {
		d.file("/etc/kubernetes/kubelet.yaml").Content = []byte(text)
		return s.onMachine(d)
	}
	key := func(name string) string { return string(out.NewPKI[name+".key"]) }
	inBase64 := base64.StdEncoding.EncodeToString([]byte(key("admin")))
	wantProblem(t, put(controlPlane(t, out), key("etcd/ca")), "holds the key of etcd/ca")
	wantProblem(t, put(controlPlane(t, out), "client-key-data: "+inBase64), "holds the key of admin")
	wantProblem(t, put(controlPlane(t, out), string(plain(t).NewPKI["sa.key"])), "not in pki/")
	wantProblem(t, put(worker(t, out), key("sa")), "a worker holds the key of sa")
	wantProblem(t, put(worker(t, out), "token: "+s.token), "a token")
	wantProblem(t, put(worker(t, out), "x: "+strings.TrimSpace(string(out.NewPKI["encryption-key"]))), "the encryption key")
	other := controlPlane(t, out)
	other.Role.Name = "controlplane-1"
	wantProblem(t, s.onMachine(other), "which is another machine's")
	file := compiler.File{Path: "README.md", Mode: 0o600, Chunks: [][]byte{[]byte(s.token)}}
	wantProblem(t, s.inOutput(file), "holds a secret")
	file = compiler.File{Path: "kubeconfig", Mode: 0o640, Chunks: [][]byte{[]byte("key: " + inBase64)}}
	wantProblem(t, s.inOutput(file), "mode 640")
}
