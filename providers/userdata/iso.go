package userdata

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// An ISO 9660 image (ECMA-119) with Rock Ridge names (IEEE P1282), for the few
// small files that cloud-init reads. It has no times, so that the same files
// always give the same bytes. (github.com/kdomanski/iso9660 writes neither
// "user-data" as a name nor images without the time, and go-diskfs makes them
// from a directory on disk, whose times they have.)

const (
	sector = 2048
	// firstFree follows the 16 sectors that are the system's, two volume
	// descriptors and two path tables.
	firstFree = 20
	// lPathTable and mPathTable are the path tables, the second for machines
	// with the higher byte first.
	lPathTable, mPathTable = 18, 19
)

// node is a file or a directory. Directories are one sector long: nothing here
// has more than a few files.
type node struct {
	name     string
	parent   *node
	children []*node // of a directory, sorted by identifier
	content  []byte  // of a file
	dir      bool
	at       int // its first sector
	number   int // of a directory, from 1, as the path table counts
}

// iso is an image with a label that holds files, by slash-separated path.
func iso(label string, files map[string][]byte) []byte {
	root := &node{dir: true}
	root.parent = root
	for _, name := range slices.Sorted(maps.Keys(files)) {
		dir := root
		for part := range strings.SplitSeq(path.Dir(name), "/") {
			if part != "." {
				dir = dir.child(part, true)
			}
		}
		dir.child(path.Base(name), false).content = files[name]
	}
	dirs, all := root.place()
	sectors := map[int][]byte{
		16:         descriptor(label, root, all, len(pathTable(dirs, binary.LittleEndian))),
		17:         []byte("\xffCD001\x01"), // the last descriptor
		lPathTable: pathTable(dirs, binary.LittleEndian),
		mPathTable: pathTable(dirs, binary.BigEndian),
	}
	for _, d := range dirs {
		sectors[d.at] = d.records()
		for _, c := range d.children {
			if !c.dir {
				sectors[c.at] = c.content
			}
		}
	}
	image := make([]byte, all*sector)
	for at, content := range sectors {
		copy(image[at*sector:], content)
	}
	return image
}

// child finds or makes an entry of a directory.
func (n *node) child(name string, dir bool) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	c := &node{name: name, parent: n, dir: dir}
	n.children = append(n.children, c)
	slices.SortFunc(n.children, func(a, b *node) int { return strings.Compare(a.identifier(), b.identifier()) })
	return c
}

// place gives everything its sectors: directories first, level by level, as the
// path table wants them. It returns them and the number of sectors in all.
func (n *node) place() (dirs []*node, sectors int) {
	dirs, sectors = []*node{n}, firstFree
	for i := 0; i < len(dirs); i++ {
		dirs[i].at, dirs[i].number = sectors, i+1
		sectors++
		for _, c := range dirs[i].children {
			if c.dir {
				dirs = append(dirs, c)
			}
		}
	}
	for _, d := range dirs {
		for _, c := range d.children {
			if !c.dir {
				c.at = sectors
				sectors += max(1, (len(c.content)+sector-1)/sector)
			}
		}
	}
	return dirs, sectors
}

// identifier is the name that ISO 9660 alone can have. Rock Ridge has the real
// one beside it.
func (n *node) identifier() string {
	id := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' {
			return r
		}
		return '_'
	}, strings.ToUpper(n.name))
	if n.dir {
		return id
	}
	if !strings.Contains(id, ".") {
		id += "."
	}
	return id + ";1"
}

// records is a directory: itself, its parent and what is in it.
func (n *node) records() []byte {
	extra := n.attributes()
	if n.number == 1 {
		extra = append([]byte(rockRidge), extra...)
	}
	b := append(n.record("\x00", extra), n.parent.record("\x01", n.parent.attributes())...)
	for _, c := range n.children {
		name := append([]byte{'N', 'M', byte(5 + len(c.name)), 1, 0}, c.name...)
		b = append(b, c.record(c.identifier(), append(c.attributes(), name...))...)
	}
	if len(b) > sector {
		panic(fmt.Sprintf("%d files are too many for a directory of one sector", len(n.children)))
	}
	return b
}

// rockRidge says, once in the root, that the entries after names are Rock
// Ridge's (SP and ER).
const rockRidge = "SP\x07\x01\xbe\xef\x00" + "ER\x12\x01\x0a\x00\x00\x01RRIP_1991A"

// attributes are mode, links, user and group (PX): all is root's, and only
// root's.
func (n *node) attributes() []byte {
	mode, links := uint32(0o100400), uint32(1)
	if n.dir {
		mode, links = 0o040500, 2
	}
	b := []byte{'P', 'X', 36, 1}
	for _, v := range []uint32{mode, links, 0, 0} {
		b = both32(b, v)
	}
	return b
}

// record is an entry of a directory (ECMA-119, 9.1).
func (n *node) record(identifier string, extra []byte) []byte {
	size, flags := len(n.content), byte(0)
	if n.dir {
		size, flags = sector, 2
	}
	b := []byte{0, 0}
	b = both32(b, uint32(n.at))
	b = both32(b, uint32(size))
	b = append(b, 70, 1, 1, 0, 0, 0, 0) // 1970-01-01
	b = append(b, flags, 0, 0)
	b = both16(b, 1)
	b = append(b, byte(len(identifier)))
	b = append(b, identifier...)
	if len(b)%2 == 1 {
		b = append(b, 0)
	}
	b = append(b, extra...)
	if len(b)%2 == 1 {
		b = append(b, 0)
	}
	b[0] = byte(len(b))
	return b
}

// pathTable lists the directories (ECMA-119, 9.4).
func pathTable(dirs []*node, order binary.AppendByteOrder) []byte {
	var b []byte
	for _, d := range dirs {
		id := d.identifier()
		if d.number == 1 {
			id = "\x00"
		}
		b = append(b, byte(len(id)), 0)
		b = order.AppendUint32(b, uint32(d.at))
		b = order.AppendUint16(b, uint16(d.parent.number))
		b = append(b, id...)
		if len(b)%2 == 1 {
			b = append(b, 0)
		}
	}
	return b
}

// descriptor is the primary volume descriptor (ECMA-119, 8.4).
func descriptor(label string, root *node, sectors, pathTableSize int) []byte {
	text := func(b []byte, s string, size int) []byte {
		return append(append(b, s...), bytes.Repeat([]byte(" "), size-len(s))...)
	}
	b := []byte("\x01CD001\x01\x00")
	b = text(b, "LINUX", 32)
	b = text(b, label, 32)
	b = append(b, make([]byte, 8)...)
	b = both32(b, uint32(sectors))
	b = append(b, make([]byte, 32)...)
	b = both16(b, 1) // volumes in the set
	b = both16(b, 1) // which of them this is
	b = both16(b, sector)
	b = both32(b, uint32(pathTableSize))
	b = binary.LittleEndian.AppendUint32(b, lPathTable)
	b = append(b, 0, 0, 0, 0) // no second copy
	b = binary.BigEndian.AppendUint32(b, mPathTable)
	b = append(b, 0, 0, 0, 0)
	b = append(b, root.record("\x00", nil)...)
	b = text(b, "", 4*128+3*37) // set, publisher, preparer, application; three files
	for range 4 {               // made, changed, expires, effective: never
		b = append(b, "0000000000000000\x00"...)
	}
	return append(b, 1, 0) // the version of the structure
}

// both32 and both16 write a number twice, the lower byte first and last.
func both32(b []byte, v uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, v), v)
}

func both16(b []byte, v uint16) []byte {
	return binary.BigEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, v), v)
}
