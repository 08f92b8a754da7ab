package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/kube-anywhere/kube-anywhere/compiler"
)

func imagesCommand(a *app) *cobra.Command {
	var f configFlags
	var downloads bool
	cmd := &cobra.Command{
		Use:   "images [-f FILE]",
		Short: "List everything that a cluster's machines pull",
		Long: `List every container image that the machines of a cluster pull, one reference
per line, with the config's registry prefix and overrides applied. With
--downloads it lists the files that they fetch over HTTPS instead.

The table and JSON forms add the short name, which is the key of
registry.images in the config, and the upstream source to mirror from. JSON
holds images and downloads both, the downloads with their SHA-256.`,
		Example: `  kube-anywhere images -f cluster.json
  kube-anywhere images -o table
  kube-anywhere images -o json | jq -r '.images[] | "\(.source) \(.reference)"' | xargs -n 2 crane copy
  kube-anywhere images --downloads | xargs -n 1 curl -LO`,
		Args: cobra.NoArgs,
	}
	f.bind(cmd)
	cmd.Flags().BoolVar(&downloads, "downloads", false, "list the files that machines fetch, not the images")
	output := bindOutput(cmd, "text", "table", "json")
	cmd.RunE = action(func(*cobra.Command, []string) error {
		a.json = output.value == "json"
		_, out, err := a.compile(&f)
		if err != nil {
			return err
		}
		images, files := out.Images()
		if a.json {
			return a.imagesJSON(images, files)
		}
		var rows []pull
		if downloads {
			for _, d := range files {
				rows = append(rows, pull{d.Name, d.URL, d.Source})
			}
		} else {
			for _, i := range images {
				rows = append(rows, pull{i.Name, i.Reference, i.Source})
			}
		}
		return a.pulls(rows, output.value == "table")
	})
	return cmd
}

// pull is one image or download as a line of text.
type pull struct{ name, reference, source string }

func (a *app) pulls(rows []pull, table bool) error {
	if !table {
		for _, r := range rows {
			fmt.Fprintln(a.out, r.reference)
		}
		return nil
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tREFERENCE\tSOURCE")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\n", r.name, r.reference, r.source)
	}
	return w.Flush()
}

func (a *app) imagesJSON(images []compiler.Image, files []compiler.Download) error {
	if images == nil {
		images = []compiler.Image{}
	}
	if files == nil {
		files = []compiler.Download{}
	}
	return writeJSON(a.out, struct {
		Images    []compiler.Image    `json:"images"`
		Downloads []compiler.Download `json:"downloads"`
	}{images, files})
}
