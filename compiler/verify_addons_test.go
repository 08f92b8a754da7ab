package compiler_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kube-anywhere/kube-anywhere/compiler"
)

// serviceAccountDir is mounted into every pod with a ServiceAccount.
const serviceAccountDir = "/var/run/secrets/kubernetes.io/serviceaccount"

// paths checks the paths that an add-on's containers are told: each is in a
// volume, and where that is a ConfigMap it has the key. Programs, and what an
// image brings itself, are not in volumes.
func (b bundle) paths(w *workload) []string {
	var problems []string
	spec := w.template.Spec
	for _, v := range spec.Volumes {
		if h := v.HostPath; h != nil && h.Path == "/run/xtables.lock" && (h.Type == nil || *h.Type != corev1.HostPathFileOrCreate) {
			problems = append(problems, fmt.Sprintf("%s: without FileOrCreate, %s becomes a directory", w.Name, h.Path))
		}
		if h := v.HostPath; h != nil && madeAtRunTime[h.Path] == "" && (h.Type == nil || !strings.HasSuffix(string(*h.Type), "OrCreate")) {
			problems = append(problems, fmt.Sprintf("%s: the volume %s is %s, which nobody makes", w.Name, v.Name, h.Path))
		}
	}
	for _, c := range slices.Concat(spec.InitContainers, spec.Containers) {
		for i, word := range slices.Concat(c.Command, c.Args) {
			flag, value, isFlag := strings.Cut(word, "=")
			if !isFlag {
				value = word
			}
			if !strings.HasPrefix(value, "/") || i == 0 && !isFlag || inImage[w.Name+" "+value] != "" {
				continue
			}
			if problem := b.path(spec, c, value); problem != "" {
				problems = append(problems, fmt.Sprintf("%s: %s names %s, %s", w.Name, flag, value, problem))
			}
		}
	}
	return problems
}

// inImage are paths that an image brings itself.
var inImage = map[string]string{
	"flannel /flannel":           "the plugin's image has it, to be copied",
	"headlamp /headlamp/plugins": "upstream's image has it",
}

// path says what is wrong with a path inside a container; nothing with "".
func (b bundle) path(spec corev1.PodSpec, c corev1.Container, name string) string {
	if strings.HasPrefix(name, serviceAccountDir+"/") {
		if spec.ServiceAccountName == "" {
			return "and has no ServiceAccount"
		}
		return ""
	}
	var best corev1.VolumeMount
	for _, m := range c.VolumeMounts {
		if (name == m.MountPath || strings.HasPrefix(name, m.MountPath+"/")) && len(m.MountPath) > len(best.MountPath) {
			best = m
		}
	}
	i := slices.IndexFunc(spec.Volumes, func(v corev1.Volume) bool { return v.Name == best.Name })
	switch {
	case best.MountPath == "":
		return "which is in no volume"
	case i < 0 || spec.Volumes[i].ConfigMap == nil || name == best.MountPath && best.SubPath == "":
		return ""
	}
	key := path.Base(name)
	if best.SubPath != "" {
		key = best.SubPath
	}
	for _, doc := range b.docs {
		if m, ok := doc.object.(*corev1.ConfigMap); ok && m.Name == spec.Volumes[i].ConfigMap.Name && m.Data[key] != "" {
			return ""
		}
	}
	return fmt.Sprintf("and the ConfigMap %s has no %s", spec.Volumes[i].ConfigMap.Name, key)
}

func TestAddonPathChecksFail(t *testing.T) {
	t.Parallel()
	for want, damage := range map[string]func(t *testing.T, docs []document){
		"ConfigMap coredns has no Corefile": func(t *testing.T, docs []document) {
			find[*corev1.ConfigMap](t, docs, "coredns").Data = map[string]string{"corefile": "."}
		},
		"names /elsewhere/Corefile, which is in no volume": func(t *testing.T, docs []document) {
			find[*appsv1.Deployment](t, docs, "coredns").Spec.Template.Spec.Containers[0].Args = []string{"-conf", "/elsewhere/Corefile"}
		},
		"is /srv, which nobody makes": func(t *testing.T, docs []document) {
			for i, v := range find[*appsv1.DaemonSet](t, docs, "kube-proxy").Spec.Template.Spec.Volumes {
				if v.HostPath != nil {
					find[*appsv1.DaemonSet](t, docs, "kube-proxy").Spec.Template.Spec.Volumes[i].HostPath = &corev1.HostPathVolumeSource{Path: "/srv"}
				}
			}
		},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			docs, problems := documents(controlPlane(t, plain(t)))
			damage(t, docs)
			wantProblem(t, append(problems, checkObjects(docs)...), want)
		})
	}
}

// TestPoolLabels checks that the add-on manager finds the nodes that it labels:
// by a label that the kubelets of that pool bring.
func TestPoolLabels(t *testing.T) {
	eachCase(t, func(t *testing.T, out *compiler.Output) { report(t, "labels", checkPoolLabels(machines(out))) })
}

func checkPoolLabels(all []delivered) []string {
	var problems []string
	flags := map[string]string{}
	for _, d := range all {
		flags[d.Role.Name] = texts(d)["kubelet.service"]
	}
	for _, d := range all {
		if !d.ControlPlane {
			continue
		}
		manager := texts(d)["/opt/bin/addon-manager"]
		for _, pool := range all {
			for _, label := range pool.ProtectedLabels {
				if !strings.Contains(manager, label) {
					problems = append(problems, fmt.Sprintf("%s: the add-on manager does not set %s", pool.Role.Name, label))
				}
				if !pool.ControlPlane && !strings.Contains(flags[pool.Role.Name], "kube-anywhere/pool="+pool.Role.Name) {
					problems = append(problems, fmt.Sprintf("%s: no kubelet says which pool it is of", pool.Role.Name))
				}
				if strings.Contains(flags[pool.Role.Name], label) {
					problems = append(problems, fmt.Sprintf("%s: a kubelet may not set %s", pool.Role.Name, label))
				}
			}
		}
	}
	return problems
}

func TestPoolLabelChecksFail(t *testing.T) {
	t.Parallel()
	all := machines(named(t, "airgap"))
	for i := range all {
		all[i] = all[i].clone()
	}
	last := &all[len(all)-1] // the pool "gpu"
	last.ProtectedLabels = []string{"node-role.kubernetes.io/other="}
	wantProblem(t, checkPoolLabels(all), "does not set node-role.kubernetes.io/other=")
	for i, u := range last.Units {
		last.Units[i].Content = strings.ReplaceAll(u.Content, "kube-anywhere/pool=gpu", "node-role.kubernetes.io/other=")
	}
	wantProblem(t, checkPoolLabels(all), "no kubelet says which pool")
	wantProblem(t, checkPoolLabels(all), "a kubelet may not set")
}
