package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the Makefile (-ldflags "-X main.version=..."); a binary
// from "go install" knows its version from the module instead.
var version string

type buildJSON struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Time     string `json:"time,omitempty"` // of the commit
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func versionCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version of this program",
		Long: `Print the version of this program, the commit that it was built from, and the
Go that built it.`,
		Example: `  kube-anywhere version
  kube-anywhere version -o json | jq -r .version`,
		Args: cobra.NoArgs,
	}
	output := bindOutput(cmd, "text", "json")
	cmd.RunE = action(func(*cobra.Command, []string) error {
		b := build()
		if output.value == "json" {
			return writeJSON(a.out, b)
		}
		fmt.Fprintf(a.out, "kube-anywhere %s", b.Version)
		if b.Commit != "" {
			fmt.Fprintf(a.out, " (%.12s)", b.Commit)
		}
		_, err := fmt.Fprintf(a.out, " %s %s\n", b.Go, b.Platform)
		return err
	})
	return cmd
}

func build() buildJSON {
	b := buildJSON{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	if b.Version == "" {
		b.Version = info.Main.Version
	}
	if b.Version == "" || b.Version == "(devel)" {
		b.Version = "devel"
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}
