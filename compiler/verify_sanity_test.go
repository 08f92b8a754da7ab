package compiler_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	aggregatorv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"

	"github.com/kube-anywhere/kube-anywhere/compiler"
)

// workload is what makes pods.
type workload struct {
	metav1.ObjectMeta
	selector *metav1.LabelSelector
	template corev1.PodTemplateSpec
	static   bool
}

func workloadOf(object runtime.Object) *workload {
	switch o := object.(type) {
	case *appsv1.Deployment:
		return &workload{o.ObjectMeta, o.Spec.Selector, o.Spec.Template, false}
	case *appsv1.DaemonSet:
		return &workload{o.ObjectMeta, o.Spec.Selector, o.Spec.Template, false}
	case *appsv1.StatefulSet:
		return &workload{o.ObjectMeta, o.Spec.Selector, o.Spec.Template, false}
	case *batchv1.Job:
		return &workload{o.ObjectMeta, nil, o.Spec.Template, false}
	case *batchv1.CronJob:
		return &workload{o.ObjectMeta, nil, o.Spec.JobTemplate.Spec.Template, false}
	}
	return nil
}

// bundle is every object of a control-plane machine, by what names it.
type bundle struct {
	named     map[string]bool // "Kind namespace/name"
	workloads []*workload
	docs      []document
}

func bundleOf(docs []document) bundle {
	b := bundle{named: map[string]bool{}, docs: docs}
	for _, name := range slices.Concat(builtIn, usersOwn) {
		b.named[name] = true
	}
	for _, doc := range docs {
		if w := workloadOf(doc.object); w != nil {
			b.workloads = append(b.workloads, w)
		}
		if pod, ok := doc.object.(*corev1.Pod); ok {
			static := strings.HasPrefix(doc.file, "/etc/kubernetes/manifests/")
			b.workloads = append(b.workloads, &workload{pod.ObjectMeta, nil,
				corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta, Spec: pod.Spec}, static})
		}
		if o, ok := doc.object.(metav1.Object); ok {
			b.named[name(doc.object, o.GetNamespace(), o.GetName())] = true
		}
	}
	return b
}

func name(object runtime.Object, namespace, name string) string {
	return object.GetObjectKind().GroupVersionKind().Kind + " " + namespace + "/" + name
}

// builtIn is what every apiserver makes by itself, as far as we use it.
// https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
var builtIn = []string{
	"Namespace /default", "Namespace /kube-system", "Namespace /kube-public", "Namespace /kube-node-lease",
	"PriorityClass /system-cluster-critical", "PriorityClass /system-node-critical",
	"ClusterRole /cluster-admin", "ClusterRole /view", "ClusterRole /edit", "ClusterRole /admin",
	"ClusterRole /system:auth-delegator", "ClusterRole /system:kubelet-api-admin",
	"ClusterRole /system:node-bootstrapper", "ClusterRole /system:node-proxier",
	"ClusterRole /system:certificates.k8s.io:certificatesigningrequests:nodeclient",
	"ClusterRole /system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
	"Role kube-system/extension-apiserver-authentication-reader",
	"ConfigMap kube-system/kube-root-ca.crt",
}

// usersOwn is what the user makes: a cloud's credentials, which no payload has.
var usersOwn = []string{"Secret kube-system/cloud-config", "Secret kube-system/cloud-login"}

// impliedPorts are ports that a program opens without being told in its pod.
var impliedPorts = map[string][]int32{
	"coredns":                 {53, 8080, 8181, 9153}, // its Corefile's server and the defaults of health, ready, prometheus
	"headlamp":                {4466},
	"kube-apiserver":          {6443},
	"kube-controller-manager": {10257},
	"kube-scheduler":          {10259},
	"kube-proxy":              {10256}, // healthzBindAddress' default
	"kube-router":             {20244}, // --health-port's default
	"fluent-bit":              {2020},  // its configuration's http_port
}

// TestObjects checks what decoding cannot see: that objects fit together.
func TestObjects(t *testing.T) {
	eachCase(t, func(t *testing.T, out *compiler.Output) {
		for _, d := range machines(out) {
			if !d.ControlPlane {
				continue
			}
			docs, problems := documents(d)
			report(t, d.Role.Name, append(problems, checkObjects(docs)...))
		}
	})
}

