package compiler_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	clientcmdv1 "k8s.io/client-go/tools/clientcmd/api/v1"
	aggregatorv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	kubeproxyv1alpha1 "k8s.io/kube-proxy/config/v1alpha1"
	kubeletv1beta1 "k8s.io/kubelet/config/v1beta1"
	podsecurityv1 "k8s.io/pod-security-admission/admission/api/v1"

	"github.com/kube-anywhere/kube-anywhere/compiler"
)

// document is one Kubernetes document of a machine, decoded.
type document struct {
	file   string
	object runtime.Object
}

// abacPolicy is one line of an authorization policy file, the only document
// here whose type is in no library.
// https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/abac/v1beta1/types.go
type abacPolicy struct {
	metav1.TypeMeta `json:",inline"`
	Spec            struct {
		User            string `json:"user,omitempty"`
		Group           string `json:"group,omitempty"`
		Readonly        bool   `json:"readonly,omitempty"`
		APIGroup        string `json:"apiGroup,omitempty"`
		Resource        string `json:"resource,omitempty"`
		Namespace       string `json:"namespace,omitempty"`
		NonResourcePath string `json:"nonResourcePath,omitempty"`
	} `json:"spec"`
}

func (p *abacPolicy) DeepCopyObject() runtime.Object { c := *p; return &c }

// decoder knows every type that our output may hold, and is strict: unknown and
// duplicate fields are errors.
var decoder = sync.OnceValue(func() runtime.Decoder {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		clientscheme.AddToScheme, aggregatorv1.AddToScheme, kubeletv1beta1.AddToScheme,
		kubeproxyv1alpha1.AddToScheme, apiserverv1.AddToScheme, auditv1.AddToScheme,
		podsecurityv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			panic(err)
		}
	}
	scheme.AddKnownTypes(schema.GroupVersion{Version: "v1"}, &clientcmdv1.Config{})
	scheme.AddKnownTypeWithName(schema.GroupVersionKind{
		Group: "abac.authorization.kubernetes.io", Version: "v1beta1", Kind: "Policy"}, &abacPolicy{})
	return serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
})

// decodeAll decodes every document of a YAML text, and the documents inside.
func decodeAll(file string, text []byte) ([]document, error) {
	var all []document
	var errs []error
	reader := yaml.NewDocumentDecoder(io.NopCloser(bytes.NewReader(text)))
	buffer := make([]byte, len(text)+1)
	for {
		n, err := reader.Read(buffer)
		if errors.Is(err, io.EOF) {
			return all, errors.Join(errs...)
		}
		if err != nil {
			return all, err
		}
		if !hasContent(buffer[:n]) {
			continue
		}
		object, _, err := decoder().Decode(bytes.Clone(buffer[:n]), nil, nil)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file, err))
			continue
		}
		inner, err := decodeInner(file, object)
		all = append(append(all, document{file, object}), inner...)
		errs = append(errs, err)
	}
}

func hasContent(text []byte) bool {
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' && !bytes.Equal(line, []byte("---")) {
			return true
		}
	}
	return false
}

// decodeInner decodes what an object holds as text or as a raw extension.
func decodeInner(file string, object runtime.Object) ([]document, error) {
	texts := map[string][]byte{}
	switch o := object.(type) {
	case *corev1.ConfigMap:
		for _, key := range slices.Sorted(maps.Keys(o.Data)) {
			var head metav1.TypeMeta
			if yaml.Unmarshal([]byte(o.Data[key]), &head) == nil && head.Kind != "" && head.APIVersion != "" {
				texts[key] = []byte(o.Data[key])
			} else if strings.HasSuffix(key, ".json") && !json.Valid([]byte(o.Data[key])) {
				return nil, fmt.Errorf("%s: %s is not JSON", file, key)
			}
		}
	case *apiserverv1.AdmissionConfiguration:
		for _, p := range o.Plugins {
			if p.Configuration != nil {
				texts[p.Name] = p.Configuration.Raw
			}
		}
	case *corev1.List:
		for i, item := range o.Items {
			texts[fmt.Sprint(i)] = item.Raw
		}
	}
	var all []document
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		docs, err := decodeAll(file+"#"+key, texts[key])
		all, errs = append(all, docs...), append(errs, err)
	}
	return all, errors.Join(errs...)
}

