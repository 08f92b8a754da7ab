package userdata

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tool runs a program; a missing one fails the test with what to install.
func tool(t *testing.T, pkg, name string, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf("%s is missing: apt-get install %s", name, pkg)
	}
	var errs bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, errs.Bytes())
	}
	return out
}

// TestISO: another program finds every file under its name, whole.
func TestISO(t *testing.T) {
	files := map[string][]byte{}
	for i, size := range []int{0, 1, sector - 1, sector, sector + 1, 3 * sector} {
		files[fmt.Sprintf("user-data.%d", i)] = bytes.Repeat([]byte{byte('a' + i)}, size)
		files[fmt.Sprintf("b/c%d/meta_data.json", i%2)] = bytes.Repeat([]byte{byte('A' + i)}, size)
	}
	image := iso("config-2", files)
	name := filepath.Join(t.TempDir(), "test.iso")
	if err := os.WriteFile(name, image, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, content := range files {
		if got := tool(t, "genisoimage", "isoinfo", "-R", "-x", "/"+path, "-i", name); !bytes.Equal(got, content) {
			t.Errorf("%s: found %d bytes, expected %d", path, len(got), len(content))
		}
	}
	info := string(tool(t, "genisoimage", "isoinfo", "-d", "-i", name))
	for _, want := range []string{"Volume id: config-2\n", "Rock Ridge signatures version 1 found", fmt.Sprintf("Volume size is: %d\n", len(image)/sector)} {
		if !strings.Contains(info, want) {
			t.Errorf("found\n%sexpected %q", info, want)
		}
	}
	label := string(tool(t, "util-linux", "blkid", "-o", "export", name))
	if !strings.Contains(label, "LABEL=config-2\nTYPE=iso9660") {
		t.Errorf("blkid found %q", label)
	}
	if !bytes.Equal(image, iso("config-2", files)) {
		t.Error("the same files gave another image")
	}
}
