package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

var update = flag.Bool("update", false, "rewrite what is generated: docs/cli, docs/config.md and the golden files")

const docsDir = "../../docs"

// TestCommandReference keeps docs/cli as the commands describe themselves.
func TestCommandReference(t *testing.T) {
	pages := map[string]string{}
	root := newRoot(&app{})
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	addPages(pages, root)
	dir := filepath.Join(docsDir, "cli")
	for _, name := range sortedKeys(pages) {
		current(t, filepath.Join(dir, name), []byte(pages[name]))
	}
	found, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range found {
		if _, ok := pages[filepath.Base(name)]; ok {
			continue
		}
		if !*update {
			t.Errorf("%s describes no command; run: make generate", name)
		} else if err := os.Remove(name); err != nil {
			t.Error(err)
		}
	}
}

// current compares a file with what it should hold, or writes it.
func current(t *testing.T, name string, want []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is stale (%v); run: make generate", name, err)
	}
}

func addPages(pages map[string]string, cmd *cobra.Command) {
	if cmd.Hidden || cmd.Name() == "help" {
		return
	}
	pages[pageName(cmd)] = page(cmd)
	for _, sub := range cmd.Commands() {
		addPages(pages, sub)
	}
}

func pageName(cmd *cobra.Command) string {
	return strings.ReplaceAll(cmd.CommandPath(), " ", "_") + ".md"
}

// page is one command in Markdown.
func page(cmd *cobra.Command) string {
	cmd.InitDefaultHelpFlag()
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s.\n\n```\n%s\n```\n\n", cmd.CommandPath(), cmd.Short, cmd.UseLine())
	fmt.Fprintf(&b, "```text\n%s\n```\n", strings.TrimSpace(cmd.Long))
	if cmd.Example != "" {
		fmt.Fprintf(&b, "\n## Examples\n\n```sh\n%s\n```\n", dedent(cmd.Example))
	}
	if flags := cmd.NonInheritedFlags().FlagUsages(); flags != "" {
		fmt.Fprintf(&b, "\n## Flags\n\n```text\n%s```\n", flags)
	}
	if cmd.HasAvailableSubCommands() {
		b.WriteString("\n## Commands\n\n")
		for _, sub := range cmd.Commands() {
			if !sub.Hidden && sub.Name() != "help" {
				fmt.Fprintf(&b, "- [%s](%s): %s\n", sub.Name(), pageName(sub), sub.Short)
			}
		}
	}
	if parent := cmd.Parent(); parent != nil {
		fmt.Fprintf(&b, "\nSee also [%s](%s).\n", parent.CommandPath(), pageName(parent))
	}
	return b.String()
}

func dedent(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "  ")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
