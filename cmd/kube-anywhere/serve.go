package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/kube-anywhere/kube-anywhere/cmd/kube-anywhere/serve"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

func serveCommand(a *app) *cobra.Command {
	var o serve.Options
	cmd := &cobra.Command{
		Use:   "serve DIR",
		Short: "Serve a cluster's machines what they boot from the network",
		Long: `Be the HTTP server of a cluster that was compiled into DIR for the provider
pxe: for a lab or a first rack. Machines get iPXE scripts by their MAC
addresses, kernels and images from DIR/pxe/http/assets, and each its payload:
once. Nothing else in DIR is served, and no directory is listed.

A payload holds keys. Its URL cannot be guessed, but stands in a script that any
machine on the network can read, so that whoever asks first gets it. That is
noticed: the machine's own request is then refused (410), and the log says to
whom the payload went. A machine that has its payload is told to boot its disk
from then on. DIR/pxe/served.json remembers who has one; --allow-again lets a
machine be installed anew.

With plain HTTP, everybody between this server and a machine can read and change
what passes. --tls-cert and --tls-key help where what fetches trusts the
certificate; with --client-ca a payload goes to nobody but a client with a
certificate in its machine's name, which iPXE can have
(provider.pxe.payloadBy: ipxe).

Each request is a line: time, address, MAC address and machine if the path names
one, method, path, status, bytes. Ctrl-C or SIGTERM ends it in good order.`,
		Example: `  kube-anywhere compile -f cluster.json -o out && out/pxe/fetch
  kube-anywhere serve out
  kube-anywhere serve out --allow-again rack1-node0
  kube-anywhere serve out --tls-cert boot.crt --tls-key boot.key --client-ca machines-ca.crt
  kube-anywhere serve out -o json | jq 'select(.status == 410)'`,
		Args: cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Listen, "listen", "", "listen at `ADDRESS:PORT` (default: everywhere, at the port of provider.pxe.baseURL)")
	flags.StringVar(&o.TLSCert, "tls-cert", "", "serve HTTPS with the certificate in `FILE`")
	flags.StringVar(&o.TLSKey, "tls-key", "", "the certificate's key is in `FILE`")
	flags.StringVar(&o.ClientCA, "client-ca", "", "give a payload only to a client with a certificate of the CA in `FILE`, in the machine's name")
	flags.StringSliceVar(&o.AllowAgain, "allow-again", nil, "let these `MACHINES` have their payloads once more; all stands for every one")
	for _, name := range []string{"tls-cert", "tls-key", "client-ca"} {
		_ = cmd.MarkFlagFilename(name)
	}
	_ = cmd.RegisterFlagCompletionFunc("allow-again", completeMachines)
	output := bindOutput(cmd, "text", "json")
	cmd.RunE = action(func(_ *cobra.Command, args []string) error {
		a.json = output.value == "json"
		o.Dir = args[0]
		return a.serve(o)
	})
	return cmd
}

// completeMachines offers the names of the machines in DIR.
func completeMachines(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	index, _ := serve.ReadIndex(args[0])
	out := []cobra.Completion{serve.AllMachines}
	for _, m := range index.Machines {
		out = append(out, m.Name)
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// serve checks what was asked for, says what it means, and serves until a
// signal comes; a second one has its usual meaning.
func (a *app) serve(o serve.Options) error {
	if err := a.checkServe(o); err != nil {
		return err
	}
	o.Now, o.Log = a.env.now, a.requestLog()
	s, err := serve.New(o)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	a.printServing(s)
	if err := s.Run(ctx); err != nil {
		return err
	}
	fmt.Fprintf(a.err, "stopped; %d of %s have their payload\n", len(s.Served()), plural(len(s.Index.Machines), "machine"))
	return nil
}

// checkServe refuses what cannot work, before anything listens.
func (a *app) checkServe(o serve.Options) error {
	switch {
	case (o.TLSCert == "") != (o.TLSKey == ""):
		return badUsage("--tls-cert and --tls-key belong together")
	case o.ClientCA != "" && o.TLSCert == "":
		return badUsage("--client-ca needs --tls-cert and --tls-key: certificates are for HTTPS alone")
	}
	index, err := serve.ReadIndex(o.Dir)
	if errors.Is(err, serve.ErrNoPXE) {
		return failWith("serve", o.Dir, err.Error(), "Compile a config with the provider pxe: kube-anywhere compile -o "+o.Dir)
	}
	if err != nil {
		return err
	}
	names := []string{serve.AllMachines}
	byIPXE := true
	for _, m := range index.Machines {
		names = append(names, m.Name)
		byIPXE = byIPXE && m.PayloadByIPXE
	}
	for _, name := range o.AllowAgain {
		if !slices.Contains(names, name) {
			return badUsage("--allow-again: no machine is called %q%s", name, didYouMean(near(name, names)))
		}
	}
	if o.ClientCA != "" && !byIPXE {
		return failWith("serve", o.Dir, "the installers of these machines have no client certificate to show",
			`Set "payloadBy": "ipxe" in provider.pxe and compile again, or leave --client-ca out`)
	}
	if o.TLSCert != "" && strings.HasPrefix(index.BaseURL, "http://") {
		return failWith("serve", o.Dir, "the machines' scripts say "+index.BaseURL+", which is not HTTPS",
			"Set provider.pxe.baseURL to an https:// URL and compile again, or leave --tls-cert out")
	}
	return nil
}

// printServing says what is served, and what that exposes.
func (a *app) printServing(s *serve.Server) {
	scheme := "HTTP"
	if s.TLSCert != "" {
		scheme = "HTTPS"
	}
	fmt.Fprintf(a.err, "%s: %s, at %s by %s; scripts say %s\n", a.paint(a.err, bold, s.Index.Cluster),
		plural(len(s.Index.Machines), "machine"), s.Address(), scheme, s.Index.BaseURL)
	served := s.Served()
	for _, name := range sortedKeys(served) {
		fmt.Fprintf(a.err, "%s got its payload at %s and boots its disk; to install it anew: --allow-again %[1]s\n",
			name, served[name].Format(time.RFC3339))
	}
	fmt.Fprintln(a.err, exposure(s.Options))
	var warnings []schema.Diagnostic
	for _, name := range s.Missing() {
		warnings = append(warnings, schema.Diagnostic{Severity: schema.Warning, Code: "serve", File: displayPath(s.Dir, "pxe/http/"+name),
			Message: "machines will ask for this file, and it is not there", Hint: "run " + displayPath(s.Dir, "pxe/fetch")})
	}
	a.print(warnings)
}

// exposure is what the network gets to see.
func exposure(o serve.Options) string {
	const first = "Whoever asks first gets a payload, which holds keys of the cluster: every machine on this network can. " +
		"It goes out once, and a second request is refused and logged (410)."
	switch {
	case o.ClientCA != "":
		return "Payloads go to clients with a certificate in the machine's name alone. Scripts, kernels and images are open."
	case o.TLSCert != "":
		return first
	}
	return "Plain HTTP: everybody between here and a machine can read payloads as they pass, and change what machines boot. " +
		first + " Serve on a network of the machines' own."
}

// requestLog writes the access log: lines for people, or a JSON object each.
func (a *app) requestLog() func(serve.Request) {
	var mu sync.Mutex
	return func(r serve.Request) {
		mu.Lock()
		defer mu.Unlock()
		if a.json {
			_ = json.NewEncoder(a.out).Encode(r) // whom to tell?
			return
		}
		fmt.Fprintln(a.out, r)
	}
}
