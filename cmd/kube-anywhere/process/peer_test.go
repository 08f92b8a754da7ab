//go:build linux

package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// peerVersion is the Kubernetes whose kubeadm is compared with.
const peerVersion = "1.37.1"

const kubernetes = "k8s.io/kubernetes"

// kubeadm is the program to compare with: the one that the variable KUBEADM
// names, or one built from its Go module. The build takes minutes, so it is
// kept in the user's cache directory.
func kubeadm(b *testing.B) string {
	b.Helper()
	if program := os.Getenv("KUBEADM"); program != "" {
		return program
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		b.Fatal(err)
	}
	dir := filepath.Join(cache, "kube-anywhere-bench", "kubeadm-"+peerVersion)
	program := filepath.Join(dir, "kubeadm")
	if _, err := os.Stat(program); err == nil {
		return program
	} else if !errors.Is(err, fs.ErrNotExist) {
		b.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(peerModule(b, dir)), 0o644); err != nil {
		b.Fatal(err)
	}
	fmt.Fprintf(os.Stderr, "building kubeadm %s, once: this takes minutes\n", peerVersion)
	const version = "k8s.io/component-base/version"
	// Under another name first: an interrupted build must not be taken for one.
	inModule(b, dir, "build", "-trimpath", "-buildvcs=false", "-o", program+".new", "-ldflags",
		fmt.Sprintf("-s -w -X %s.gitVersion=v%s -X %[1]s.gitMajor=1 -X %[1]s.gitMinor=%[3]s",
			version, peerVersion, strings.Split(peerVersion, ".")[1]), kubernetes+"/cmd/kubeadm")
	if err := os.Rename(program+".new", program); err != nil {
		b.Fatal(err)
	}
	return program
}

// peerModule is a module that can build kubeadm. Kubernetes requires the
// modules of its staging directory as v0.0.0, and publishes them as v0.MINOR.PATCH.
func peerModule(b *testing.B, dir string) string {
	b.Helper()
	var downloaded struct{ GoMod string }
	decode(b, inModule(b, dir, "mod", "download", "-json", kubernetes+"@v"+peerVersion), &downloaded)
	var upstream struct {
		Go      string
		Require []struct{ Path, Version string }
	}
	decode(b, inModule(b, dir, "mod", "edit", "-json", downloaded.GoMod), &upstream)
	var mod strings.Builder
	fmt.Fprintf(&mod, "module peer\n\ngo %s\n\nrequire %s v%s\n", upstream.Go, kubernetes, peerVersion)
	for _, r := range upstream.Require {
		if r.Version == "v0.0.0" {
			fmt.Fprintf(&mod, "\nreplace %s => %[1]s v0%s", r.Path, strings.TrimPrefix(peerVersion, "1"))
		}
	}
	return mod.String() + "\n"
}

func decode(b *testing.B, text []byte, into any) {
	b.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		b.Fatal(err)
	}
}

// inModule runs the go command in the peer's own module, whatever the user's
// settings are for this one.
func inModule(b *testing.B, dir string, args ...string) []byte {
	b.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=mod", "GOWORK=off")
	out, err := cmd.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		b.Fatalf("%v: %v\n%s", cmd, err, failed.Stderr)
	} else if err != nil {
		b.Fatal(err)
	}
	return out
}

// peerConfig is a kubeadm config that makes the same kind of cluster: the
// address, the name and the versions are given, so that kubeadm neither looks
// at the host nor at the network.
func peerConfig(certificates string) string {
	return fmt.Sprintf(`apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: 10.0.0.10
nodeRegistration:
  name: controlplane-0
  criSocket: unix:///run/containerd/containerd.sock
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v%s
encryptionAlgorithm: ECDSA-P256
certificatesDir: %s
`, peerVersion, certificates)
}
