package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// choice is a flag with a few allowed values; the first is the default.
type choice struct {
	value   string
	allowed []string
}

var _ pflag.Value = (*choice)(nil)

func (c *choice) String() string { return c.value }

// Type is what help shows as the flag's value.
func (c *choice) Type() string { return strings.Join(c.allowed, "|") }

func (c *choice) Set(value string) error {
	if slices.Contains(c.allowed, value) {
		c.value = value
		return nil
	}
	var near []string
	for _, name := range c.allowed {
		if isNear(value, name) {
			near = append(near, name)
		}
	}
	return fmt.Errorf("it is one of %s%s", strings.Join(c.allowed, ", "), didYouMean(near))
}

// bindChoice adds a flag whose values a shell can complete.
func bindChoice(cmd *cobra.Command, c *choice, name, short, help string) {
	cmd.Flags().VarP(c, name, short, help)
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(c.allowed, cobra.ShellCompDirectiveNoFileComp))
}

// bindOutput adds -o, which chooses the form in which a command prints its data.
func bindOutput(cmd *cobra.Command, forms ...string) *choice {
	c := &choice{value: forms[0], allowed: forms}
	bindChoice(cmd, c, "output", "o", "the form of what is printed")
	return c
}
