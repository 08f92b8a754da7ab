package upstream

import (
	"flag"
	"fmt"
	"io"
	"net/url"
	"strings"

	"go.etcd.io/etcd/client/pkg/v3/transport"
	"go.etcd.io/etcd/client/pkg/v3/types"
	"go.etcd.io/etcd/pkg/v3/flags"
	"go.etcd.io/etcd/server/v3/config"
	"go.etcd.io/etcd/server/v3/embed"
)

// judgeEtcd does what the command etcd does before it listens. Its own flag set
// is private; it is that of embed and the few flags below.
func judgeEtcd(args []string) []error {
	c := embed.NewConfig()
	set := flag.NewFlagSet("etcd", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	c.AddFlags(set)
	state := flags.NewSelectiveStringValue(embed.ClusterStateFlagNew, embed.ClusterStateFlagExisting)
	set.Var(state, "initial-cluster-state", "")
	if err := set.Parse(args); err != nil {
		return []error{err}
	}
	var errs []error
	if set.NArg() > 0 {
		errs = append(errs, fmt.Errorf("takes no arguments, and has %q", set.Args()))
	}
	set.Visit(func(f *flag.Flag) {
		if strings.Contains(strings.ToLower(f.Usage), "deprecated") && !allowedFlag("etcd", f.Name) {
			errs = append(errs, fmt.Errorf("--%s is deprecated: %s", f.Name, f.Usage))
		}
		c.FlagsExplicitlySet[f.Name] = true
	})
	c.ClusterState = state.String()
	readEtcdLists(c, set)
	if err := c.Validate(); err != nil {
		return append(errs, err)
	}
	return compact(append(errs, judgeMember(c)...))
}

// readEtcdLists moves values of flags that hold lists into the config.
func readEtcdLists(c *embed.Config, set *flag.FlagSet) {
	for name, urls := range map[string]*[]url.URL{
		"listen-peer-urls":            &c.ListenPeerUrls,
		"initial-advertise-peer-urls": &c.AdvertisePeerUrls,
		"listen-client-urls":          &c.ListenClientUrls,
		"listen-client-http-urls":     &c.ListenClientHttpUrls,
		"advertise-client-urls":       &c.AdvertiseClientUrls,
		"listen-metrics-urls":         &c.ListenMetricsUrls,
	} {
		*urls = flags.UniqueURLsFromFlag(set, name)
	}
	c.ClientTLSInfo.AllowedHostnames = flags.StringsFromFlag(set, "client-cert-allowed-hostname")
	c.PeerTLSInfo.AllowedCNs = flags.StringsFromFlag(set, "peer-cert-allowed-cn")
	c.PeerTLSInfo.AllowedHostnames = flags.StringsFromFlag(set, "peer-cert-allowed-hostname")
	c.CipherSuites = flags.StringsFromFlag(set, "cipher-suites")
	c.LogOutputs = flags.UniqueStringsFromFlag(set, "log-outputs")
}

// judgeMember checks what a first start goes by: that the member is in the
// cluster under the URLs that it gives, and that its certificates load.
func judgeMember(c *embed.Config) []error {
	peers, token, err := c.PeerURLsMapAndToken("etcd")
	if err != nil {
		return []error{err}
	}
	member := config.ServerConfig{
		Name: c.Name, ClientURLs: types.URLs(c.AdvertiseClientUrls), PeerURLs: types.URLs(c.AdvertisePeerUrls),
		DataDir: c.Dir, InitialPeerURLsMap: peers, InitialClusterToken: token, NewCluster: c.IsNewCluster(), Logger: c.GetLogger(),
	}
	errs := []error{member.VerifyBootstrap()}
	for who, info := range map[string]transport.TLSInfo{"client": c.ClientTLSInfo, "peer": c.PeerTLSInfo} {
		info.Logger = c.GetLogger()
		if _, err := info.ServerConfig(); err != nil {
			errs = append(errs, fmt.Errorf("TLS for a %s: %w", who, err))
		}
	}
	_, err = c.PeerTLSInfo.ClientConfig()
	return append(errs, err)
}
