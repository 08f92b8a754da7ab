package upstream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	requestx509 "k8s.io/apiserver/pkg/authentication/request/x509"
	"k8s.io/apiserver/pkg/authentication/user"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdlatest "k8s.io/client-go/tools/clientcmd/api/latest"
	"k8s.io/kubernetes/plugin/pkg/auth/authenticator/token/bootstrap"
)

// loadKubeconfig reads a kubeconfig as every client of Kubernetes does, but
// strictly, and makes what a client would connect with.
func loadKubeconfig(name string) (*rest.Config, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	strict := serializer.NewCodecFactory(clientcmdlatest.Scheme, serializer.EnableStrict)
	if _, _, err := strict.UniversalDeserializer().Decode(text, nil, nil); err != nil {
		return nil, err
	}
	config, err := clientcmd.LoadFromFile(name)
	if err != nil {
		return nil, err
	}
	if err := clientcmd.ConfirmUsable(*config, ""); err != nil {
		return nil, err
	}
	client, err := clientcmd.NewDefaultClientConfig(*config, nil).ClientConfig()
	if err != nil {
		return nil, err
	}
	if client.Insecure {
		return nil, errors.New("it checks no certificate of the API server")
	}
	// From the text of the files: clients reload files, and go on without them.
	loaded := rest.CopyConfig(client)
	if err := rest.LoadTLSFiles(loaded); err != nil {
		return nil, err
	}
	loaded.CertFile, loaded.KeyFile, loaded.CAFile = "", "", ""
	_, err = rest.TLSConfigFor(loaded)
	return loaded, err
}

// identify asks the API's authenticators who comes with a kubeconfig: that of
// client certificates of its CA, and that of bootstrap tokens.
func identify(ctx context.Context, client *rest.Config, secrets []*corev1.Secret) (user.Info, error) {
	answer, ok, err := authenticate(ctx, client, secrets)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errors.New("the API does not know who that is")
	}
	return answer.User, nil
}

func authenticate(ctx context.Context, client *rest.Config, secrets []*corev1.Secret) (*authenticator.Response, bool, error) {
	if client.BearerToken != "" {
		return bootstrap.NewTokenAuthenticator(secretLister(secrets)).AuthenticateToken(ctx, client.BearerToken)
	}
	options := requestx509.DefaultVerifyOptions()
	options.Roots = x509.NewCertPool()
	options.Roots.AppendCertsFromPEM(client.CAData)
	block, _ := pem.Decode(client.CertData)
	if block == nil {
		return nil, false, errors.New("no client certificate")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, false, err
	}
	request := &http.Request{TLS: &tls.ConnectionState{PeerCertificates: []*x509.Certificate{certificate}}}
	return requestx509.New(options, requestx509.CommonNameUserConversion).AuthenticateRequest(request)
}

// secretLister is what the authenticator looks tokens up in.
func secretLister(secrets []*corev1.Secret) corelisters.SecretNamespaceLister {
	index := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	for _, s := range secrets {
		s = s.DeepCopy()
		// The API does this as it stores a Secret.
		s.Data = map[string][]byte{}
		for key, text := range s.StringData {
			s.Data[key] = []byte(text)
		}
		_ = index.Add(s) // it fails for what has no metadata
	}
	return corelisters.NewSecretLister(index).Secrets("kube-system")
}

// TestKubeconfigs has every kubeconfig of every machine and of the user tell
// who comes with it, and sees that it is who should.
func TestKubeconfigs(t *testing.T) {
	eachCluster(t, func(t *testing.T, c cluster) {
		secrets, err := joinTokens(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range c.machines {
			report(t, checkKubeconfigs(t, m.copy(t), secrets))
		}
		for _, name := range []string{"kubeconfig", "kubeconfig.break-glass"} {
			report(t, checkKubeconfig(t.Context(), filepath.Join(c.dir, name), "", secrets))
		}
	})
}

// joinTokens are the Secrets of a cluster's add-ons.
func joinTokens(c cluster) ([]*corev1.Secret, error) {
	objects, err := readObjects(filepath.Join(c.dir, "addons"))
	var all []*corev1.Secret
	for _, o := range objects {
		if s, ok := o.versioned.(*corev1.Secret); ok {
			all = append(all, s)
		}
	}
	return all, err
}

// checkKubeconfigs wants some on every machine: nothing else gets it to the API.
func checkKubeconfigs(t *testing.T, dir string, secrets []*corev1.Secret) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(transplant(t, dir), configDir, "*.conf"))
	if err != nil || len(files) == 0 {
		return []string{fmt.Sprintf("no kubeconfig: %v", err)}
	}
	var problems []string
	for _, name := range files {
		problems = append(problems, checkKubeconfig(t.Context(), name, environment(dir)["NODE_NAME"], secrets)...)
	}
	return problems
}

