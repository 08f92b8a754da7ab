package main

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/kube-anywhere/kube-anywhere/compiler"
)

var payloadFormats = []string{"auto", "ignition", "cloud-init", "script"}

func payloadCommand(a *app) *cobra.Command {
	var f configFlags
	var external bool
	format := &choice{value: "auto", allowed: payloadFormats}
	cmd := &cobra.Command{
		Use:   "payload NAME [-f FILE]",
		Short: "Print the bytes that one machine or pool boots with",
		Long: `Print one payload to standard output, for a pipe. NAME is a control-plane
machine (controlplane-0), a pool, or a machine that the config names.

Like compile, it adds keys and certificates that are missing to the pki
directory, so that every payload of a cluster comes from the same keys.

With --terraform-external it speaks the protocol of Terraform's external data
source instead: a JSON object of strings on standard input with the keys name
and config (a file name; relative to the working directory), or cluster (the
config itself, as text), and optionally format and pki; and a JSON object of
strings on standard output: payload_base64, bytes and sha256.`,
		Example: `  kube-anywhere payload worker -f cluster.json > worker.ign
  kube-anywhere payload controlplane-0 --format script | ssh root@192.0.2.10 sh
  aws ec2 run-instances --user-data fileb://<(kube-anywhere payload worker) ...
  echo '{"config":"cluster.json","name":"worker"}' | kube-anywhere payload --terraform-external`,
		ValidArgsFunction: a.completePayload(&f),
	}
	f.bind(cmd)
	f.bindStrict(cmd)
	bindChoice(cmd, format, "format", "", "how the payload is encoded; auto is what its OS boots with")
	cmd.Flags().BoolVar(&external, "terraform-external", false, "be the program of Terraform's external data source")
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		switch {
		case external && len(args) > 0:
			return fmt.Errorf("--terraform-external reads the name from standard input")
		case !external && len(args) != 1:
			return fmt.Errorf("name one payload: a control-plane machine or a pool")
		}
		return nil
	}
	cmd.RunE = action(func(_ *cobra.Command, args []string) error {
		if external {
			return a.terraformExternal(f, format.value)
		}
		payload, err := a.payload(&f, args[0], format.value, a.env.terminal(a.out))
		if err != nil {
			return err
		}
		_, err = a.out.Write(payload)
		return err
	})
	return cmd
}

// payload compiles a config, encodes one payload, and keeps the keys that were
// made. A binary one is refused if it must be text.
func (a *app) payload(f *configFlags, name, format string, text bool) ([]byte, error) {
	in, out, err := a.compile(f)
	if err != nil {
		return nil, err
	}
	if format == "auto" {
		format = ""
	}
	payload, err := out.Payload(name, format)
	if err != nil {
		return nil, err
	}
	if text && isBinary(payload) {
		return nil, badUsage("this payload is binary: send it to a file or a pipe, not to a terminal")
	}
	_, err = writePKI(f.pkiDir(), out.NewPKI, in.PKI)
	if err == nil && len(out.NewPKI) > 0 {
		fmt.Fprintf(a.err, "%d new files in %s: keep this directory, it holds the cluster's keys\n",
			len(out.NewPKI), f.pkiDir())
	}
	return payload, err
}

func isBinary(b []byte) bool { return !utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0 }

// completePayload offers the names that the config has.
func (a *app) completePayload(f *configFlags) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		in, err := a.input(f)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		out, _ := compiler.Compile(in)
		if out == nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return payloadNames(out), cobra.ShellCompDirectiveNoFileComp
	}
}

func payloadNames(out *compiler.Output) []string {
	var names []string
	for _, r := range out.Plan.Roles {
		if r.ControlPlane || len(r.Machines) == 0 {
			names = append(names, r.Name)
			continue
		}
		for _, m := range r.Machines {
			names = append(names, m.Name)
		}
	}
	return names
}
