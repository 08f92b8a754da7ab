package compiler_test

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	clientcmdv1 "k8s.io/client-go/tools/clientcmd/api/v1"
	kubeletv1beta1 "k8s.io/kubelet/config/v1beta1"
	"sigs.k8s.io/yaml"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
)

// seesAll are pods that see every file under /etc/kubernetes that their user
// may read, and why that takes no more than they have anyway.
var seesAll = map[string]string{
	"kube-apiserver":          "every credential there is shown to it",
	"kube-controller-manager": "it signs certificates and tokens with the keys that it names",
	"addon-manager":           "it may do everything in the cluster, and runs as root",
	"etcd":                    "its directory holds its own keys, and the health check's, which may do less",
}

// surplus are secrets that a container sees and does not name.
func (r *reader) surplus() []string {
	var problems []string
	for _, f := range r.Files {
		if !isPrivate(f.Content) || r.named[f.Path] || r.user != 0 && int64(f.Owner) != r.user {
			continue
		}
		for _, m := range r.mounts {
			single := m.host == f.Path
			if single || strings.HasPrefix(f.Path, m.host+"/") && seesAll[r.who] == "" {
				problems = append(problems, fmt.Sprintf("%s sees %s and does not name it", r.who, f.Path))
			}
		}
	}
	return problems
}

// private marks what nobody but its reader may read.
var private = regexp.MustCompile(`PRIVATE KEY-----|client-key|token: |token-secret|kind: EncryptionConfiguration|"auths":|Authorization`)

func isPrivate(content []byte) bool {
	if bytes.HasPrefix(content, []byte("#!")) {
		return false // a script may speak of such things
	}
	return private.Match(content)
}

