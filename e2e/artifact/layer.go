package artifact

import (
	"archive/tar"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"time"
)

// entry is a file of a layer or an archive. With neither source nor content it
// is a directory.
type entry struct {
	mode    int64
	source  string // file on this machine
	content string
	xattr   map[string]string
}

// systemFiles are in every image: programs ask for users by name, and Go's
// resolver needs to be told that DNS may be asked after /etc/hosts.
func systemFiles() map[string]entry {
	return map[string]entry{
		"tmp": {mode: 0o1777},
		"etc/passwd": {mode: 0o644, content: "root:x:0:0:root:/root:/bin/sh\n" +
			"nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n" +
			"nonroot:x:65532:65532:nonroot:/nonexistent:/bin/false\n"},
		"etc/group":         {mode: 0o644, content: "root:x:0:\nnogroup:x:65534:\nnonroot:x:65532:\n"},
		"etc/nsswitch.conf": {mode: 0o644, content: "passwd: files\ngroup: files\nhosts: files dns\n"},
	}
}

// bindLowPorts is the capability CAP_NET_BIND_SERVICE, permitted and effective,
// as the kernel keeps it with a file (linux/capability.h, struct vfs_cap_data).
var bindLowPorts = map[string]string{"SCHILY.xattr.security.capability": "" +
	"\x01\x00\x00\x02" + // revision 2, effective
	"\x00\x04\x00\x00" + // permitted: bit 10
	"\x00\x00\x00\x00" + // inheritable
	"\x00\x00\x00\x00\x00\x00\x00\x00"} // the upper halves

// writeTar writes the entries in order, with the directories above them. The
// same entries give the same bytes.
func writeTar(w io.Writer, entries map[string]entry) error {
	all := maps.Clone(entries)
	for name := range entries {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if _, ok := all[dir]; !ok {
				all[dir] = entry{mode: 0o755}
			}
		}
	}
	t := tar.NewWriter(w)
	// Sorted, a directory comes before what is in it.
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if err := writeEntry(t, name, all[name]); err != nil {
			return err
		}
	}
	return t.Close()
}

func writeEntry(t *tar.Writer, name string, e entry) error {
	h := &tar.Header{Name: name, Mode: e.mode, ModTime: time.Unix(0, 0), Typeflag: tar.TypeReg, PAXRecords: e.xattr}
	if e.source == "" {
		if e.content == "" {
			h.Typeflag, h.Name = tar.TypeDir, name+"/"
		}
		h.Size = int64(len(e.content))
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		_, err := io.WriteString(t, e.content)
		return err
	}
	f, err := os.Open(e.source)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	h.Size = info.Size()
	if err := t.WriteHeader(h); err != nil {
		return err
	}
	_, err = io.Copy(t, f)
	return err
}
