package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kube-anywhere/kube-anywhere/compiler"
	"github.com/kube-anywhere/kube-anywhere/docs/examples"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// schemaFile is what a new config names as its schema: the file that the
// command "schema" makes beside it. JSON has no comments; with the schema an
// editor shows every field's meaning, and completes it.
const schemaFile = "./cluster.schema.json"

// initFlags are the questions that init asks.
type initFlags struct {
	name, provider, os, endpoint string
	workers, controlPlane        int
	example                      string
	listExamples                 bool
}

func initCommand(a *app) *cobra.Command {
	var f initFlags
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Print a first config",
		Long: `Print a config to start from. It holds only what differs from the defaults;
cluster.resolved.json, which compile writes, shows every default.

The config names its schema, so that an editor explains and completes each
field. Put the schema beside it: kube-anywhere schema > cluster.schema.json

With more than one control-plane machine the API needs an endpoint, a name or an
address in front of all of them. Most clouds make one; elsewhere, without
--endpoint, a placeholder is written.`,
		Example: `  kube-anywhere init --name demo > cluster.json
  kube-anywhere init --name demo --provider aws --control-plane 3 > cluster.json
  kube-anywhere init --name prod --os ubuntu --control-plane 3 --endpoint api.prod.example.com --workers 5
  kube-anywhere init --example bare-metal > cluster.json
  kube-anywhere init --list-examples`,
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "demo", "name of the cluster")
	flags.StringVar(&f.provider, "provider", "", "what boots the machines")
	flags.StringVar(&f.os, "os", "", "operating system, as the config's os.name")
	flags.StringVar(&f.endpoint, "endpoint", "", "name or address of the API, without scheme and port")
	flags.IntVar(&f.workers, "workers", 0, "number of workers (also --num-nodes)")
	flags.IntVar(&f.workers, "num-nodes", 0, "number of workers")
	flags.IntVar(&f.controlPlane, "control-plane", 0, "number of control-plane machines: 1, 3 or 5")
	flags.StringVar(&f.example, "example", "", "print an example instead")
	flags.BoolVar(&f.listExamples, "list-examples", false, "list the examples")
	_ = flags.MarkHidden("num-nodes") // the same as --workers
	cmd.MarkFlagsMutuallyExclusive("workers", "num-nodes")
	for _, other := range []string{"name", "provider", "os", "endpoint", "workers", "num-nodes", "control-plane"} {
		cmd.MarkFlagsMutuallyExclusive("example", other)
	}
	complete(cmd, "os", func() []string { return compiler.Catalog().OSes })
	complete(cmd, "provider", providers)
	complete(cmd, "example", examples.Names)
	cmd.RunE = action(func(cmd *cobra.Command, _ []string) error {
		switch {
		case f.listExamples:
			_, err := fmt.Fprintln(a.out, strings.Join(examples.Names(), "\n"))
			return err
		case f.example != "":
			return a.printExample(f.example)
		default:
			return a.printConfig(f, cmd.Flags().Changed)
		}
	})
	return cmd
}

// complete offers values for a flag. They are looked up only when a shell asks:
// every command is made on every start.
func complete(cmd *cobra.Command, flag string, values func() []string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return values(), cobra.ShellCompDirectiveNoFileComp
	})
}

func (a *app) printExample(name string) error {
	text, ok := examples.Get(name)
	if !ok {
		return badUsage("no example is called %q: there are %s%s", name,
			strings.Join(examples.Names(), ", "), didYouMean(near(name, examples.Names())))
	}
	_, err := a.out.Write(text)
	return err
}

// firstConfig is a config in the order in which a person reads it.
type firstConfig struct {
	Schema       string                    `json:"$schema"`
	Name         string                    `json:"name"`
	OS           *firstOS                  `json:"os,omitempty"`
	ControlPlane *firstControlPlane        `json:"controlPlane,omitempty"`
	Workers      []firstPool               `json:"workers,omitempty"`
	Provider     map[string]map[string]any `json:"provider,omitempty"`
}

type firstOS struct {
	Name string `json:"name"`
}

type firstControlPlane struct {
	Count    int    `json:"count,omitempty"`
	Endpoint string `json:"endpoint,omitempty"`
}

type firstPool struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// printConfig prints what the flags ask for, without what is the default.
func (a *app) printConfig(f initFlags, given func(string) bool) error {
	defaults, err := parseText(`{"name":"demo"}`)
	if err != nil {
		return err
	}
	c := firstConfig{Schema: schemaFile, Name: f.name}
	if given("os") && f.os != defaults.OS.Name {
		c.OS = &firstOS{f.os}
	}
	if given("provider") && f.provider != "userdata" {
		c.Provider = map[string]map[string]any{f.provider: {}}
	}
	pool := defaults.Workers[0]
	if (given("workers") || given("num-nodes")) && f.workers != pool.Count {
		c.Workers = []firstPool{{pool.Name, f.workers}}
	}
	c.ControlPlane = controlPlaneOf(f, given, defaults)
	return a.printChecked(c, f)
}

func controlPlaneOf(f initFlags, given func(string) bool, defaults schema.Cluster) *firstControlPlane {
	c := firstControlPlane{Endpoint: f.endpoint}
	if given("control-plane") && f.controlPlane != defaults.ControlPlane.Count {
		c.Count = f.controlPlane
	}
	makesEndpoint := compiler.Catalog().Providers[f.provider].MakesEndpoint
	if c.Count > 1 && c.Endpoint == "" && !makesEndpoint {
		c.Endpoint = "api." + f.name + ".example.com"
	}
	if c == (firstControlPlane{}) {
		return nil
	}
	return &c
}

// printChecked prints a config if it is one that compiles.
func (a *app) printChecked(c firstConfig, f initFlags) error {
	var text strings.Builder
	if err := writeJSON(&text, c); err != nil {
		return err
	}
	if _, err := parseText(text.String()); err != nil {
		return err
	}
	if c.ControlPlane != nil && f.endpoint == "" && c.ControlPlane.Endpoint != "" {
		fmt.Fprintf(a.err, "%s %s is a placeholder: set controlPlane.endpoint to your load balancer's name or address\n",
			a.paint(a.err, yellow, "note:"), c.ControlPlane.Endpoint)
	}
	// What is still missing only the user knows, and compile would say it next.
	for _, d := range compiler.Validate(compiler.Input{Config: []byte(text.String())}) {
		if d.Severity == schema.Error {
			fmt.Fprintf(a.err, "%s %s: %s\n    %s\n", a.paint(a.err, yellow, "note:"), d.Path, d.Message, d.Hint)
		}
	}
	_, err := fmt.Fprint(a.out, text.String())
	return err
}

// parseText reads a config that this program wrote: what is wrong with it came
// from flags.
func parseText(text string) (schema.Cluster, error) {
	c, problems := schema.Parse([]byte(text), "", compiler.Catalog())
	var messages []string
	for _, p := range problems {
		if p.Severity != schema.Error {
			continue
		}
		message := p.Message
		if p.Path != "" {
			message = p.Path + ": " + message
		}
		if p.Hint != "" {
			message += " (" + p.Hint + ")"
		}
		messages = append(messages, message)
	}
	if len(messages) > 0 {
		return c, badUsage("the flags make no valid config: %s", strings.Join(messages, "; "))
	}
	return c, nil
}

func near(word string, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !isNear(word, name) })
}