// holders are who the API has to take a kubeconfig's holder for: a name, with
// NODE for the one that the kubelet registers as, and a group.
var holders = map[string][2]string{
	"addon-manager.conf":      {"kube-anywhere:addon-manager", user.AllAuthenticated},
	"bootstrap-kubelet.conf":  {"system:bootstrap:", "system:bootstrappers"},
	"controller-manager.conf": {user.KubeControllerManager, user.AllAuthenticated},
	"kubeconfig":              {"", "kube-anywhere:cluster-admins"},
	"kubeconfig.break-glass":  {"", user.SystemPrivilegedGroup},
	"kubelet.conf":            {"system:node:NODE", user.NodesGroup},
	"scheduler.conf":          {user.KubeScheduler, user.AllAuthenticated},
}

func checkKubeconfig(ctx context.Context, name, node string, secrets []*corev1.Secret) []string {
	base := filepath.Base(name)
	client, err := loadKubeconfig(name)
	if err != nil {
		return []string{fmt.Sprintf("%s: %v", base, err)}
	}
	who, err := identify(ctx, client, secrets)
	if err != nil {
		return []string{fmt.Sprintf("%s: %v", base, err)}
	}
	want, known := holders[base]
	prefix := strings.ReplaceAll(want[0], "NODE", node)
	// The API adds this group to whoever has authenticated.
	groups := append(who.GetGroups(), user.AllAuthenticated)
	if !known || !strings.HasPrefix(who.GetName(), prefix) || !slices.Contains(groups, want[1]) {
		return []string{fmt.Sprintf("%s: its holder is %s of %q, wanted %s of %s", base, who.GetName(), groups, prefix, want[1])}
	}
	return nil
}

func TestRefusesKubeconfigs(t *testing.T) {
	t.Parallel()
	c := named(t, "plain")
	secrets, err := joinTokens(c)
	if err != nil {
		t.Fatal(err)
	}
	const scheduler, join = configDir + "scheduler.conf", configDir + "bootstrap-kubelet.conf"
	check := func(t *testing.T, dir string) []string { return checkKubeconfigs(t, dir, secrets) }
	refuses(t, c.machines[0], []refusal{
		{`unknown field "clusters[0].cluster.servers"`, replace(scheduler, "server:", "servers:")},
		{"no such file or directory", remove(configDir + "pki/scheduler.key")},
		{"private key does not match public key", overwrite(configDir+"pki/scheduler.key", configDir+"pki/apiserver.key")},
		{"certificate signed by unknown authority", overwrite(configDir+"pki/ca.crt", configDir+"pki/front-proxy-ca.crt")},
		{"incompatible key usage", serverAsClient},
		{"its holder is system:node:controlplane-0", replace(configDir+"node.env", "NODE_NAME=controlplane-0", "NODE_NAME=other")},
		{"its holder is system:kube-controller-manager", overwrite(scheduler, configDir+"controller-manager.conf")},
	}, check)
	refuses(t, c.machines[1], []refusal{
		{"the API does not know who that is", replace(join, "token: ", "token: a")},
		{"context was not found for specified context: plane", replace(join, "current-context: plain", "current-context: plane")},
		{"it checks no certificate", replace(join, "certificate-authority: "+configDir+"pki/ca.crt", "insecure-skip-tls-verify: true")},
	}, check)
}

// serverAsClient gives the scheduler a certificate that is for servers alone.
func serverAsClient(t *testing.T, dir string) {
	overwrite(configDir+"pki/scheduler.crt", configDir+"pki/apiserver.crt")(t, dir)
	overwrite(configDir+"pki/scheduler.key", configDir+"pki/apiserver.key")(t, dir)
}
