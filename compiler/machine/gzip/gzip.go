// Package gzip makes the smallest gzip streams that payloads can afford.
//
// INPUTS: bytes in regions of like text. OUTPUTS: RFC 1952 members without a
// name or a time, so that the same input always gives the same bytes.
package gzip

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// header of a member: deflate, no flags, no time, slowest compression, unknown OS.
const header = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"

// maxExpanded bounds what Expand makes: a payload is never near this, a bomb is.
const maxExpanded = 64 << 20

// Compress is the concatenation of regions as one member: the smallest of what
// a few choices of block boundaries give.
func Compress(regions ...[]byte) []byte {
	best := deflate(bytes.Join(regions, nil))
	if len(regions) > 1 {
		if split := deflate(regions...); len(split) < len(best) {
			best = split
		}
	}
	return member(best, regions...)
}

// deflate begins a new block, with Huffman codes of its own, at each region.
func deflate(regions ...[]byte) []byte {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		panic(err) // the level is a constant that exists
	}
	for i, r := range regions {
		if i > 0 {
			w.Flush() // writing to a buffer cannot fail
		}
		w.Write(r)
	}
	w.Close()
	return out.Bytes()
}

func member(deflated []byte, regions ...[]byte) []byte {
	crc, size := uint32(0), 0
	for _, r := range regions {
		crc = crc32.Update(crc, crc32.IEEETable, r)
		size += len(r)
	}
	out := make([]byte, 0, len(header)+len(deflated)+8)
	out = append(append(out, header...), deflated...)
	out = binary.LittleEndian.AppendUint32(out, crc)
	return binary.LittleEndian.AppendUint32(out, uint32(size))
}

// AppendStored appends content, of fewer than 65,536 bytes, to dst as a member
// that is not compressed: it costs 23 bytes and no time. A gzip stream may have
// any number of members, so that it can follow a compressed one.
func AppendStored(dst, content []byte) ([]byte, error) {
	n := len(content)
	if n > 0xffff {
		return nil, fmt.Errorf("%d bytes do not fit into one stored block", n)
	}
	dst = append(dst, header...)
	dst = append(dst, 1) // the last block, stored
	dst = binary.LittleEndian.AppendUint16(dst, uint16(n))
	dst = binary.LittleEndian.AppendUint16(dst, ^uint16(n))
	dst = append(dst, content...)
	dst = binary.LittleEndian.AppendUint32(dst, crc32.ChecksumIEEE(content))
	return binary.LittleEndian.AppendUint32(dst, uint32(n)), nil
}

// Is says whether b begins like a gzip stream.
func Is(b []byte) bool { return bytes.HasPrefix(b, []byte("\x1f\x8b")) }

// Expand gives back what the members of a stream hold.
func Expand(stream []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(stream))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(r, maxExpanded+1))
	if err == nil && len(out) > maxExpanded {
		err = errors.New("more than 64 MiB come out of it")
	}
	return out, err
}
