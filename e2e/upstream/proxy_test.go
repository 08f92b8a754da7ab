package upstream

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/spf13/pflag"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/cmd/kube-proxy/app"
)

// startKubeProxy finds kube-proxy among the add-ons of a control-plane machine.
// Its config is in a ConfigMap, and it runs on every node alike.
func startKubeProxy(t *testing.T, m machine, dir string) (*start, error) {
	t.Helper()
	if !m.controlPlane {
		return nil, nil
	}
	objects, err := readObjects(filepath.Join(dir, configDir, "addons"))
	if err != nil {
		return nil, err
	}
	configMaps := map[string]*corev1.ConfigMap{}
	var proxy *appsv1.DaemonSet
	for _, o := range objects {
		switch o := o.versioned.(type) {
		case *corev1.ConfigMap:
			configMaps[o.Name] = o
		case *appsv1.DaemonSet:
			if o.Name == "kube-proxy" {
				proxy = o
			}
		}
	}
	if proxy == nil {
		return nil, nil // the config may leave it to the network plugin
	}
	return startContainer(t, proxy.Spec.Template.Spec, t.TempDir(), m.name, configMaps)
}

// judgeKubeProxy does what the command kube-proxy does before it goes to the
// API. Its option set keeps the config to itself, hence only its own checks.
func judgeKubeProxy(args []string) []error {
	s := app.NewOptions()
	set := pflag.NewFlagSet("kube-proxy", pflag.ContinueOnError)
	s.AddFlags(set)
	errs := parse("kube-proxy", set, args)
	if err := s.Complete(set); err != nil {
		return append(errs, fmt.Errorf("complete: %w", err))
	}
	return compact(append(errs, s.Validate()))
}