func checkObjects(docs []document) []string {
	b := bundleOf(docs)
	var problems []string
	for _, w := range b.workloads {
		problems = append(problems, b.workload(w)...)
	}
	seen := map[string]string{}
	for _, doc := range docs {
		meta, ok := doc.object.(metav1.Object)
		if !ok || !strings.HasPrefix(doc.file, "/etc/kubernetes/addons/") {
			continue // a configuration, or a static pod
		}
		this := name(doc.object, meta.GetNamespace(), meta.GetName())
		if meta.GetName() == "" {
			problems = append(problems, doc.file+": an object without a name")
		}
		if other := seen[this]; other != "" {
			problems = append(problems, fmt.Sprintf("%s: %s is in %s too", doc.file, this, other))
		}
		seen[this] = doc.file
		if ns := meta.GetNamespace(); ns != "" {
			problems = append(problems, b.need(this, "Namespace /"+ns)...)
		}
		problems = append(problems, b.object(doc.object)...)
	}
	return problems
}

func (b bundle) need(who, what string) []string {
	if !b.named[what] {
		return problemf("%s needs %s, which is not there", who, what)
	}
	return nil
}

func (b bundle) object(object runtime.Object) []string {
	switch o := object.(type) {
	case *corev1.Service:
		return b.service(o)
	case *rbacv1.ClusterRoleBinding:
		who := "ClusterRoleBinding " + o.Name
		return append(b.need(who, "ClusterRole /"+o.RoleRef.Name), b.subjects(who, o.Subjects)...)
	case *rbacv1.RoleBinding:
		who, role := "RoleBinding "+o.Name, "ClusterRole /"+o.RoleRef.Name
		if o.RoleRef.Kind == "Role" {
			role = "Role " + o.Namespace + "/" + o.RoleRef.Name
		}
		return append(b.need(who, role), b.subjects(who, o.Subjects)...)
	case *aggregatorv1.APIService:
		if o.Spec.Service != nil {
			return b.need("APIService "+o.Name, "Service "+o.Spec.Service.Namespace+"/"+o.Spec.Service.Name)
		}
	}
	return nil
}

func (b bundle) subjects(who string, subjects []rbacv1.Subject) []string {
	if len(subjects) == 0 {
		return problemf("%s binds nobody", who)
	}
	var problems []string
	for _, s := range subjects {
		switch {
		case s.Kind == "ServiceAccount":
			problems = append(problems, b.need(who, "ServiceAccount "+s.Namespace+"/"+s.Name)...)
		case s.Kind != "User" && s.Kind != "Group" || s.APIGroup != "" && s.APIGroup != rbacv1.GroupName:
			problems = append(problems, fmt.Sprintf("%s binds no such thing as %s %s", who, s.Kind, s.Name))
		}
	}
	return problems
}

// service checks that a Service selects something that listens.
func (b bundle) service(s *corev1.Service) []string {
	if len(s.Spec.Selector) == 0 {
		return problemf("Service %s selects nothing", s.Name)
	}
	var problems []string
	found := false
	for _, w := range b.workloads {
		if w.Namespace != s.Namespace || !labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(w.template.Labels)) {
			continue
		}
		found = true
		for _, p := range s.Spec.Ports {
			target := p.TargetPort.IntVal
			ok := slices.ContainsFunc(w.template.Spec.Containers, func(c corev1.Container) bool {
				if p.TargetPort.StrVal != "" {
					return hasPortName(c, p.TargetPort.StrVal)
				}
				return hasPort(c, max(target, 0)) || target == 0 && hasPort(c, p.Port)
			})
			if !ok {
				problems = append(problems, fmt.Sprintf("Service %s: nothing listens on %d -> %s", s.Name, p.Port, p.TargetPort.String()))
			}
		}
	}
	if !found {
		problems = append(problems, fmt.Sprintf("Service %s selects nothing that is there", s.Name))
	}
	return problems
}

func hasPortName(c corev1.Container, name string) bool {
	return slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.Name == name })
}

// hasPort says whether a container listens on a port: as declared, as an
// argument says, or as is known of the program.
func hasPort(c corev1.Container, port int32) bool {
	if port == 0 {
		return false
	}
	declared := slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.ContainerPort == port })
	told := slices.ContainsFunc(slices.Concat(c.Command, c.Args), func(a string) bool {
		return strings.HasSuffix(a, fmt.Sprintf("=%d", port)) || strings.HasSuffix(a, fmt.Sprintf(":%d", port))
	})
	return declared || told || slices.Contains(impliedPorts[c.Name], port)
}

// TestObjectsInEffect proves that all objects are looked at: the counts are
// those of the default add-ons, at least.
func TestObjectsInEffect(t *testing.T) {
	t.Parallel()
	docs, problems := documents(controlPlane(t, plain(t)))
	report(t, "minimal", problems)
	b := bundleOf(docs)
	static := 0
	for _, w := range b.workloads {
		if w.static {
			static++
		}
	}
	if static < 4 || len(b.workloads)-static < 4 {
		t.Errorf("%d static pods and %d other workloads", static, len(b.workloads)-static)
	}
}
