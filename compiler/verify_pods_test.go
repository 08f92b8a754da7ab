package compiler_test

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	podsecurity "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// workload checks one thing that makes pods.
func (b bundle) workload(w *workload) []string {
	var problems []string
	if w.selector != nil {
		selector, err := metav1.LabelSelectorAsSelector(w.selector)
		if err != nil || selector.Empty() || !selector.Matches(labels.Set(w.template.Labels)) {
			problems = append(problems, fmt.Sprintf("%s: the selector does not match its own pods: %v", w.Name, err))
		}
	}
	if w.Namespace == "" {
		problems = append(problems, w.Name+": no namespace")
	}
	spec := w.template.Spec
	if w.static {
		problems = append(problems, staticReferences(w.Name, spec)...)
	} else {
		account := spec.ServiceAccountName
		if account != "" && account != "default" {
			problems = append(problems, b.need(w.Name, "ServiceAccount "+w.Namespace+"/"+account)...)
		}
		problems = append(problems, b.references(w)...)
		problems = append(problems, b.paths(w)...)
		problems = append(problems, b.admission(w)...)
	}
	if spec.PriorityClassName != "" {
		problems = append(problems, b.need(w.Name, "PriorityClass /"+spec.PriorityClassName)...)
	}
	return append(problems, containers(w)...)
}

// staticReferences finds API objects that a static pod names: the kubelet
// refuses such a pod.
func staticReferences(who string, spec corev1.PodSpec) []string {
	var problems []string
	if spec.ServiceAccountName != "" || len(spec.ImagePullSecrets) > 0 || len(spec.ResourceClaims) > 0 {
		problems = append(problems, who+": a static pod refers to the API")
	}
	for _, v := range spec.Volumes {
		if v.HostPath == nil && v.EmptyDir == nil {
			problems = append(problems, fmt.Sprintf("%s: volume %s of a static pod refers to the API", who, v.Name))
		}
	}
	for _, c := range slices.Concat(spec.InitContainers, spec.Containers) {
		for _, e := range c.Env {
			if e.ValueFrom != nil && (e.ValueFrom.ConfigMapKeyRef != nil || e.ValueFrom.SecretKeyRef != nil) {
				problems = append(problems, fmt.Sprintf("%s: %s of a static pod refers to the API", who, e.Name))
			}
		}
		if len(c.EnvFrom) > 0 {
			problems = append(problems, who+": envFrom of a static pod refers to the API")
		}
	}
	return problems
}

// references checks that ConfigMaps and Secrets are there, or made by the pod's
// own program.
func (b bundle) references(w *workload) []string {
	var problems []string
	need := func(kind, name string, optional *bool) {
		if optional == nil || !*optional {
			problems = append(problems, b.need(w.Name, kind+" "+w.Namespace+"/"+name)...)
		}
	}
	for _, v := range w.template.Spec.Volumes {
		if v.ConfigMap != nil {
			need("ConfigMap", v.ConfigMap.Name, v.ConfigMap.Optional)
		}
		if v.Secret != nil {
			need("Secret", v.Secret.SecretName, v.Secret.Optional)
		}
	}
	for _, c := range slices.Concat(w.template.Spec.InitContainers, w.template.Spec.Containers) {
		for _, e := range c.Env {
			if e.ValueFrom == nil {
				continue
			}
			if ref := e.ValueFrom.ConfigMapKeyRef; ref != nil {
				need("ConfigMap", ref.Name, ref.Optional)
			}
			if ref := e.ValueFrom.SecretKeyRef; ref != nil {
				need("Secret", ref.Name, ref.Optional)
			}
		}
		for _, from := range c.EnvFrom {
			if ref := from.ConfigMapRef; ref != nil {
				need("ConfigMap", ref.Name, ref.Optional)
			}
			if ref := from.SecretRef; ref != nil {
				need("Secret", ref.Name, ref.Optional)
			}
		}
	}
	return problems
}

// admission asks Pod Security's own code whether the namespace admits the pod:
// ours enforce "baseline" where a namespace does not say otherwise, and exempt
// kube-system (templates/role/base/.../admission.yaml).
func (b bundle) admission(w *workload) []string {
	if w.Namespace == "kube-system" {
		return nil
	}
	level := podsecurity.LevelBaseline
	for _, doc := range b.docs {
		if ns, ok := doc.object.(*corev1.Namespace); ok && ns.Name == w.Namespace && ns.Labels[podsecurity.EnforceLevelLabel] != "" {
			level = podsecurity.Level(ns.Labels[podsecurity.EnforceLevelLabel])
		}
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return problemf("%v", err)
	}
	result := policy.AggregateCheckResults(evaluator.EvaluatePod(
		podsecurity.LevelVersion{Level: level, Version: podsecurity.LatestVersion()}, &w.template.ObjectMeta, &w.template.Spec))
	if !result.Allowed {
		return problemf("%s: the namespace %s does not admit it: %s", w.Name, w.Namespace, result.ForbiddenDetail())
	}
	return nil
}

// containers checks requests, probes and mounts.
func containers(w *workload) []string {
	var problems []string
	spec := w.template.Spec
	system := w.Namespace == "kube-system" || strings.HasPrefix(spec.PriorityClassName, "system-")
	volumes := map[string]bool{}
	for _, v := range spec.Volumes {
		volumes[v.Name] = false
	}
	for _, c := range slices.Concat(spec.InitContainers, spec.Containers) {
		for _, vm := range c.VolumeMounts {
			if _, ok := volumes[vm.Name]; !ok {
				problems = append(problems, fmt.Sprintf("%s: %s mounts %s, which is no volume", w.Name, c.Name, vm.Name))
			}
			volumes[vm.Name] = true
		}
	}
	for volume, mounted := range volumes {
		if !mounted {
			problems = append(problems, fmt.Sprintf("%s: nothing mounts the volume %s", w.Name, volume))
		}
	}
	for _, c := range spec.Containers {
		if system && c.Resources.Requests.Cpu().IsZero() {
			problems = append(problems, fmt.Sprintf("%s: %s requests no CPU", w.Name, c.Name))
		}
		problems = append(problems, probes(w.Name, c)...)
	}
	return problems
}

func probes(who string, c corev1.Container) []string {
	var problems []string
	for _, p := range []*corev1.Probe{c.LivenessProbe, c.ReadinessProbe, c.StartupProbe} {
		if p == nil || p.HTTPGet == nil {
			continue
		}
		if p.SuccessThreshold > 1 && p != c.ReadinessProbe {
			problems = append(problems, who+": a success threshold that the API refuses")
		}
		port := p.HTTPGet.Port
		if !hasPortName(c, port.StrVal) && !hasPort(c, port.IntVal) {
			problems = append(problems, fmt.Sprintf("%s: %s probes port %s, on which nothing listens", who, c.Name, port.String()))
		}
	}
	return problems
}
