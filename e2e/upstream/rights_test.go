package upstream

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/kubernetes/pkg/auth/authorizer/abac"
	rbacvalidation "k8s.io/kubernetes/pkg/registry/rbac/validation"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy"
)

// right is one thing that somebody may or may not do.
type right struct {
	who, verb, what string // what is resource.group/subresource, in a cluster or a namespace
	may             bool
}

// rights are asked of the RBAC and ABAC authorizers of the API. They are what
// each needs to do its work, and the nearest thing that it must not do.
var rights = []right{
	{"admin", "delete", "nodes", true},
	{"break-glass", "delete", "nodes", true},
	{"addon-manager", "create", "clusterrolebindings.rbac.authorization.k8s.io", true},
	{"apiserver-kubelet-client", "create", "nodes/proxy", true},
	{"apiserver-kubelet-client", "get", "nodes/stats", true},
	{"apiserver-kubelet-client", "get", "secrets", false},
	{"join token", "create", "certificatesigningrequests.certificates.k8s.io", true},
	{"join token", "create", "certificatesigningrequests.certificates.k8s.io/nodeclient", true},
	{"join token", "create", "certificatesigningrequests.certificates.k8s.io/selfnodeclient", false},
	{"join token", "get", "nodes", false},
	{"node", "create", "certificatesigningrequests.certificates.k8s.io/selfnodeclient", true},
	{"node", "update", "certificatesigningrequests.certificates.k8s.io/approval", false},
	{"kube-scheduler", "create", "pods/binding", true},
	{"kube-scheduler", "get", "secrets", false},
	{"kube-controller-manager", "create", "serviceaccounts/token", true},
	{"coredns", "watch", "endpointslices.discovery.k8s.io", true},
	{"coredns", "get", "secrets", false},
	{"kube-proxy", "watch", "services", true},
	{"kube-proxy", "watch", "endpointslices.discovery.k8s.io", true},
	{"kube-proxy", "watch", "nodes", true},
	{"flannel", "watch", "nodes", true},
	{"flannel", "patch", "nodes/status", true},
	{"kube-router", "watch", "networkpolicies.networking.k8s.io", true},
	{"kube-router", "patch", "nodes", false},
	{"metrics-server", "get", "nodes/metrics", true},
	{"metrics-server", "create", "subjectaccessreviews.authorization.k8s.io", true},
	{"metrics-server", "get", "configmaps", true},
	{"metrics-server", "get", "secrets", false},
	{"fluent-bit", "watch", "pods", true},
	{"headlamp", "list", "pods", false},
}

// TestRights asks what everybody may do, with the roles that the API makes as
// it starts, and those of the add-ons.
func TestRights(t *testing.T) {
	eachCluster(t, func(t *testing.T, c cluster) {
		report(t, checkRights(t, c, c.machines[0].copy(t)))
	})
}

func checkRights(t *testing.T, c cluster, dir string) []string {
	t.Helper()
	objects, err := readObjects(filepath.Join(dir, addonsDir))
	if err != nil {
		return []string{err.Error()}
	}
	roles := newRoles(objects)
	problems := roles.unresolved(t.Context())
	policies, err := abac.NewFromFile(filepath.Join(dir, configDir, "authorization.jsonl"))
	if err != nil {
		return append(problems, err.Error())
	}
	people := everybody(t, c, dir, objects)
	for _, r := range rights {
		who := people[r.who]
		if who == nil {
			continue // the config has no such add-on, but some config has (TestRightsAreAsked)
		}
		request := r.attributes(who)
		// Errors tell of roles that are not there, which unresolved has told of.
		byRole, _, _ := roles.authorizer().Authorize(t.Context(), request)
		byPolicy, _, _ := policies.Authorize(t.Context(), request)
		if may := byRole == authorizer.DecisionAllow || byPolicy == authorizer.DecisionAllow; may != r.may {
			problems = append(problems, fmt.Sprintf("%s may %s %s: %t, wanted %t", r.who, r.verb, r.what, may, r.may))
		}
	}
	return problems
}

// TestRightsAreAsked finds names in the table that nobody has.
func TestRightsAreAsked(t *testing.T) {
	t.Parallel()
	people := map[string]user.Info{}
	for _, name := range []string{"airgap", "rack-dual"} { // together they have every add-on
		c := named(t, name)
		dir := c.machines[0].copy(t)
		objects, err := readObjects(filepath.Join(dir, addonsDir))
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(people, everybody(t, c, dir, objects))
	}
	for _, r := range rights {
		if people[r.who] == nil {
			t.Errorf("%s is nobody: the right to %s %s is asked of no config", r.who, r.verb, r.what)
		}
	}
}

// attributes are a request in kube-system, where all of ours is.
func (r right) attributes(who user.Info) authorizer.Attributes {
	resource, subresource, _ := strings.Cut(r.what, "/")
	resource, group, _ := strings.Cut(resource, ".")
	name := ""
	if resource == "configmaps" {
		name = "extension-apiserver-authentication" // the one that extensions of the API read
	}
	return authorizer.AttributesRecord{User: who, Verb: r.verb, Namespace: "kube-system", Name: name,
		APIGroup: group, APIVersion: "*", Resource: resource, Subresource: subresource, ResourceRequest: true}
}

