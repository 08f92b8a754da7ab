package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/kube-anywhere/kube-anywhere/compiler"
)

// stdinName is how -f names standard input.
const stdinName = "-"

// configFlags are the flags of every command that reads a config.
type configFlags struct {
	file, pki string
	strict    bool
}

func (f *configFlags) bind(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.file, "file", "f", "cluster.json", "read the config from `FILE`, JSON or YAML; - is standard input")
	cmd.Flags().StringVar(&f.pki, "pki", "", "keep keys and certificates in `DIR` (default pki beside the config)")
	_ = cmd.MarkFlagFilename("file", "json", "yaml", "yml")
	_ = cmd.MarkFlagDirname("pki")
}

func (f *configFlags) bindStrict(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.strict, "strict", false, "treat warnings as errors")
}

// pkiDir is where key material is: beside the config unless a flag says where.
func (f *configFlags) pkiDir() string {
	switch {
	case f.pki != "":
		return f.pki
	case f.file == stdinName:
		return "pki"
	default:
		return filepath.Join(filepath.Dir(f.file), "pki")
	}
}

// input reads everything that a compile depends on.
func (a *app) input(f *configFlags) (compiler.Input, error) {
	in := compiler.Input{Now: a.env.now()}
	var err error
	if f.file == stdinName {
		in.Name = "stdin"
		in.Config, err = io.ReadAll(a.in)
	} else {
		in.Name = f.file
		in.Files = os.DirFS(filepath.Dir(f.file))
		in.Config, err = os.ReadFile(f.file)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return in, failWith("file", f.file, "there is no such file",
			"Name a config with -f, or make one: kube-anywhere init > cluster.json")
	}
	if err != nil {
		return in, err
	}
	in.PKI, err = a.readPKI(f.pkiDir())
	return in, err
}

// compile reads and compiles a config, and prints what is to be said about it.
func (a *app) compile(f *configFlags) (compiler.Input, *compiler.Output, error) {
	in, err := a.input(f)
	if err != nil {
		return in, nil, err
	}
	out, diagnostics := compiler.Compile(in)
	return in, out, a.settle(diagnostics, f.strict)
}
