// Package cluster is one cluster under test: a config, what kube-anywhere
// compiles from it, the machines that boot it, and kubectl.
//
// INPUTS: a config, the programs, disks.
// OUTPUTS: an output directory like a user's, machines that boot its payloads.
package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
)

// Programs are the paths of what the suite runs on the host.
type Programs struct {
	KubeAnywhere, Kubectl string
}

// Cluster is one cluster under test.
type Cluster struct {
	Programs
	Lab *lab.Lab
	// Dir holds cluster.json, pki/ and out/.
	Dir string

	resolved resolved
}

// resolved is what the suite reads of cluster.resolved.json.
type resolved struct {
	ControlPlane struct {
		Endpoint   string
		EtcdDiskGB int
	}
	Provider map[string]any
	Network  struct {
		ServiceCIDR string
	}
}

// Compile writes the config and compiles it, as a user does.
func Compile(ctx context.Context, p Programs, l *lab.Lab, dir string, config Config) (*Cluster, error) {
	c := &Cluster{Programs: p, Lab: l, Dir: dir}
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(c.path("cluster.json"), text, 0o644); err != nil {
		return nil, err
	}
	if _, err := output(ctx, nil, p.KubeAnywhere, "compile", "-f", c.path("cluster.json"), "-o", c.path("out"), "--pki", c.path("pki")); err != nil {
		return nil, err
	}
	text, err = os.ReadFile(c.path("out/cluster.resolved.json"))
	if err != nil {
		return nil, err
	}
	return c, json.Unmarshal(text, &c.resolved)
}

// Config is a cluster config, as a user writes it.
type Config map[string]any

func (c *Cluster) path(name string) string { return filepath.Join(c.Dir, name) }

// Kubeconfig is the admin's.
func (c *Cluster) Kubeconfig() string { return c.path("out/kubeconfig") }

// Payload is the file that the machine or pool of that name boots with.
func (c *Cluster) Payload(name string) (string, error) {
	files, err := filepath.Glob(c.path("out/payloads/" + name + ".*"))
	if err != nil || len(files) != 1 {
		return "", fmt.Errorf("payload of %s: found %v, expected one file", name, files)
	}
	return files[0], nil
}

// EtcdDiskGB is the size of the disk that a control-plane machine has for etcd
// alone, on a provider that makes disks; 0 is none.
func (c *Cluster) EtcdDiskGB() int {
	if c.resolved.Provider["userdata"] != nil {
		return 0
	}
	return c.resolved.ControlPlane.EtcdDiskGB
}

// Script is the payload of that machine or pool as a shell script.
func (c *Cluster) Script(ctx context.Context, name string) ([]byte, error) {
	out, err := output(ctx, nil, c.KubeAnywhere, "payload", name, "--format", "script", "-f", c.path("cluster.json"), "--pki", c.path("pki"))
	return []byte(out + "\n"), err
}

// Images are the references of all images that a cluster of that config runs.
func Images(ctx context.Context, kubeAnywhere string, config Config) ([]string, error) {
	text, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	out, err := output(ctx, text, kubeAnywhere, "images", "-f", "-")
	return strings.Fields(out), err
}

// DNS is the address of the cluster's name server: the tenth of the services'.
func (c *Cluster) DNS() (netip.Addr, error) {
	first, _, _ := strings.Cut(c.resolved.Network.ServiceCIDR, ",")
	prefix, err := netip.ParsePrefix(first)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("serviceCIDR of cluster.resolved.json: %w", err)
	}
	a := prefix.Masked().Addr()
	for range 10 {
		a = a.Next()
	}
	return a, nil
}

// Kubectl runs kubectl as the admin and returns what it wrote, trimmed.
func (c *Cluster) Kubectl(ctx context.Context, args ...string) (string, error) {
	return c.Apply(ctx, nil, args...)
}

// Apply is Kubectl with a standard input.
func (c *Cluster) Apply(ctx context.Context, input []byte, args ...string) (string, error) {
	return output(ctx, input, c.Programs.Kubectl, append([]string{"--kubeconfig", c.Kubeconfig()}, args...)...)
}

// KubectlAs runs kubectl with other credentials than the admin's, which the
// flags give.
func (c *Cluster) KubectlAs(ctx context.Context, credentials []string, args ...string) (string, error) {
	flags := append([]string{"--kubeconfig", "/dev/null", "--server", "https://" + c.resolved.ControlPlane.Endpoint + ":6443",
		"--certificate-authority", c.path("pki/ca.crt")}, credentials...)
	out, err := output(ctx, nil, c.Programs.Kubectl, append(flags, args...)...)
	if err != nil {
		// Without the flags: a token is one.
		err = fmt.Errorf("kubectl %s: %s", strings.Join(args, " "), errorText(err))
	}
	return out, err
}

// Machine finds a machine of the lab by name.
func (c *Cluster) Machine(name string) (*lab.Machine, error) {
	for _, m := range c.Lab.Machines() {
		if m.Name == name {
			return m, nil
		}
	}
	return nil, fmt.Errorf("there is no machine %s", name)
}

// ControlPlane is the first control-plane machine, and Workers are the others.
func (c *Cluster) ControlPlane() *lab.Machine {
	return c.Lab.Machines()[slices.IndexFunc(c.Lab.Machines(), isControlPlane)]
}

// Workers are the machines that are not control plane.
func (c *Cluster) Workers() []*lab.Machine {
	return slices.DeleteFunc(c.Lab.Machines(), isControlPlane)
}

func isControlPlane(m *lab.Machine) bool { return strings.HasPrefix(m.Name, "controlplane-") }

// commandError is a program that failed.
type commandError struct {
	command string
	err     error
	output  string
}

func (e *commandError) Error() string { return fmt.Sprintf("%s: %v: %s", e.command, e.err, e.output) }
func (e *commandError) Unwrap() error { return e.err }

// errorText is what the program wrote, without how it was called.
func errorText(err error) string {
	if e, ok := err.(*commandError); ok {
		return e.output
	}
	return err.Error()
}

func output(ctx context.Context, input []byte, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &errs
	if err := cmd.Run(); err != nil {
		return "", &commandError{filepath.Base(name) + " " + strings.Join(args, " "), err, strings.TrimSpace(errs.String() + out.String())}
	}
	return strings.TrimSpace(out.String()), nil
}
