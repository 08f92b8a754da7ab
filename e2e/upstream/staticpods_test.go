package upstream

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/record"
	"k8s.io/kubernetes/pkg/capabilities"
	kubeletpods "k8s.io/kubernetes/pkg/kubelet/config"
	kubelettypes "k8s.io/kubernetes/pkg/kubelet/types"
)

// What the kubelet sets as it starts, and the API server by --allow-privileged:
// without it a privileged container is invalid.
func init() { capabilities.Initialize(capabilities.Capabilities{AllowPrivileged: true}) }

// TestStaticPods reads the manifests of every control-plane machine with the
// kubelet's own source: defaults, validation, and no reference to the API.
func TestStaticPods(t *testing.T) {
	eachMachine(t, func(t *testing.T, m machine) {
		if !m.controlPlane {
			t.Skip("no static pods")
		}
		report(t, checkStaticPods(t, m.copy(t), m.name))
	})
}

// checkStaticPods also misses pods that the kubelet leaves out without a word.
func checkStaticPods(t *testing.T, dir, node string) []string {
	t.Helper()
	manifests := filepath.Join(dir, configDir, "manifests")
	pods, problems := readStaticPods(t, manifests, node)
	files, err := os.ReadDir(manifests)
	if err != nil {
		return append(problems, err.Error())
	}
	if len(pods) != len(files) {
		problems = append(problems, fmt.Sprintf("the kubelet finds %d pods in %d manifests", len(pods), len(files)))
	}
	return problems
}

// staticPods is what the kubelet makes of a directory: pods, and what it logs.
// At its usual verbosity it logs nothing but problems here.
type staticPods struct {
	Pods   []*corev1.Pod
	Logged []string
}

const staticPodsTask = "static pods"

// readStaticPods has another process read a directory: the kubelet's source
// never ends, and watches.
func readStaticPods(t *testing.T, dir, node string) ([]*corev1.Pod, []string) {
	t.Helper()
	var found staticPods
	if _, err := elsewhere(t, staticPodsTask, []string{dir, node}, &found); err != nil {
		t.Fatal(err)
	}
	return found.Pods, found.Logged
}

// listStaticPods takes a directory and a node's name.
func listStaticPods(args []string) any {
	var lock sync.Mutex
	var logged []string
	logger := funcr.New(func(_, line string) {
		lock.Lock()
		defer lock.Unlock()
		logged = append(logged, line)
	}, funcr.Options{})
	config := kubeletpods.NewPodConfig(record.NewFakeRecorder(100), nil)
	// An hour: it reads at once as it starts, and that once is enough.
	kubeletpods.NewSourceFile(logger, args[0], types.NodeName(args[1]), time.Hour, config.Channel(context.Background(), kubelettypes.FileSource))
	update := <-config.Updates()
	lock.Lock()
	defer lock.Unlock()
	return staticPods{update.Pods, logged}
}

func TestRefusesStaticPods(t *testing.T) {
	t.Parallel()
	const apiServer, scheduler = configDir + "manifests/kube-apiserver.yaml", configDir + "manifests/kube-scheduler.yaml"
	m := named(t, "plain").machines[0]
	refuses(t, m, []refusal{
		{"may not reference serviceaccounts", replace(apiServer, "hostNetwork: true", "serviceAccountName: default\n  hostNetwork: true")},
		{"may not reference configmaps", replace(apiServer, "hostPath: {path: /var/log/kubernetes}", "configMap: {name: log}")},
		{"may not reference secrets", replace(apiServer, "hostNetwork: true", "imagePullSecrets: [{name: registry}]\n  hostNetwork: true")},
		{`Unsupported value: \"Sometimes\"`, replace(apiServer, "hostNetwork: true", "restartPolicy: Sometimes\n  hostNetwork: true")},
		{"spec.containers[0].image", replace(scheduler, "image: ", "#image: ")},
		{"volumeMounts[0].name: Not found", replace(scheduler, "- {name: config, hostPath", "- {name: configs, hostPath")},
		{"name is needed", replace(scheduler, "name: kube-scheduler\n  namespace", "namespace")},
		{"couldn't parse as pod", replace(scheduler, "kind: Pod", "kind: Deployment")},
		{"Mirror pod", replace(scheduler, "priority: 2000001000", "priority: 2000000000")},
		{"will not use priorityClassName", replace(scheduler, "  priority: 2000001000\n", "")},
		{"5 manifests", replace(scheduler, "namespace: kube-system", "namespace: kube-system\n  name: etcd")},
	}, func(t *testing.T, dir string) []string { return checkStaticPods(t, dir, m.name) })
}
