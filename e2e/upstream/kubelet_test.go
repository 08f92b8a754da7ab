package upstream

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	clientset "k8s.io/client-go/kubernetes"
	logsapi "k8s.io/component-base/logs/api/v1"
	nodeutil "k8s.io/component-helpers/node/util"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kubelet/app"
	"k8s.io/kubernetes/cmd/kubelet/app/options"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/certificate/bootstrap"
	"k8s.io/kubernetes/pkg/kubelet/eviction"
	"k8s.io/kubernetes/pkg/kubelet/kubeletconfig/configfiles"
	utilfs "k8s.io/kubernetes/pkg/util/filesystem"
)

// startKubelet reads kubelet.service: the kubelet is a container that Docker
// runs, and systemd fills in the node's name and address.
func startKubelet(t *testing.T, m machine, dir string) (*start, error) {
	t.Helper()
	unit, err := os.ReadFile(filepath.Join(dir, "etc/systemd/system/kubelet.service"))
	if err != nil {
		return nil, err
	}
	words, mounts, err := dockerRun(string(unit), isolate(t, transplant(t, dir)))
	if err != nil {
		return nil, err
	}
	variables := environment(dir)
	s := &start{mounts: mounts}
	for _, word := range words {
		s.args = append(s.args, os.Expand(word, func(name string) string { return variables[name] }))
	}
	return s, nil
}

// dockerRun takes ExecStart= apart, as systemd and docker do: every option of
// docker run that we use has its value after "=" but -v.
func dockerRun(unit, root string) (words []string, mounts []mount, err error) {
	_, command, found := strings.Cut(strings.ReplaceAll(unit, "\\\n", " "), "\nExecStart=docker run ")
	if !found {
		return nil, nil, fmt.Errorf("kubelet.service runs no docker")
	}
	command, _, _ = strings.Cut(command, "\n")
	words = strings.Fields(command)
	for len(words) > 1 && strings.HasPrefix(words[0], "-") {
		if words[0] == "-v" {
			outside, inside, _ := strings.Cut(words[1], ":")
			inside, _, _ = strings.Cut(inside, ":")
			mounts = append(mounts, mount{inside, filepath.Join(root, outside)})
			words = words[1:]
		}
		words = words[1:]
	}
	if len(words) < 2 {
		return nil, nil, fmt.Errorf("kubelet.service runs no image with flags: %s", command)
	}
	return words[1:], mounts, nil
}

// environment holds the variables of kubelet.service. Where the compiler does
// not know the machine, addresses come from node-addresses as it boots, if the
// pool has two families, and from the kubelet itself otherwise.
func environment(dir string) map[string]string {
	variables := map[string]string{}
	text, _ := os.ReadFile(filepath.Join(dir, configDir, "node.env")) // systemd too goes on without it
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		variables[name] = value
	}
	if _, err := os.Stat(filepath.Join(dir, "opt/bin/node-addresses")); err == nil && variables["NODE_IP"] == "" {
		variables["NODE_IP"] = "192.0.2.77,2001:db8::77" // what it would write, with addresses for documentation
	}
	return variables
}

// judgeKubelet does what the command kubelet does before it goes to the API and
// to containerd, in the same order.
func judgeKubelet(args []string) []error {
	ctx := context.Background()
	flags := options.NewKubeletFlags()
	config, err := options.NewKubeletConfiguration()
	if err != nil {
		return []error{err}
	}
	set := pflag.NewFlagSet("kubelet", pflag.ContinueOnError)
	flags.AddFlags(set)
	options.AddKubeletConfigFlags(set, config)
	options.AddGlobalFlags(set)
	errs := parse("kubelet", set, args)
	if len(errs) > 0 {
		return errs
	}
	if err := options.ValidateKubeletFlags(flags); err != nil {
		return []error{err}
	}
	if config, err = loadKubeletConfig(ctx, flags.KubeletConfigFile, args); err != nil {
		return []error{err}
	}
	if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(config.FeatureGates); err != nil {
		return []error{err}
	}
	if err := logsapi.ValidateAndApplyAsField(&config.Logging, utilfeature.DefaultFeatureGate, field.NewPath("logging")); err != nil {
		return []error{err}
	}
	// This asks which cgroups the machine has, and here it would be ours.
	config.FailCgroupV1 = false
	server := &options.KubeletServer{KubeletFlags: *flags, KubeletConfiguration: *config}
	if err := options.ValidateKubeletServer(server); err != nil {
		return []error{err}
	}
	return compact(judgeNode(ctx, server))
}

// loadKubeletConfig reads the file, and lets flags that are in the file's
// format as well count for more, as the kubelet does.
func loadKubeletConfig(ctx context.Context, name string, args []string) (*kubeletconfig.KubeletConfiguration, error) {
	loader, err := configfiles.NewFsLoader(&utilfs.DefaultFs{}, name)
	if err != nil {
		return nil, err
	}
	config, err := loader.Load(ctx)
	if err != nil {
		return nil, err
	}
	again := pflag.NewFlagSet("kubelet", pflag.ContinueOnError)
	again.ParseErrorsAllowlist.UnknownFlags = true // the rest was parsed before
	options.AddKubeletConfigFlags(again, config)
	return config, again.Parse(args)
}

// judgeNode checks what the kubelet makes of itself as a node: name, addresses,
// its server's certificate and who may call it, and its client.
func judgeNode(ctx context.Context, s *options.KubeletServer) []error {
	name, err := nodeutil.GetHostname(s.HostnameOverride)
	if err != nil {
		return []error{err}
	}
	if s.CertDirectory, err = os.MkdirTemp("", "kubelet-pki"); err != nil {
		return []error{err}
	}
	var errs []error
	_, ignored, err := nodeutil.ParseNodeIPArgument(s.NodeIP, s.CloudProvider)
	errs = append(errs, err)
	if len(ignored) > 0 {
		errs = append(errs, fmt.Errorf("--node-ip has %q, which it ignores", ignored))
	}
	_, err = app.UnsecuredDependencies(ctx, s, utilfeature.DefaultFeatureGate)
	errs = append(errs, err)
	_, err = eviction.ParseThresholdConfig(s.EnforceNodeAllocatable, s.EvictionHard, s.EvictionSoft, s.EvictionSoftGracePeriod, s.EvictionMinimumReclaim)
	errs = append(errs, err)
	certConfig, _, err := bootstrap.LoadClientConfig(klog.FromContext(ctx), s.KubeConfig, s.BootstrapKubeconfig, s.CertDirectory)
	if err != nil {
		return append(errs, err)
	}
	client, err := clientset.NewForConfig(certConfig)
	if err != nil {
		return append(errs, err)
	}
	_, _, err = app.BuildAuth(types.NodeName(name), client, s.KubeletConfiguration)
	return append(errs, err)
}