// everybody is who comes to the API: with what is emitted, or as an add-on's
// service account.
func everybody(t *testing.T, c cluster, dir string, objects []object) map[string]user.Info {
	t.Helper()
	root := transplant(t, dir)
	everybody := map[string]user.Info{}
	add := func(who, kubeconfig string, secrets []*corev1.Secret) {
		client, err := loadKubeconfig(kubeconfig)
		if err == nil {
			everybody[who], err = identify(t.Context(), client, secrets)
		}
		if err != nil {
			t.Fatalf("%s: %v", who, err)
		}
	}
	add("admin", filepath.Join(c.dir, "kubeconfig"), nil)
	add("break-glass", filepath.Join(c.dir, "kubeconfig.break-glass"), nil)
	add("addon-manager", filepath.Join(root, configDir, "addon-manager.conf"), nil)
	add("node", filepath.Join(root, configDir, "kubelet.conf"), nil)
	add("kube-scheduler", filepath.Join(root, configDir, "scheduler.conf"), nil)
	add("kube-controller-manager", filepath.Join(root, configDir, "controller-manager.conf"), nil)
	kubeletClient := filepath.Join(root, configDir, "scheduler.conf")
	edit(t, kubeletClient, func(text string) string {
		return strings.ReplaceAll(text, "pki/scheduler.", "pki/apiserver-kubelet-client.")
	})
	add("apiserver-kubelet-client", kubeletClient, nil)
	if secrets, err := joinTokens(c); err == nil && len(c.machines) > 1 {
		worker := c.machines[len(c.machines)-1]
		add("join token", filepath.Join(transplant(t, worker.copy(t)), configDir, "bootstrap-kubelet.conf"), secrets)
	}
	for _, o := range objects {
		if account, ok := o.versioned.(*corev1.ServiceAccount); ok {
			everybody[account.Name] = serviceaccount.UserInfo(account.Namespace, account.Name, "")
		}
	}
	return everybody
}

// roles are those of the API and of the add-ons.
type roles struct {
	roles           []*rbacv1.Role
	bindings        []*rbacv1.RoleBinding
	clusterRoles    []*rbacv1.ClusterRole
	clusterBindings []*rbacv1.ClusterRoleBinding
}

func newRoles(objects []object) *roles {
	r := &roles{}
	for _, o := range append(bootstrappolicy.ClusterRoles(), bootstrappolicy.ControllerRoles()...) {
		r.clusterRoles = append(r.clusterRoles, &o)
	}
	for _, o := range append(bootstrappolicy.ClusterRoleBindings(), bootstrappolicy.ControllerRoleBindings()...) {
		r.clusterBindings = append(r.clusterBindings, &o)
	}
	for _, of := range bootstrappolicy.NamespaceRoles() {
		for _, o := range of {
			r.roles = append(r.roles, &o)
		}
	}
	for _, of := range bootstrappolicy.NamespaceRoleBindings() {
		for _, o := range of {
			r.bindings = append(r.bindings, &o)
		}
	}
	for _, o := range objects {
		switch o := o.versioned.(type) {
		case *rbacv1.Role:
			r.roles = append(r.roles, o)
		case *rbacv1.RoleBinding:
			r.bindings = append(r.bindings, o)
		case *rbacv1.ClusterRole:
			r.clusterRoles = append(r.clusterRoles, o)
		case *rbacv1.ClusterRoleBinding:
			r.clusterBindings = append(r.clusterBindings, o)
		}
	}
	return r
}

func (r *roles) authorizer() authorizer.Authorizer {
	_, static := rbacvalidation.NewTestRuleResolver(r.roles, r.bindings, r.clusterRoles, r.clusterBindings)
	return rbac.New(static, static, static, static)
}

// unresolved finds bindings of roles that nobody makes: the API takes them, and
// they give nothing.
func (r *roles) unresolved(ctx context.Context) []string {
	resolver, _ := rbacvalidation.NewTestRuleResolver(r.roles, r.bindings, r.clusterRoles, r.clusterBindings)
	var problems []string
	check := func(name, namespace string, ref rbacv1.RoleRef) {
		if _, err := resolver.GetRoleReferenceRules(ctx, ref, namespace); err != nil {
			problems = append(problems, fmt.Sprintf("%s binds what is not there: %v", name, err))
		}
	}
	for _, b := range r.bindings {
		check(b.Name, b.Namespace, b.RoleRef)
	}
	for _, b := range r.clusterBindings {
		check(b.Name, "", b.RoleRef)
	}
	return problems
}

func TestRefusesRights(t *testing.T) {
	t.Parallel()
	const bindings, metrics, coredns = addonsDir + "/00-rbac.yaml", addonsDir + "/metrics-server.yaml", addonsDir + "/coredns.yaml"
	c := named(t, "plain")
	refuses(t, c.machines[0], []refusal{
		{"kube-anywhere:apiserver binds what is not there", replace(bindings, "name: system:kubelet-api-admin", "name: system:kubelet-api-admins")},
		{"apiserver-kubelet-client may get nodes/stats: false", replace(bindings, "name: kube-apiserver-kubelet-client", "name: kube-apiserver")},
		{"admin may delete nodes: false", replace(bindings, "  name: cluster-admin\n", "  name: system:basic-user\n")},
		{"join token may get nodes: true", replace(bindings, "name: system:node-bootstrapper", "name: cluster-admin")},
		{"metrics-server may get configmaps: false",
			replace(metrics, "name: extension-apiserver-authentication-reader", "name: system:controller:token-cleaner")},
		{"coredns may watch endpointslices.discovery.k8s.io: false", replace(coredns, "discovery.k8s.io", "discovery")},
		{"addon-manager may create clusterrolebindings",
			replace(configDir+"authorization.jsonl", `"user":"kube-anywhere:addon-manager"`, `"user":"kube-anywhere:addons"`)},
	}, func(t *testing.T, dir string) []string { return checkRights(t, c, dir) })
}
