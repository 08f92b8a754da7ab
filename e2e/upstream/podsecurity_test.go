package upstream

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	pluginconfig "k8s.io/apiserver/pkg/admission"
	apiserverinstall "k8s.io/apiserver/pkg/apis/apiserver/install"
	"k8s.io/pod-security-admission/admission"
	"k8s.io/pod-security-admission/admission/api/load"
	podsecurity "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/metrics"
	"k8s.io/pod-security-admission/policy"
)

// TestPodSecurity asks Pod Security's admission, with the emitted defaults and
// exemptions, whether the add-ons' namespaces admit their pods.
func TestPodSecurity(t *testing.T) {
	eachMachine(t, func(t *testing.T, m machine) {
		if !m.controlPlane {
			t.Skip("no API server")
		}
		report(t, checkPodSecurity(t.Context(), m.copy(t)))
	})
}

func checkPodSecurity(ctx context.Context, dir string) []string {
	objects, err := readObjects(filepath.Join(dir, addonsDir))
	if err != nil {
		return []string{err.Error()}
	}
	admit, err := podSecurity(filepath.Join(dir, configDir, "admission.yaml"), objects)
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	for _, o := range objects {
		pod := podOf(o.versioned)
		if pod == nil {
			continue
		}
		answer := admit.Validate(ctx, &podsecurity.AttributesRecord{
			Name: pod.Name, Namespace: pod.Namespace, Operation: admissionv1.Create, Object: pod,
			Kind: corev1.SchemeGroupVersion.WithKind("Pod"), Resource: corev1.SchemeGroupVersion.WithResource("pods"),
			// Whoever makes pods of DaemonSets and Deployments: nobody exempt.
			Username: "system:serviceaccount:kube-system:daemon-set-controller",
		})
		if !answer.Allowed {
			problems = append(problems, fmt.Sprintf("%s: %s: %s", o.file, pod.Name, answer.Result.Message))
		}
	}
	return problems
}

// podOf is a pod that an object makes.
func podOf(o runtime.Object) *corev1.Pod {
	var meta metav1.ObjectMeta
	var template corev1.PodTemplateSpec
	switch o := o.(type) {
	case *appsv1.DaemonSet:
		meta, template = o.ObjectMeta, o.Spec.Template
	case *appsv1.Deployment:
		meta, template = o.ObjectMeta, o.Spec.Template
	default:
		return nil
	}
	pod := &corev1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
	pod.Name, pod.Namespace = meta.Name, meta.Namespace
	return pod
}

// podSecurityRecorder counts: Pod Security does not go without.
var podSecurityRecorder = sync.OnceValue(func() metrics.Recorder {
	return metrics.NewPrometheusRecorder(podsecurity.GetAPIVersion())
})

// podSecurity reads the configuration as the API server does.
func podSecurity(file string, objects []object) (*admission.Admission, error) {
	scheme := runtime.NewScheme()
	apiserverinstall.Install(scheme)
	provider, err := pluginconfig.ReadAdmissionConfiguration([]string{"PodSecurity"}, file, scheme)
	if err != nil {
		return nil, err
	}
	reader, err := provider.ConfigFor("PodSecurity")
	if err != nil {
		return nil, err
	}
	config, err := load.LoadFromReader(reader)
	if err != nil {
		return nil, err
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return nil, err
	}
	found := namespaces{}
	for _, o := range objects {
		if ns, ok := o.versioned.(*corev1.Namespace); ok {
			found[ns.Name] = ns
		}
	}
	admit := &admission.Admission{
		Configuration: config, Evaluator: evaluator, Metrics: podSecurityRecorder(),
		PodSpecExtractor: admission.DefaultPodSpecExtractor{}, NamespaceGetter: found, PodLister: found,
	}
	if err := admit.CompleteConfiguration(); err != nil {
		return nil, err
	}
	return admit, admit.ValidateConfiguration()
}

// namespaces are those of the add-ons; one that no add-on makes has no labels.
type namespaces map[string]*corev1.Namespace

func (n namespaces) GetNamespace(_ context.Context, name string) (*corev1.Namespace, error) {
	if ns := n[name]; ns != nil {
		return ns, nil
	}
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, nil
}

func (n namespaces) ListPods(context.Context, string) ([]*corev1.Pod, error) { return nil, nil }

func TestRefusesPodSecurity(t *testing.T) {
	t.Parallel()
	const proxy, coredns, config = addonsDir + "/kube-proxy.yaml", addonsDir + "/coredns.yaml", configDir + "admission.yaml"
	m := named(t, "plain").machines[0]
	refuses(t, m, []refusal{
		{`kube-proxy: pods "kube-proxy" is forbidden: violates PodSecurity "baseline:latest": host namespaces`,
			replace(config, "namespaces: [kube-system]", "namespaces: []")},
		{`violates PodSecurity "restricted:latest": runAsNonRoot`, restrict(coredns)},
		{`flannel.yaml: flannel: pods "flannel" is forbidden: violates PodSecurity "restricted:latest"`, restrict(addonsDir + "/flannel.yaml")},
		{`privileged (container "kube-proxy" must not set securityContext.privileged=true)`, restrict(proxy)},
		{"enforce: must be one of privileged, baseline, restricted", replace(config, "enforce: baseline", "enforce: base")},
		{`unknown field "default"`, replace(config, "defaults:", "default:")},
	}, func(t *testing.T, dir string) []string { return checkPodSecurity(t.Context(), dir) })
}

// restrict moves an add-on into a namespace that admits restricted pods alone.
func restrict(file string) damage {
	const namespace = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: strict\n  labels: {pod-security.kubernetes.io/enforce: restricted}\n---\n"
	return func(t *testing.T, dir string) {
		edit(t, filepath.Join(dir, file), func(text string) string {
			return namespace + strings.ReplaceAll(text, "namespace: kube-system", "namespace: strict")
		})
	}
}
