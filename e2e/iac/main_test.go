package iac

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/e2e/iac/engine"
	"github.com/kube-anywhere/kube-anywhere/e2e/iac/schemaprovider"
	"github.com/kube-anywhere/kube-anywhere/e2e/iac/schemas"
)

// suiteDir holds the program, what it emits and the mirror, for as long as tests
// run.
var suiteDir string

// tofu runs configurations.
var tofu engine.Engine

func TestMain(m *testing.M) {
	if name, ok := strings.CutPrefix(filepath.Base(os.Args[0]), "terraform-provider-"); ok {
		name, _, _ = strings.Cut(name, "_v")
		if err := serve(name); err != nil {
			fmt.Fprintln(os.Stderr, name+":", err)
			os.Exit(1)
		}
		return
	}
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	if suiteDir, err = os.MkdirTemp("", "iac-"); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(suiteDir)) }()
	if tofu.Program, err = engine.Find(); err != nil {
		return 1, err
	}
	if tofu.Config, err = mirror(filepath.Join(suiteDir, "mirror")); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// laterImages, in the environment of a provider, says that images have been
// published since the last plan.
const laterImages = "LATER_IMAGES"

//go:embed testdata/answers.json
var answers []byte

//go:embed testdata/replacing.json
var replacingArguments []byte

// serve is this program as a provider.
func serve(name string) error {
	p, err := schemas.Load(name)
	if err != nil {
		return err
	}
	text := string(answers)
	if os.Getenv(laterImages) != "" {
		text = strings.ReplaceAll(text, "newest", "newer")
	}
	var known schemaprovider.Answers
	if err := json.Unmarshal([]byte(text), &known); err != nil {
		return fmt.Errorf("testdata/answers.json: %w", err)
	}
	var replaces schemaprovider.Replacing
	if err := json.Unmarshal(replacingArguments, &replaces); err != nil {
		return fmt.Errorf("testdata/replacing.json: %w", err)
	}
	return schemaprovider.Serve(p, known, replaces)
}

// mirror lays out a directory in which Terraform finds every provider, and the
// configuration that makes it look nowhere else.
func mirror(dir string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	platform := runtime.GOOS + "_" + runtime.GOARCH
	for _, name := range schemas.Names() {
		p, err := schemas.Load(name)
		if err != nil {
			return "", err
		}
		// The default registry of either program.
		for _, registry := range []string{"registry.terraform.io", "registry.opentofu.org"} {
			place := filepath.Join(dir, registry, filepath.FromSlash(p.Source), p.Version, platform)
			if err := os.MkdirAll(place, 0o755); err != nil {
				return "", err
			}
			if err := os.Symlink(self, filepath.Join(place, "terraform-provider-"+name+"_v"+p.Version)); err != nil {
				return "", err
			}
		}
	}
	config := filepath.Join(suiteDir, "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror { path = %q }\n}\n", dir)
	return config, os.WriteFile(config, []byte(text), 0o600)
}
