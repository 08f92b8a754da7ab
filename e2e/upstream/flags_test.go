package upstream

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/spf13/pflag"
	apiserveroptions "k8s.io/apiserver/pkg/server/options"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/component-base/cli/globalflag"
	"k8s.io/component-base/logs"
	"k8s.io/component-base/version/verflag"
)

// parseNamed parses the flags of a component whose flags are in sections, and
// those that it has as every program of Kubernetes has them.
func parseNamed(component string, sets cliflag.NamedFlagSets, args []string) []error {
	verflag.AddFlags(sets.FlagSet("global"))
	globalflag.AddGlobalFlags(sets.FlagSet("global"), component, logs.SkipLoggingConfigurationFlags())
	all := pflag.NewFlagSet(component, pflag.ContinueOnError)
	for _, set := range sets.FlagSets {
		all.AddFlagSet(set)
	}
	return parse(component, all, args)
}

// parse parses as cli.Run does, and tells of deprecated flags and of words that
// are no flags.
func parse(component string, set *pflag.FlagSet, args []string) []error {
	set.SetNormalizeFunc(cliflag.WordSepNormalizeFunc)
	if err := set.Parse(args); err != nil {
		return []error{err}
	}
	var errs []error
	if set.NArg() > 0 {
		errs = append(errs, fmt.Errorf("takes no arguments, and has %q", set.Args()))
	}
	set.Visit(func(f *pflag.Flag) {
		why := f.Deprecated
		if i := strings.Index(f.Usage, "DEPRECATED"); why == "" && i >= 0 {
			why = f.Usage[i:] // the scheduler marks some of its flags in words alone
		}
		if why != "" && !allowedFlag(component, f.Name) {
			errs = append(errs, fmt.Errorf("--%s is deprecated: %s", f.Name, why))
		}
	})
	return errs
}

// listen gives a server a port of this machine that is free, in place of its
// own: others may run here.
func listen(serving *apiserveroptions.SecureServingOptions) error {
	if serving.BindPort == 0 {
		return errors.New("it serves nothing: --secure-port is 0")
	}
	var err error
	serving.Listener, err = net.Listen("tcp", "127.0.0.1:0")
	return err
}
