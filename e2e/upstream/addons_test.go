package upstream

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/warning"
	"k8s.io/kubernetes/pkg/apis/core"
)

// TestAddons creates every object of the add-ons as the API does, except that
// nothing is stored.
func TestAddons(t *testing.T) {
	eachMachine(t, func(t *testing.T, m machine) {
		if !m.controlPlane {
			t.Skip("no add-ons")
		}
		report(t, checkAddons(m.copy(t)))
	})
}

func checkAddons(dir string) []string {
	objects, err := readObjects(filepath.Join(dir, addonsDir))
	var problems []string
	if err != nil {
		problems = append(problems, err.Error())
	}
	for _, o := range objects {
		for _, p := range create(o) {
			problems = append(problems, fmt.Sprintf("%s: %s: %s", o.file, o.kind.Kind, p))
		}
	}
	return problems
}

// warnings collects what kubectl shows as "Warning:".
type warnings []string

func (w *warnings) AddWarning(_, text string) { *w = append(*w, "it warns: "+text) }

// create is rest.BeforeCreate, and what a caller of it sets up.
func create(o object) []string {
	strategy := strategies[o.kind.GroupKind()]
	if strategy == nil {
		return []string{"strategies in objects_test.go has nothing for this kind: add what the API creates it with"}
	}
	internal := o.internal.DeepCopyObject()
	accessor, err := meta.Accessor(internal)
	if err != nil {
		return []string{err.Error()}
	}
	if strategy.NamespaceScoped() && accessor.GetNamespace() == "" {
		return []string{"it has no namespace, and would land in whichever kubectl is set to"}
	}
	if s, ok := internal.(*core.Service); ok && s.Spec.ClusterIP != "" && s.Spec.ClusterIPs == nil {
		// The API's storage does this before the strategy sees it.
		s.Spec.ClusterIPs = []string{s.Spec.ClusterIP}
	}
	rest.FillObjectMetaSystemFields(accessor)
	var heard warnings
	ctx := request.WithNamespace(context.Background(), accessor.GetNamespace())
	ctx = request.WithRequestInfo(ctx, &request.RequestInfo{APIGroup: o.kind.Group, APIVersion: o.kind.Version})
	if err := rest.BeforeCreate(strategy, warning.WithWarningRecorder(ctx, &heard), internal); err != nil {
		return append(heard, err.Error())
	}
	return heard
}

func TestRefusesAddons(t *testing.T) {
	t.Parallel()
	const coredns, proxy, metrics = addonsDir + "/coredns.yaml", addonsDir + "/kube-proxy.yaml", addonsDir + "/metrics-server.yaml"
	const rbac, token = addonsDir + "/00-rbac.yaml", addonsDir + "/bootstrap-token.yaml"
	m := named(t, "plain").machines[0]
	refuses(t, m, []refusal{
		{`unknown field "spec.replica"`, replace(coredns, "replicas: ", "replica: ")},
		{"already set in map", replace(coredns, "replicas: ", "replicas: 1\n  replicas: ")},
		{"spec.replicas: Invalid value", replace(coredns, "replicas: ", "replicas: -")},
		{"`selector` does not match template `labels`",
			replace(coredns, "    matchLabels:\n      k8s-app: kube-dns", "    matchLabels:\n      k8s-app: dns")},
		{"spec.clusterIPs[0]: Invalid value", replace(coredns, "clusterIP: 10.96.0.10", "clusterIP: 10.96.0.300")},
		{"spec.ports[0].protocol: Unsupported", replace(coredns, "protocol: UDP", "protocol: QUIC")},
		{"cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
			replace(proxy, "privileged: true", "privileged: true\n          allowPrivilegeEscalation: false")},
		{"volumeMounts[0].name: Not found", replace(proxy, "- {name: config, configMap", "- {name: configs, configMap")},
		{"hostPath.type: Unsupported value", replace(proxy, "type: FileOrCreate", "type: FileOrMake")},
		{"it has no namespace", replace(proxy, "  namespace: kube-system\n", "")},
		{"groupPriorityMinimum", replace(metrics, "groupPriorityMinimum: 100", "groupPriorityMinimum: -1")},
		{`no kind "Deploy" is registered`, replace(metrics, "kind: Deployment", "kind: Deploy")},
		{"roleRef.kind: Unsupported value", replace(rbac, "kind: ClusterRole\n", "kind: ClusterRule\n")},
		{"subjects[0].kind: Unsupported value", replace(rbac, "kind: Group", "kind: Crowd")},
		{"resource rules must supply at least one", replace(metrics, "resources: [nodes, pods]", "resources: []")},
		{"metadata.name: Invalid value", replace(token, "name: bootstrap-token-", "name: Bootstrap-token-")},
		{"it warns: spec.template.spec.nodeSelector",
			replace(proxy, "hostNetwork: true", "hostNetwork: true\n      nodeSelector: {beta.kubernetes.io/os: linux}")},
		{"strategies in objects_test.go has nothing",
			replace(rbac, "apiVersion: rbac", "{apiVersion: v1, kind: Endpoints, metadata: {name: a, namespace: b}}\n---\napiVersion: rbac")},
	}, func(_ *testing.T, dir string) []string { return checkAddons(dir) })
}
