package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindWantsVersionOneSix(t *testing.T) {
	for version, want := range map[string]string{
		"1.6.0":         "",
		"1.11.4":        "",
		"1.5.7":         `is version "1.5.7", expected 1.6 or newer`,
		"2.0.0":         `is version "2.0.0"`,
		"not a version": `is version "not a version"`,
	} {
		t.Run(version, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), "tofu")
			script := "#!/bin/sh\necho '{\"terraform_version\": \"" + version + "\"}'\n"
			if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
				t.Fatal(err)
			}
			t.Setenv("TOFU", program)
			found, err := Find()
			if want == "" && (err != nil || found != program) {
				t.Errorf("found %q, %v", found, err)
			}
			if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("found %v, expected an error with %q", err, want)
			}
		})
	}
}

func TestFindNamesWhatIsMissing(t *testing.T) {
	t.Setenv("TOFU", filepath.Join(t.TempDir(), "nothing"))
	if _, err := Find(); err == nil || !strings.Contains(err.Error(), "TOFU=") {
		t.Errorf("found %v, expected an error that names the variable", err)
	}
}