// documents decodes everything under /etc/kubernetes that is Kubernetes' own
// format. What it does not know the name of has to be in notKubernetes.
func documents(d delivered) ([]document, []string) {
	var all []document
	var problems []string
	for _, f := range d.Files {
		under, ok := strings.CutPrefix(f.Path, "/etc/kubernetes/")
		if !ok || strings.HasPrefix(under, "pki/") || notKubernetes[under] != "" {
			continue
		}
		text := f.Content
		if strings.HasSuffix(f.Path, ".jsonl") { // one document a line
			text = bytes.ReplaceAll(text, []byte("\n{"), []byte("\n---\n{"))
		}
		docs, err := decodeAll(f.Path, text)
		if err != nil {
			problems = append(problems, err.Error())
		} else if len(docs) == 0 {
			problems = append(problems, f.Path+": no document")
		}
		all = append(all, docs...)
	}
	return all, problems
}

// notKubernetes are files under /etc/kubernetes that others read.
var notKubernetes = map[string]string{
	"node.env":  "systemd and shells read it",
	"proxy.env": "systemd and curl read it",
}

func TestDocumentsDecodeStrictly(t *testing.T) {
	eachMachine(t, func(d delivered) []string {
		docs, problems := documents(d)
		if d.ControlPlane && len(docs) < 15 {
			problems = append(problems, fmt.Sprintf("only %d documents", len(docs)))
		}
		return problems
	})
}

// TestUserKubeconfigsDecodeStrictly reads those that stay with the user.
func TestUserKubeconfigsDecodeStrictly(t *testing.T) {
	eachCase(t, func(t *testing.T, out *compiler.Output) {
		found := 0
		for _, f := range out.Files {
			if strings.HasPrefix(f.Path, "kubeconfig") {
				found++
				if _, err := decodeAll(f.Path, bytes.Join(f.Chunks, nil)); err != nil {
					t.Error(err)
				}
			}
		}
		if found != 2 {
			t.Errorf("%d kubeconfigs, wanted 2", found)
		}
	})
}

// TestDocumentChecksFail damages documents: the check must see it.
func TestDocumentChecksFail(t *testing.T) {
	t.Parallel()
	apiserver := "/etc/kubernetes/manifests/kube-apiserver.yaml"
	for _, damage := range []struct{ file, old, new, want string }{
		{apiserver, "hostNetwork: true", "hostNetwork: true\n  hostNetworks: true", `unknown field "spec.hostNetworks"`},
		{apiserver, "hostNetwork: true", "hostNetwork: true\n  hostNetwork: true", `already set`},
		{apiserver, "kind: Pod", "kind: Pot", `no kind "Pot"`},
		{apiserver, "hostNetwork: true", "hostNetwork: 1", "cannot unmarshal"},
		{"/etc/kubernetes/kubelet.yaml", "cgroupDriver:", "cgroupDrivers:", "cgroupDrivers"},
		{"/etc/kubernetes/encryption.yaml", "secretbox:", "secretBox:", "secretBox"},
		{"/etc/kubernetes/admission.yaml", "exemptions:", "exemption:", `unknown field "exemption"`},
		{"/etc/kubernetes/audit-policy.yaml", "omitStages:", "omitStage:", "omitStage"},
		{"/etc/kubernetes/authentication.yaml", "conditions:", "condition:", "condition"},
		{"/etc/kubernetes/scheduler.conf", "client-key:", "clientKey:", "clientKey"},
		{"/etc/kubernetes/authorization.jsonl", `"user"`, `"usr"`, "usr"},
		{"/etc/kubernetes/addons/kube-proxy.yaml", "mode:", "modus:", "modus"},
		{"/etc/kubernetes/addons/bootstrap-token.yaml", "stringData:", "stringsData:", "stringsData"},
	} {
		d := controlPlane(t, plain(t))
		d.replace(t, damage.file, damage.old, damage.new)
		_, problems := documents(d)
		wantProblem(t, problems, damage.want)
	}
}
