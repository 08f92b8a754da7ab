package upstream

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// component is a program of Kubernetes or etcd, how a machine starts it, and
// its own code that says what is wrong with that.
type component struct {
	name string
	// start finds how a machine's copy starts it; nil where it does not.
	start func(t *testing.T, m machine, dir string) (*start, error)
	// judge takes the arguments, with paths that lead to the copy.
	judge func(args []string) []error
}

// components is the table that this package is about. doc.go has it in words.
func components() []component {
	return []component{
		{"etcd", startStaticPod("etcd"), judgeEtcd},
		{"kube-apiserver", startStaticPod("kube-apiserver"), judgeAPIServer},
		{"kube-controller-manager", startStaticPod("kube-controller-manager"), judgeControllerManager},
		{"kube-scheduler", startStaticPod("kube-scheduler"), judgeScheduler},
		{"kubelet", startKubelet, judgeKubelet},
		{"kube-proxy", startKubeProxy, judgeKubeProxy},
	}
}

// start is a command line, without the program, and the files that it may name.
type start struct {
	args   []string
	mounts []mount
}

// TestComponents starts every component of every machine, as far as that goes
// without a cluster.
func TestComponents(t *testing.T) {
	if only := flag.Lookup("test.run").Value.String(); !strings.Contains(only, "/") {
		t.Cleanup(func() { reportUnused(t) }) // when every case is done
	}
	eachMachine(t, func(t *testing.T, m machine) {
		dir := m.copy(t)
		for _, c := range components() {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				report(t, c.problems(t, m, dir))
			})
		}
	})
}

// problems is everything that the component has against a machine's copy.
func (c component) problems(t *testing.T, m machine, dir string) []string {
	t.Helper()
	s, err := c.start(t, m, dir)
	if err != nil {
		return []string{err.Error()}
	}
	if s == nil {
		t.Skipf("%s does not run %s", m.name, c.name)
	}
	args, problems := s.relocated()
	var found []string
	log, err := elsewhere(t, c.name, args, &found)
	if err != nil {
		problems = append(problems, err.Error())
	}
	return slices.Concat(problems, found, complaints(c.name, log))
}

// relocated are the arguments with paths on this machine.
func (s *start) relocated() (args, problems []string) {
	for _, arg := range s.args {
		there, err := relocate(s.mounts, arg)
		if err != nil {
			problems = append(problems, err.Error())
			continue
		}
		args = append(args, there)
	}
	return args, problems
}

// startStaticPod finds a component of the control plane: the manifest is read
// as the kubelet does.
func startStaticPod(name string) func(*testing.T, machine, string) (*start, error) {
	return func(t *testing.T, m machine, dir string) (*start, error) {
		if !m.controlPlane {
			return nil, nil
		}
		pods, complaints := readStaticPods(t, filepath.Join(dir, configDir, "manifests"), m.name)
		i := slices.IndexFunc(pods, func(p *corev1.Pod) bool { return p.Name == name+"-"+m.name })
		if i < 0 {
			return nil, fmt.Errorf("the kubelet finds no static pod %s: %s", name, complaints)
		}
		return startContainer(t, pods[i].Spec, isolate(t, transplant(t, dir)), m.name, nil)
	}
}

// startContainer takes a pod's only container apart. Volumes of the machine are
// found in root, and ConfigMaps are written out.
func startContainer(t *testing.T, spec corev1.PodSpec, root, node string, configMaps map[string]*corev1.ConfigMap) (*start, error) {
	t.Helper()
	if len(spec.Containers) != 1 {
		return nil, fmt.Errorf("%d containers, wanted 1", len(spec.Containers))
	}
	container := spec.Containers[0]
	words := slices.Concat(container.Command, container.Args)
	if len(words) == 0 {
		return nil, fmt.Errorf("%s has no command", container.Name)
	}
	s := &start{args: slices.Clone(words[1:])}
	for i, arg := range s.args {
		// Of what the kubelet expands, only the node's name is used in commands.
		s.args[i] = strings.ReplaceAll(arg, "$(NODE_NAME)", node)
	}
	for _, vm := range container.VolumeMounts {
		i := slices.IndexFunc(spec.Volumes, func(v corev1.Volume) bool { return v.Name == vm.Name })
		if i < 0 {
			return nil, fmt.Errorf("%s mounts %s, which is no volume", container.Name, vm.Name)
		}
		outside, err := volumeDir(t, spec.Volumes[i], root, configMaps)
		if err != nil {
			return nil, err
		}
		s.mounts = append(s.mounts, mount{vm.MountPath, outside})
	}
	return s, nil
}

// volumeDir is where a volume's content is on this machine.
func volumeDir(t *testing.T, v corev1.Volume, root string, configMaps map[string]*corev1.ConfigMap) (string, error) {
	t.Helper()
	switch {
	case v.HostPath != nil:
		return filepath.Join(root, v.HostPath.Path), nil
	case v.ConfigMap != nil:
		dir := t.TempDir()
		config := configMaps[v.ConfigMap.Name]
		if config == nil {
			return "", fmt.Errorf("volume %s: no ConfigMap %s", v.Name, v.ConfigMap.Name)
		}
		for key, text := range config.Data {
			if err := os.WriteFile(filepath.Join(dir, key), []byte(text), 0o600); err != nil {
				return "", err
			}
		}
		return dir, nil
	default:
		return t.TempDir(), nil
	}
}
