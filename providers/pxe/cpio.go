package pxe

import (
	"bytes"
	"fmt"
	"path"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine/gzip"
)

// The modes of cpio's entries, with the kind of file.
const (
	cpioDirectory = 0o040755
	cpioFile      = 0o100600
)

// initrdWith is an initrd with nothing but an Ignition config in it, where
// Flatcar's own looks for one: /oem, and /usr/share/oem up to 2024
// (https://github.com/flatcar/bootengine). It is compressed because it follows
// that one at any byte, where the kernel takes no archive that is not: without
// compression an archive must begin at a multiple of four.
func initrdWith(config []byte) []byte {
	var out bytes.Buffer
	inode := 0
	add := func(name string, mode int, content []byte) {
		inode++
		// The "newc" form: https://docs.kernel.org/driver-api/early-userspace/buffer-format.html
		// inode, mode, uid, gid, links, mtime, size, four device numbers, length of the name, checksum.
		fmt.Fprintf(&out, "070701%08X%08X%08X%08X%08X%08X%08X%032X%08X%08X",
			inode, mode, 0, 0, 1, 0, len(content), 0, len(name)+1, 0)
		out.WriteString(name + "\x00")
		pad(&out)
		out.Write(content)
		pad(&out)
	}
	for _, dir := range []string{"oem", "usr/share/oem"} {
		for i, c := range dir {
			if c == '/' {
				add(dir[:i], cpioDirectory, nil)
			}
		}
		add(dir, cpioDirectory, nil)
		add(path.Join(dir, "config.ign"), cpioFile, config)
	}
	add("TRAILER!!!", 0, nil)
	return gzip.Compress(out.Bytes(), gzip.Quick)
}

// pad goes on to the next multiple of four bytes.
func pad(b *bytes.Buffer) {
	for b.Len()%4 != 0 {
		b.WriteByte(0)
	}
}
