package compiler_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	aggregatorv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// find is the first object of a type and a name; of any name with "".
func find[T runtime.Object](t *testing.T, docs []document, name string) T {
	t.Helper()
	for _, doc := range docs {
		if o, ok := doc.object.(T); ok && (name == "" || doc.object.(metav1.Object).GetName() == name) {
			return o
		}
	}
	var none T
	t.Fatalf("no %T %q", none, name)
	return none
}

// objectDamages are defects, by what the checks must say about them.
var objectDamages = map[string]func(t *testing.T, docs []document){
	"coredns: the selector does not match": func(t *testing.T, docs []document) {
		find[*appsv1.Deployment](t, docs, "coredns").Spec.Template.Labels = map[string]string{"a": "b"}
	},
	"Service kube-dns selects nothing that is there": func(t *testing.T, docs []document) {
		find[*corev1.Service](t, docs, "kube-dns").Spec.Selector = map[string]string{"a": "b"}
	},
	"Service metrics-server selects nothing": func(t *testing.T, docs []document) {
		find[*corev1.Service](t, docs, "metrics-server").Spec.Selector = nil
	},
	"nothing listens on 443 -> 10251": func(t *testing.T, docs []document) {
		find[*corev1.Service](t, docs, "metrics-server").Spec.Ports[0].TargetPort = intstr.FromInt32(10251)
	},
	"needs ServiceAccount kube-system/nobody": func(t *testing.T, docs []document) {
		find[*appsv1.DaemonSet](t, docs, "kube-proxy").Spec.Template.Spec.ServiceAccountName = "nobody"
	},
	"needs ConfigMap kube-system/corefile": func(t *testing.T, docs []document) {
		find[*appsv1.Deployment](t, docs, "coredns").Spec.Template.Spec.Volumes[0].ConfigMap.Name = "corefile"
	},
	"needs Secret kube-system/s": func(t *testing.T, docs []document) {
		c := &find[*appsv1.Deployment](t, docs, "coredns").Spec.Template.Spec.Containers[0]
		c.EnvFrom = []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "s"}}}}
	},
	"needs PriorityClass /high": func(t *testing.T, docs []document) {
		find[*appsv1.Deployment](t, docs, "coredns").Spec.Template.Spec.PriorityClassName = "high"
	},
	"coredns probes port 1234": func(t *testing.T, docs []document) {
		c := find[*appsv1.Deployment](t, docs, "coredns").Spec.Template.Spec.Containers[0]
		c.ReadinessProbe.HTTPGet.Port = intstr.FromInt32(1234)
	},
	"etcd probes port nothing": func(t *testing.T, docs []document) {
		find[*corev1.Pod](t, docs, "etcd").Spec.Containers[0].LivenessProbe.HTTPGet.Port = intstr.FromString("nothing")
	},
	"coredns requests no CPU": func(t *testing.T, docs []document) {
		find[*appsv1.Deployment](t, docs, "coredns").Spec.Template.Spec.Containers[0].Resources = corev1.ResourceRequirements{}
	},
	"coredns mounts other, which is no volume": func(t *testing.T, docs []document) {
		c := find[*appsv1.Deployment](t, docs, "coredns").Spec.Template.Spec.Containers[0]
		c.VolumeMounts[0].Name = "other"
	},
	"coredns: nothing mounts the volume": func(t *testing.T, docs []document) {
		find[*appsv1.Deployment](t, docs, "coredns").Spec.Template.Spec.Containers[0].VolumeMounts = nil
	},
	"needs ClusterRole /missing": func(t *testing.T, docs []document) {
		find[*rbacv1.ClusterRoleBinding](t, docs, "").RoleRef.Name = "missing"
	},
	"needs Role kube-system/missing": func(t *testing.T, docs []document) {
		find[*rbacv1.RoleBinding](t, docs, "").RoleRef.Name = "missing"
	},
	"binds no such thing as Robot": func(t *testing.T, docs []document) {
		find[*rbacv1.ClusterRoleBinding](t, docs, "").Subjects[0].Kind = "Robot"
	},
	"binds nobody": func(t *testing.T, docs []document) {
		find[*rbacv1.ClusterRoleBinding](t, docs, "").Subjects = nil
	},
	"needs Namespace /dns": func(t *testing.T, docs []document) {
		find[*corev1.Service](t, docs, "kube-dns").Namespace = "dns"
	},
	"needs Service kube-system/metrics,": func(t *testing.T, docs []document) {
		find[*aggregatorv1.APIService](t, docs, "").Spec.Service.Name = "metrics"
	},
	"Service kube-system/kube-dns is in": func(t *testing.T, docs []document) {
		find[*corev1.Service](t, docs, "metrics-server").Name = "kube-dns"
	},
	"the namespace default does not admit it": func(t *testing.T, docs []document) {
		find[*appsv1.DaemonSet](t, docs, "kube-proxy").Namespace = "default"
	},
	"etcd: a static pod refers to the API": func(t *testing.T, docs []document) {
		find[*corev1.Pod](t, docs, "etcd").Spec.ServiceAccountName = "etcd"
	},
	"of a static pod refers to the API": func(t *testing.T, docs []document) {
		v := find[*corev1.Pod](t, docs, "etcd").Spec.Volumes
		v[0].HostPath, v[0].ConfigMap = nil, &corev1.ConfigMapVolumeSource{}
	},
	"envFrom of a static pod": func(t *testing.T, docs []document) {
		find[*corev1.Pod](t, docs, "etcd").Spec.Containers[0].EnvFrom = []corev1.EnvFromSource{{}}
	},
}

// TestObjectChecksFail damages objects, one at a time: the checks must see it.
func TestObjectChecksFail(t *testing.T) {
	t.Parallel()
	for want, damage := range objectDamages {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			docs, problems := documents(controlPlane(t, plain(t)))
			report(t, "undamaged", append(problems, checkObjects(docs)...))
			damage(t, docs)
			wantProblem(t, checkObjects(docs), want)
		})
	}
}
