package compiler_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	kubeletv1beta1 "k8s.io/kubelet/config/v1beta1"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
)

// madeAtRunTime are paths that no payload brings, and who makes them.
var madeAtRunTime = map[string]string{
	"/dev":                             "the kernel",
	"/sys":                             "the kernel",
	"/run":                             "systemd",
	"/var/log":                         "every OS",
	"/etc/machine-id":                  "systemd",
	"/etc/os-release":                  "every OS",
	"/lib/modules":                     "every OS",
	"/etc/cni/net.d":                   "containerd, and whoever mounts it first",
	"/opt/cni/bin":                     "node-setup",
	"/run/systemd/resolve/resolv.conf": "systemd-resolved or node-setup",
	"/var/lib/kubelet":                 "Docker, as the kubelet's mount, and the kubelet",
	"/var/lib/containerd":              "containerd",
	"/var/lib/docker":                  "Docker",
	"/var/lib/kubelet/kubeconfig":      "the kubelet, once it has joined",
	"/var/lib/kubelet/volumeplugins":   "the kubelet",
	"/var/log/kubernetes/audit.log":    "the apiserver, in a directory that is its own",
	"/run/containerd/containerd.sock":  "containerd",
	"/run/flannel":                     "containerd, as flannel's mount",
	"/run/cloud-config":                "provider-id on Azure",
	"/run/xtables.lock":                "kube-proxy, whose volume is FileOrCreate",
}

// onMachine says what is at a path of the machine: a file, or a directory, or
// neither.
func onMachine(m machine.Machine, name string) (file *machine.File, exists bool) {
	for i, f := range m.Files {
		if f.Path == name {
			return &m.Files[i], true
		}
		exists = exists || strings.HasPrefix(f.Path, name+"/")
	}
	for _, d := range m.Directories {
		exists = exists || d.Path == name
	}
	return nil, exists || madeAtRunTime[name] != ""
}

// reader is who reads files by name: a container, or the kubelet.
type reader struct {
	machine.Machine
	who    string
	user   int64
	mounts []mount
	named  map[string]bool // paths on the machine
}

// mount makes a path of the machine known inside a container.
type mount struct {
	inside, host string
	readOnly     bool
}

// hostPath translates a path inside the container.
func (r *reader) hostPath(inside string) (string, mount, bool) {
	var best mount
	for _, m := range r.mounts {
		under := inside == m.inside || strings.HasPrefix(inside, m.inside+"/")
		if under && len(m.inside) > len(best.inside) {
			best = m
		}
	}
	return path.Clean(best.host + strings.TrimPrefix(inside, best.inside)), best, best.inside != ""
}

// read checks that a path names something that r can read; from says who says
// so. What a kubeconfig names is checked as well.
func (r *reader) read(from, name string) []string {
	host, _, ok := r.hostPath(name)
	if !ok {
		return problemf("%s: %s names %s, which is not mounted", r.who, from, name)
	}
	r.named[host] = true
	file, exists := onMachine(r.Machine, host)
	switch {
	case !exists:
		return problemf("%s: %s names %s, which the machine has not", r.who, from, name)
	case file == nil:
		return nil
	case r.user != 0 && int64(file.Owner) != r.user && file.Mode&0o004 == 0:
		return problemf("%s: %s names %s, which belongs to %d, %v, and is read by %d",
			r.who, from, name, file.Owner, file.Mode, r.user)
	case isPrivate(file.Content) && file.Mode != 0o600:
		return problemf("%s: %s names %s, which is private and %v", r.who, from, name, file.Mode)
	}
	return r.readKubeconfig(file)
}

func (r *reader) readKubeconfig(file *machine.File) []string {
	var problems []string
	for _, named := range kubeconfigPaths(file.Content) {
		problems = append(problems, r.read(file.Path, named)...)
	}
	return problems
}

// write checks that r may write to a path.
func (r *reader) write(from, name string) []string {
	host, m, ok := r.hostPath(name)
	if !ok || m.readOnly {
		return problemf("%s: %s writes %s, which is not mounted to be written", r.who, from, name)
	}
	for _, d := range r.Directories {
		if host == d.Path || path.Dir(host) == d.Path {
			if int64(d.Owner) != r.user || d.Mode&0o077 != 0 {
				return problemf("%s: %s writes %s: %s belongs to %d, %v", r.who, from, name, d.Path, d.Owner, d.Mode)
			}
			return nil
		}
	}
	return problemf("%s: %s writes %s, in no directory that the machine has", r.who, from, name)
}