// kubeconfigPaths are the files that a kubeconfig names; none for another file.
func kubeconfigPaths(content []byte) []string {
	var c clientcmdv1.Config
	if !bytes.Contains(content, []byte("kind: Config\n")) || yaml.Unmarshal(content, &c) != nil {
		return nil
	}
	var all []string
	for _, cluster := range c.Clusters {
		all = append(all, cluster.Cluster.CertificateAuthority)
	}
	for _, user := range c.AuthInfos {
		all = append(all, user.AuthInfo.ClientCertificate, user.AuthInfo.ClientKey, user.AuthInfo.TokenFile)
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// dockerRun is the kubelet's command line taken apart.
type dockerRun struct {
	mounts []mount
	image  string
	words  []string // after the image
}

// parseDockerRun reads ExecStart= of a unit as systemd and docker do: every
// option of docker run that we use takes its value after "=" but -v.
func parseDockerRun(unit string) (dockerRun, error) {
	joined := strings.ReplaceAll(string(machine.Machine{Units: []machine.Unit{{Content: unit}}}.Wire().Units[0].Content), "\\\n", " ")
	for line := range strings.Lines(joined) {
		command, ok := strings.CutPrefix(line, "ExecStart=")
		if !ok {
			continue
		}
		words := strings.Fields(command)
		if len(words) < 3 || path.Base(words[0]) != "docker" || words[1] != "run" {
			return dockerRun{}, fmt.Errorf("not a docker run: %s", line)
		}
		var run dockerRun
		for i := 2; i < len(words); i++ {
			switch {
			case words[i] == "-v":
				i++
				parts := strings.Split(words[i], ":")
				readOnly := len(parts) > 2 && slices.Contains(strings.Split(parts[2], ","), "ro")
				run.mounts = append(run.mounts, mount{inside: parts[1], host: parts[0], readOnly: readOnly})
			case strings.HasPrefix(words[i], "-"):
			default:
				run.image, run.words = words[i], words[i+1:]
				return run, nil
			}
		}
	}
	return dockerRun{}, fmt.Errorf("no docker run with an image")
}

// checkKubelet checks the kubelet's flags and its configuration.
func checkKubelet(d delivered, config *kubeletv1beta1.KubeletConfiguration) []string {
	i := slices.IndexFunc(d.Units, func(u machine.Unit) bool { return u.Name == "kubelet.service" })
	if i < 0 {
		return problemf("no kubelet.service")
	}
	run, err := parseDockerRun(d.Units[i].Content)
	if err != nil {
		return problemf("kubelet.service: %v", err)
	}
	r := &reader{Machine: d.Machine, who: "kubelet", mounts: run.mounts, named: map[string]bool{}}
	words := slices.DeleteFunc(slices.Clone(run.words), func(w string) bool { return w == "kubelet" })
	problems := r.flags(words)
	for _, m := range run.mounts {
		if _, exists := onMachine(d.Machine, m.host); !exists {
			problems = append(problems, "kubelet.service mounts "+m.host+", which the machine has not")
		}
	}
	for field, name := range map[string]string{
		"clientCAFile":         config.Authentication.X509.ClientCAFile,
		"resolvConf":           ptrOr(config.ResolverConfig, ""),
		"staticPodPath":        config.StaticPodPath,
		"tlsCertFile":          config.TLSCertFile,
		"tlsPrivateKeyFile":    config.TLSPrivateKeyFile,
		"volumePluginDir":      config.VolumePluginDir,
		"containerRuntime":     strings.TrimPrefix(config.ContainerRuntimeEndpoint, "unix://"),
		"podLogsDir":           config.PodLogsDir,
		"imageServiceEndpoint": strings.TrimPrefix(config.ImageServiceEndpoint, "unix://"),
	} {
		if name != "" {
			problems = append(problems, r.read(field, name)...)
		}
	}
	if d.ControlPlane != (config.StaticPodPath != "") {
		problems = append(problems, "staticPodPath is for the control plane")
	}
	return problems
}

func ptrOr[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// TestPathChecksFail damages machines: the check must see it.
func TestPathChecksFail(t *testing.T) {
	t.Parallel()
	const dir = "/etc/kubernetes/"
	for want, damage := range map[string]func(t *testing.T, d *delivered){
		"sa.key, which the machine has not": func(t *testing.T, d *delivered) { d.remove(dir + "pki/sa.key") },
		"tls-private-key-file names /etc/kubernetes/pki/api.key": func(t *testing.T, d *delivered) {
			d.replace(t, dir+"manifests/kube-apiserver.yaml", "pki/apiserver.key", "pki/api.key")
		},
		"is private and -rw-r-----": func(t *testing.T, d *delivered) { d.file(dir + "pki/etcd/peer.key").Mode = 0o640 },
		"belongs to 0, -rw-------, and is read by 65522": func(t *testing.T, d *delivered) {
			d.file(dir + "scheduler.conf").Owner = 0
		},
		"which is not mounted": func(t *testing.T, d *delivered) {
			d.replace(t, dir+"manifests/etcd.yaml", "--key-file=/etc/", "--key-file=/srv/")
		},
		"kube-scheduler sees /etc/kubernetes/controller-manager.conf": func(t *testing.T, d *delivered) {
			d.file(dir + "controller-manager.conf").Owner = d.file(dir + "scheduler.conf").Owner
		},
		"kube-scheduler sees /etc/kubernetes/pki/scheduler.key": func(t *testing.T, d *delivered) {
			d.replace(t, dir+"scheduler.conf", "client-key: /etc/kubernetes/pki/scheduler.key", "client-key: /etc/kubernetes/pki/ca.crt")
		},
		"--data-dir writes /var/lib/etcd": func(t *testing.T, d *delivered) { d.Directories = nil },
		"volume data: the machine has no /var/lib/etc": func(t *testing.T, d *delivered) {
			d.replace(t, dir+"manifests/etcd.yaml", "hostPath: {path: /var/lib/etcd}", "hostPath: {path: /var/lib/etc}")
		},
		"clientCAFile names": func(t *testing.T, d *delivered) {
			d.replace(t, dir+"kubelet.yaml", "pki/ca.crt", "pki/kubelet-ca.crt")
		},
		"kubelet: --kubeconfig names": func(t *testing.T, d *delivered) { d.remove(dir + "kubelet.conf") },
		"addon-manager.conf names":    func(t *testing.T, d *delivered) { d.remove(dir + "pki/addon-manager.key") },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			d := controlPlane(t, plain(t))
			damage(t, &d)
			wantProblem(t, checkPaths(d), want)
		})
	}
}
