package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/crypto/ssh"

	"github.com/kube-anywhere/kube-anywhere/e2e/artifact"
	"github.com/kube-anywhere/kube-anywhere/e2e/cases"
	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
	"github.com/kube-anywhere/kube-anywhere/e2e/services"
)

// cniArchive is where the release's archive is; ours is served there.
const cniArchive = "github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz"

// assets is everything that cases need.
type assets struct {
	world    cases.World
	services services.Config
	qemu     artifact.QEMU
	key      ssh.Signer
	host     ssh.PublicKey
}

// prepare builds what is not there yet. The second time, inside, all of it is.
func prepare(ctx context.Context, o options) (*assets, error) {
	program, err := buildProgram(ctx, o)
	if err != nil {
		return nil, err
	}
	b, err := artifact.New(o.cache, func(format string, args ...any) {
		fmt.Fprintf(os.Stderr, format+"\n", args...)
	})
	if err != nil {
		return nil, err
	}
	refs, err := cases.Images(ctx, program)
	if err != nil {
		return nil, err
	}
	all, err := b.All(ctx, refs)
	if err != nil {
		return nil, err
	}
	programs, err := b.Programs(ctx)
	if err != nil {
		return nil, err
	}
	a := &assets{qemu: all.QEMU, key: all.Keys.SSH, host: all.Keys.Host.PublicKey()}
	a.services = services.Config{
		Address: lab.Gateway, CA: all.Keys.CA, Layout: all.Images, Files: map[string]string{cniArchive: all.CNI.File},
	}
	a.world = cases.World{
		Programs: cluster.Programs{KubeAnywhere: program, Kubectl: programs["kubectl"]},
		CNI:      cases.Download{URL: "https://" + cniArchive, SHA256: all.CNI.SHA256},
		Disks:    map[string]lab.Disk{},
	}
	for kind, d := range all.Disks {
		a.world.Disks[string(kind)] = lab.Disk(d)
	}
	return a, linkKey(o, all.Keys.SSHFile)
}

// linkKey puts the key of the suite's own door where "login" looks for it.
func linkKey(o options, key string) error {
	if lab.Inside() {
		return nil // done before
	}
	link := filepath.Join(o.cache, "ssh")
	os.Remove(link)
	return os.Symlink(key, link)
}

// buildProgram builds kube-anywhere from its source. Inside there may be no
// network to fetch modules from, and it is there.
func buildProgram(ctx context.Context, o options) (string, error) {
	program := filepath.Join(o.cache, "kube-anywhere")
	if lab.Inside() {
		return program, nil
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", program, "./cmd/kube-anywhere")
	cmd.Dir = o.source
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build kube-anywhere: %w: %s", err, out)
	}
	return program, nil
}
