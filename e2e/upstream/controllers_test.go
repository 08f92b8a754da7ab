package upstream

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
	logsapi "k8s.io/component-base/logs/api/v1"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app/config"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
	"k8s.io/kubernetes/pkg/controller/certificates/signer"
	"k8s.io/kubernetes/pkg/controller/nodeipam/ipam/cidrset"
	netutils "k8s.io/utils/net"
)

// judgeControllerManager does what the command kube-controller-manager does
// before it starts its controllers, and then what those do first that need
// files or ranges.
func judgeControllerManager(args []string) []error {
	ctx := context.Background()
	s, err := options.NewKubeControllerManagerOptions()
	if err != nil {
		return []error{err}
	}
	known, off, aliases := app.KnownControllers(), app.ControllersDisabledByDefault(), app.ControllerAliases()
	errs := parseNamed("kube-controller-manager", s.Flags(known, off, aliases), args)
	if err := s.ComponentGlobalsRegistry.Set(); err != nil {
		return append(errs, err)
	}
	if err := logsapi.ValidateAndApply(s.Logs, utilfeature.DefaultFeatureGate); err != nil {
		return append(errs, err)
	}
	if err := listen(s.SecureServing); err != nil {
		return append(errs, err)
	}
	c, err := s.Config(ctx, known, off, aliases)
	if err != nil {
		return append(errs, err)
	}
	return compact(append(errs, judgeSigning(ctx, c), judgeServiceAccounts(c), judgeNodeRanges(c)))
}

// judgeSigning makes one of the controllers that sign certificates, all of
// which have the same CA here.
func judgeSigning(ctx context.Context, c *config.Config) error {
	signing := c.ComponentConfig.CSRSigningController
	requests := informers.NewSharedInformerFactory(c.Client, 0).Certificates().V1().CertificateSigningRequests()
	_, err := signer.NewKubeletClientCSRSigningController(ctx, c.Client, requests,
		signing.ClusterSigningCertFile, signing.ClusterSigningKeyFile, signing.ClusterSigningDuration.Duration)
	return err
}

// judgeServiceAccounts reads what tokens are signed with, and the CA that pods
// are given.
func judgeServiceAccounts(c *config.Config) error {
	accounts := c.ComponentConfig.SAController
	if _, err := keyutil.PrivateKeyFromFile(accounts.ServiceAccountKeyFile); err != nil {
		return fmt.Errorf("--service-account-private-key-file: %w", err)
	}
	if _, err := cert.CertsFromFile(accounts.RootCAFile); err != nil {
		return fmt.Errorf("--root-ca-file: %w", err)
	}
	return nil
}

// judgeNodeRanges cuts the pods' ranges into nodes', as the controller does; the
// sizes are its defaults where no flag gives them.
func judgeNodeRanges(c *config.Config) error {
	ranges, err := netutils.ParseCIDRs(strings.Split(c.ComponentConfig.KubeCloudShared.ClusterCIDR, ","))
	if err != nil {
		return fmt.Errorf("--cluster-cidr: %w", err)
	}
	nodes := c.ComponentConfig.NodeIPAMController
	for _, r := range ranges {
		size := int(cmp.Or(nodes.NodeCIDRMaskSizeIPv4, nodes.NodeCIDRMaskSize, 24))
		if netutils.IsIPv6CIDR(r) {
			size = int(cmp.Or(nodes.NodeCIDRMaskSizeIPv6, nodes.NodeCIDRMaskSize, 64))
		}
		if ones, _ := r.Mask.Size(); ones > size {
			return fmt.Errorf("--cluster-cidr: %s has no room for a node's /%d", r, size)
		}
		if _, err := cidrset.NewCIDRSet(r, size); err != nil {
			return fmt.Errorf("--cluster-cidr: %s with a /%d per node: %w", r, size, err)
		}
	}
	return nil
}
