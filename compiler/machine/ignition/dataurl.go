package ignition

import (
	"encoding/base64"
	"unicode/utf8"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
)

const upperHex = "0123456789ABCDEF"

// literal marks the bytes that may stand for themselves in a data URL. Ignition
// reads them with the dataurl module, which is more lenient than RFC 2397: it
// refuses controls, the space and the delimiters below, and takes "+" as it
// is. Each escape that is not written is a byte or two saved in every payload.
var literal = func() (t [256]bool) {
	for c := '!'; c <= '~'; c++ {
		t[c] = true
	}
	for _, c := range "%<>#\"{}|\\^[]`" {
		t[c] = false
	}
	return t
}()

// appendDataURL appends content as a URL. Text is escaped, because escapes
// compress well and base64 hides every repetition; the rest is whatever is
// shorter. The result holds no character that JSON escapes.
func appendDataURL(dst, content []byte) []byte {
	escaped := len(content)
	for _, c := range content {
		if !literal[c] {
			escaped += 2
		}
	}
	if !utf8.Valid(content) && escaped > base64.StdEncoding.EncodedLen(len(content))+len(";base64") {
		return base64.StdEncoding.AppendEncode(append(dst, "data:;base64,"...), content)
	}
	dst = append(dst, "data:,"...)
	for _, c := range content {
		if literal[c] {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

// appendFile appends one root-owned file as JSON: what translate and marshal
// would make, for the files that are encoded once per machine.
func appendFile(dst []byte, f machine.File) []byte {
	dst = append(dst, '{')
	if !ours(f.Path) {
		dst = append(dst, `"overwrite":true,`...)
	}
	dst = append(dst, `"path":"`...)
	for _, c := range []byte(f.Path) {
		if c == '"' || c == '\\' { // Check keeps controls out
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	dst = append(dst, `","contents":{"source":"`...)
	dst = append(appendDataURL(dst, f.Content), `"}`...)
	if f.Mode != defaultMode {
		dst = append(dst, `,"mode":`...)
		dst = appendInt(dst, int(f.Mode))
	}
	return append(dst, '}')
}
