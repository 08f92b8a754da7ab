package artifact

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// QEMU is the emulator.
type QEMU struct {
	Program string
	// Firmware are directories with its files, for -L: it looks in its own before.
	Firmware []string
}

// goodQEMU is the major version since which the emulation of AES and SHA-256,
// which pulling images and TLS wait for, is several times as fast as in 7.2.
const goodQEMU = 10

// QEMU is the installed one, or a newer one from the backports of this machine's
// Debian if that is old. The newer one is not installed, only unpacked.
func (b *Builder) QEMU(ctx context.Context) (QEMU, error) {
	installed := QEMU{Program: "qemu-system-x86_64"}
	version, err := installed.version(ctx)
	if err != nil {
		return QEMU{}, err
	}
	if version >= goodQEMU {
		return installed, nil
	}
	newer, err := b.backportedQEMU(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return QEMU{}, err
		}
		b.log("QEMU %d is installed, which emulates slowly; a newer one is not to be had: %v", version, err)
		return installed, nil
	}
	return newer, nil
}

// version is the major version.
func (q QEMU) version(ctx context.Context) (int, error) {
	out, err := command{}.run(ctx, q.Program, "--version")
	if err != nil {
		return 0, err
	}
	m := regexp.MustCompile(`version (\d+)\.`).FindStringSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("%s --version: no version in %q", q.Program, out)
	}
	return strconv.Atoi(m[1])
}

var qemuPackages = []string{"qemu-system-x86", "qemu-system-common", "qemu-system-data"}

func (b *Builder) backportedQEMU(ctx context.Context) (QEMU, error) {
	suite, err := backportsSuite()
	if err != nil {
		return QEMU{}, err
	}
	dir, err := b.cached(ctx, "qemu", []any{suite, qemuPackages, "qemu 1"}, func(dir string) error {
		if err := unpackPackages(ctx, dir, suite, qemuPackages); err != nil {
			return err
		}
		version, err := unpackedQEMU(dir).version(ctx)
		if err == nil && version < goodQEMU {
			err = fmt.Errorf("%s has QEMU %d, expected %d", suite, version, goodQEMU)
		}
		return err
	})
	return unpackedQEMU(dir), err
}

func unpackedQEMU(dir string) QEMU {
	return QEMU{
		Program: filepath.Join(dir, "usr/bin/qemu-system-x86_64"),
		// The installed package's directories have what it shares with other packages.
		Firmware: []string{filepath.Join(dir, "usr/share/qemu"), "/usr/share/seabios", "/usr/share/qemu"},
	}
}

func backportsSuite() (string, error) {
	data, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return "", err
	}
	id := regexp.MustCompile(`(?m)^ID="?debian"?$`).Match(data)
	name := regexp.MustCompile(`(?m)^VERSION_CODENAME=(\w+)$`).FindSubmatch(data)
	if !id || name == nil {
		return "", fmt.Errorf("/etc/os-release: not Debian, which has newer versions as backports")
	}
	return string(name[1]) + "-backports", nil
}

// unpackPackages fetches packages of a suite and unpacks them into dir.
func unpackPackages(ctx context.Context, dir, suite string, packages []string) error {
	state := filepath.Join(dir, "apt")
	apt, err := privateApt(ctx, state, suite)
	if err != nil {
		return err
	}
	if err := run(ctx, "apt-get", append(apt, "update")...); err != nil {
		return err
	}
	debs := filepath.Join(state, "debs")
	args := append(append(apt, "download"), packages...)
	if _, err := (command{dir: debs}).run(ctx, "apt-get", args...); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(debs, "*.deb"))
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := run(ctx, "dpkg-deb", "-x", f, dir); err != nil {
			return err
		}
	}
	return os.RemoveAll(state)
}

// privateApt is an apt of one suite that has its state in a directory, and so
// leaves this machine's alone: its arguments.
func privateApt(ctx context.Context, state, suite string) ([]string, error) {
	for _, d := range []string{"lists/partial", "cache/archives/partial", "debs"} {
		if err := os.MkdirAll(filepath.Join(state, d), 0o755); err != nil {
			return nil, err
		}
	}
	// apt downloads as a user of its own, if that can write here.
	if err := os.Chmod(filepath.Join(state, "debs"), 0o777); err != nil {
		return nil, err
	}
	mirror, err := debianMirror(ctx)
	if err != nil {
		return nil, err
	}
	source := fmt.Sprintf("deb [signed-by=%s] %s %s main\n", debianKeyring, mirror, suite)
	if err := os.WriteFile(filepath.Join(state, "sources.list"), []byte(source), 0o644); err != nil {
		return nil, err
	}
	return []string{
		"-q", "-o", "Dir::Etc::sourcelist=" + state + "/sources.list", "-o", "Dir::Etc::sourceparts=/dev/null",
		"-o", "Dir::State::lists=" + state + "/lists", "-o", "Dir::Cache=" + state + "/cache",
	}, nil
}

// debianMirror is the one that this machine's apt uses.
func debianMirror(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "apt-get", "indextargets", "--format", "$(REPO_URI)").Output()
	if err != nil {
		return "", fmt.Errorf("apt-get indextargets: %w", err)
	}
	for uri := range strings.Lines(string(out)) {
		if uri = strings.TrimSpace(uri); strings.HasSuffix(strings.TrimSuffix(uri, "/"), "/debian") {
			return uri, nil
		}
	}
	return "http://deb.debian.org/debian", nil
}
