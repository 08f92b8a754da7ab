package smoke

import (
	"io/fs"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
	podsecurity "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// awkward has what a user's image could have that YAML reads in its own way.
const awkward = "registry.example.com:5000/e2e/agnhost:2.0@sha256:0000"

// TestManifests decodes each strictly into the real type, and holds its pods
// against Pod Security.
func TestManifests(t *testing.T) {
	files, err := fs.Glob(manifests, "manifests/*.yaml")
	if err != nil || len(files) < 7 {
		t.Fatalf("%d manifests: %v", len(files), err)
	}
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	pods := 0
	for _, file := range files {
		text := render(strings.TrimPrefix(file, "manifests/"), values{Name: "true", Image: awkward, Value: "NodePort"})
		o, _, err := decoder.Decode([]byte(text), nil, nil)
		if err != nil {
			t.Errorf("%s: %v\n%s", file, err, text)
			continue
		}
		if template := podTemplate(o); template != nil {
			pods++
			checkPod(t, file, template)
		}
	}
	if pods != 2 {
		t.Errorf("%d manifests with pods", pods)
	}
}

func podTemplate(o runtime.Object) *corev1.PodTemplateSpec {
	switch o := o.(type) {
	case *appsv1.Deployment:
		return &o.Spec.Template
	case *appsv1.DaemonSet:
		return &o.Spec.Template
	}
	return nil
}

func checkPod(t *testing.T, file string, template *corev1.PodTemplateSpec) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := podsecurity.LevelVersion{Level: podsecurity.LevelRestricted, Version: podsecurity.LatestVersion()}
	result := policy.AggregateCheckResults(evaluator.EvaluatePod(restricted, &template.ObjectMeta, &template.Spec))
	if !result.Allowed {
		t.Errorf("%s: Pod Security does not allow its pods: %s", file, result.ForbiddenDetail())
	}
	if c := template.Spec.Containers[0]; c.Image != awkward || c.Command[0] != "/agnhost" {
		t.Errorf("%s: runs %q of %q", file, c.Command, c.Image)
	}
}
