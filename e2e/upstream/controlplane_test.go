package upstream

import (
	"context"

	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/tools/cache"
	logsapi "k8s.io/component-base/logs/api/v1"
	apiserverapp "k8s.io/kubernetes/cmd/kube-apiserver/app"
	apiserveroptions "k8s.io/kubernetes/cmd/kube-apiserver/app/options"
	scheduleroptions "k8s.io/kubernetes/cmd/kube-scheduler/app/options"
	kubeletclient "k8s.io/kubernetes/pkg/kubelet/client"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/latest"
)

// judgeAPIServer does what the command kube-apiserver does before it serves. It
// insists on an etcd, and gets an empty one. The last steps are of the servers
// that app.NewConfig prepares: they load the certificates with which the API
// goes to kubelets and to extensions.
func judgeAPIServer(args []string) []error {
	ctx := context.Background()
	s := apiserveroptions.NewServerRunOptions()
	errs := parseNamed("kube-apiserver", s.Flags(), args)
	if err := s.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return append(errs, err)
	}
	if err := logsapi.ValidateAndApply(s.Logs, utilfeature.DefaultFeatureGate); err != nil {
		return append(errs, err)
	}
	completed, err := s.Complete(ctx)
	if err != nil {
		return append(errs, err)
	}
	errs = append(errs, completed.Validate()...)
	if err := listen(completed.SecureServing.SecureServingOptions); err != nil {
		return append(errs, err)
	}
	if completed.InformerName, err = cache.NewInformerName("kube-apiserver"); err != nil {
		return append(errs, err)
	}
	if len(errs) > 0 {
		return errs
	}
	if err := standInEtcd(&completed.Etcd.StorageConfig.Transport); err != nil {
		return []error{err}
	}
	if _, err := apiserverapp.NewConfig(completed); err != nil {
		errs = append(errs, err)
	}
	_, err = kubeletclient.MakeTransport(&completed.KubeletConfig)
	errs = append(errs, err)
	_, err = dynamiccertificates.NewDynamicServingContentFromFiles("proxy-client", completed.ProxyClientCertFile, completed.ProxyClientKeyFile)
	return compact(append(errs, err))
}

// judgeScheduler does what the command kube-scheduler does before it schedules.
func judgeScheduler(args []string) []error {
	s := scheduleroptions.NewOptions()
	errs := parseNamed("kube-scheduler", *s.Flags, args)
	if err := s.ComponentGlobalsRegistry.Set(); err != nil {
		return append(errs, err)
	}
	if err := logsapi.ValidateAndApply(s.Logs, utilfeature.DefaultFeatureGate); err != nil {
		return append(errs, err)
	}
	var err error
	if s.ComponentConfig, err = latest.Default(); err != nil {
		return append(errs, err)
	}
	errs = append(errs, s.Validate()...)
	if err := listen(s.SecureServing); err != nil {
		return append(errs, err)
	}
	// The one thing that it asks the API for as it starts.
	s.Authentication.SkipInClusterLookup = true
	_, err = s.Config(context.Background())
	return compact(append(errs, err))
}

// compact leaves out what went well.
func compact(errs []error) []error {
	var all []error
	for _, err := range errs {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}