// writtenFlags name what is written, not read.
var writtenFlags = []string{"--audit-log-path", "--data-dir"}

// flags checks every flag and every word that is a path.
func (r *reader) flags(words []string) []string {
	var problems []string
	for i, word := range words {
		name, value, isFlag := strings.Cut(word, "=")
		if !isFlag && strings.HasPrefix(word, "--") && strings.Contains(word, "file") {
			problems = append(problems, fmt.Sprintf("%s: %s has no value", r.who, word))
		}
		if !isFlag {
			name, value = "argument", word
		}
		switch {
		case !strings.HasPrefix(value, "/"):
			if isFileFlag(name) {
				problems = append(problems, fmt.Sprintf("%s: %s is not an absolute path", r.who, word))
			}
		case slices.Contains(writtenFlags, name):
			problems = append(problems, r.write(name, value)...)
		case i == 0 && !isFlag && !r.mounted(value): // a program of the image
		default:
			problems = append(problems, r.read(name, value)...)
		}
	}
	return problems
}

func (r *reader) mounted(name string) bool { _, _, ok := r.hostPath(name); return ok }

// isFileFlag says whether a flag takes a path, by its name.
func isFileFlag(name string) bool {
	return strings.HasPrefix(name, "--") && (strings.HasSuffix(name, "file") || strings.HasSuffix(name, "kubeconfig") ||
		strings.HasSuffix(name, "-certificate") || strings.HasSuffix(name, "-key") || name == "--config")
}

// TestPaths checks that whatever is named by a static pod, the kubelet or a
// kubeconfig is there, can be read, and is private if it should be.
func TestPaths(t *testing.T) {
	eachMachine(t, checkPaths)
}

func checkPaths(d delivered) []string {
	docs, problems := documents(d)
	for _, doc := range docs {
		switch o := doc.object.(type) {
		case *corev1.Pod:
			problems = append(problems, checkStaticPod(d.Machine, o)...)
		case *kubeletv1beta1.KubeletConfiguration:
			problems = append(problems, checkKubelet(d, o)...)
		}
	}
	for _, f := range d.Files {
		if isPrivate(f.Content) && f.Mode&0o077 != 0 {
			problems = append(problems, fmt.Sprintf("%s is private and %v", f.Path, f.Mode))
		}
		for _, named := range kubeconfigPaths(f.Content) {
			if _, exists := onMachine(d.Machine, named); !exists {
				problems = append(problems, fmt.Sprintf("%s names %s, which the machine has not", f.Path, named))
			}
		}
	}
	return problems
}

// checkStaticPod checks each container of a static pod, and that the pod sees
// no secret that it does not name.
func checkStaticPod(m machine.Machine, pod *corev1.Pod) []string {
	var problems []string
	hosts := map[string]string{}
	for _, v := range pod.Spec.Volumes {
		if v.HostPath == nil {
			continue
		}
		hosts[v.Name] = v.HostPath.Path
		if _, exists := onMachine(m, v.HostPath.Path); !exists {
			problems = append(problems, fmt.Sprintf("%s: volume %s: the machine has no %s", pod.Name, v.Name, v.HostPath.Path))
		}
	}
	for _, c := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		r := &reader{Machine: m, who: pod.Name, user: userOf(pod.Spec, c), named: map[string]bool{}}
		for _, vm := range c.VolumeMounts {
			host, ok := hosts[vm.Name]
			if !ok {
				continue
			}
			if file, _ := onMachine(m, host); file != nil && vm.MountPath != host && strings.HasPrefix(vm.MountPath, "/etc/kubernetes") {
				problems = append(problems, fmt.Sprintf("%s: %s is mounted as %s", pod.Name, host, vm.MountPath))
			}
			r.mounts = append(r.mounts, mount{vm.MountPath, host, vm.ReadOnly})
		}
		problems = append(problems, r.flags(slices.Concat(c.Command, c.Args))...)
		for _, e := range c.Env {
			if strings.HasPrefix(e.Value, "/") && e.Name != "PATH" && e.Name != "HOME" {
				problems = append(problems, r.read(e.Name, e.Value)...)
			}
		}
		problems = append(problems, r.surplus()...)
	}
	return problems
}

// userOf is the user that a container runs as.
func userOf(spec corev1.PodSpec, c corev1.Container) int64 {
	if c.SecurityContext != nil && c.SecurityContext.RunAsUser != nil {
		return *c.SecurityContext.RunAsUser
	}
	if spec.SecurityContext != nil && spec.SecurityContext.RunAsUser != nil {
		return *spec.SecurityContext.RunAsUser
	}
	return 0
}
