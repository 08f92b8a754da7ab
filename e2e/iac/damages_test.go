package iac

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// damage is one changed line in a configuration that passes, and a part of what
// must then be found.
type damage struct {
	config string // the variation whose output is damaged
	file   string // within the output
	after  string // a text before the line, where it is not the first of its kind
	old    string
	new    string
	want   string
}

// damages are by provider.
var damages = map[string][]damage{
	"aws":        awsDamages,
	"azure":      azureDamages,
	"cloudstack": cloudstackDamages,
	"gce":        gceDamages,
	"libvirt":    libvirtDamages,
	"openstack":  openstackDamages,
	"vsphere":    vsphereDamages,
}

// TestDamages: the checks see what they are for. Nothing but a check that fails
// shows that it looks at all.
func TestDamages(t *testing.T) {
	providers, err := terraformProviders()
	if err != nil {
		t.Fatal(err)
	}
	far := &progress{what: "damages seen"}
	for _, provider := range providers {
		list := damages[provider]
		if far.total += len(list); len(list) == 0 {
			t.Errorf("nothing of %s is damaged", provider)
		}
		for i, d := range list {
			t.Run(fmt.Sprintf("%s/%d", provider, i+1), func(t *testing.T) {
				t.Parallel()
				defer far.step()
				o, err := damaged(provider, d, fmt.Sprint(i+1))
				if err != nil {
					t.Fatal(err)
				}
				d.seen(t, check(o))
			})
		}
	}
}

// seen asserts that the damage is among the problems.
func (d damage) seen(t *testing.T, problems []string) {
	t.Helper()
	if !strings.Contains(unwrapped(problems), d.want) {
		t.Errorf("%s: %q became %q: found %q, wanted a problem with %q", d.file, d.old, d.new, problems, d.want)
	}
}

// boxed is what Terraform puts around and between the lines of its messages.
var boxed = regexp.MustCompile(`[\s│╷╵]+`)

func unwrapped(problems []string) string {
	return boxed.ReplaceAllString(strings.Join(problems, "\n"), " ")
}

// damaged is an output with one line changed.
func damaged(provider string, d damage, name string) (output, error) {
	all, err := variations(provider)
	if err != nil {
		return output{}, err
	}
	if all[d.config] == nil {
		return output{}, fmt.Errorf("%s has no variation %q", provider, d.config)
	}
	return compileDamaged("damaged/"+provider+"/"+name, all[d.config], &d)
}

// compileDamaged compiles a config, and changes the line if there is one to
// change.
func compileDamaged(name string, config map[string]any, d *damage) (output, error) {
	o, err := compile(name, config)
	if err == nil && d != nil {
		err = d.do(o.dir)
	}
	return o, err
}

// do changes the line in an output.
func (d damage) do(dir string) error {
	file := filepath.Join(dir, filepath.FromSlash(d.file))
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(content), d.after)
	if !ok || !strings.Contains(rest, d.old) || strings.Contains(d.old+d.new, "\n") {
		return fmt.Errorf("%s has no line with %q after %q", d.file, d.old, d.after)
	}
	return os.WriteFile(file, []byte(before+d.after+strings.Replace(rest, d.old, d.new, 1)), 0o600)
}
