package cloudinit

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
)

// defaultMode is what cloud-init gives a file without permissions; its owner
// is root.
const defaultMode fs.FileMode = 0o644

// appendFile appends one item of write_files. It is written here and not
// marshalled, because it is appended once per machine, and because a literal
// block with the least indentation is what a person can read and what
// compresses best.
func appendFile(dst []byte, path string, mode fs.FileMode, content []byte) []byte {
	dst = append(dst, "- path: "...)
	dst = appendScalar(dst, path)
	if mode != defaultMode {
		dst = append(dst, "\n  permissions: '0"...)
		dst = append(dst, '0'+byte(mode>>6), '0'+byte(mode>>3&7), '0'+byte(mode&7), '\'')
	}
	switch {
	case len(content) == 0: // what cloud-init writes when nothing is given
		return append(dst, '\n')
	case !machine.IsText(content) || len(bytes.Trim(content, "\n")) == 0:
		dst = append(dst, "\n  encoding: b64\n  content: '"...)
		return append(base64.StdEncoding.AppendEncode(dst, content), "'\n"...)
	}
	return appendLiteral(append(dst, "\n  content: |"...), content)
}

// appendLiteral appends a block scalar behind its "|". The mapping it is in
// stands two columns in, so that three spaces are the least that is deeper.
func appendLiteral(dst, content []byte) []byte {
	if strings.IndexByte(" \t\n", content[0]) >= 0 {
		dst = append(dst, '1') // the indentation cannot be told from the first line
	}
	switch {
	case content[len(content)-1] != '\n':
		dst = append(dst, '-')
	case bytes.HasSuffix(content, []byte("\n\n")):
		dst = append(dst, '+')
	}
	dst = append(dst, '\n')
	for len(content) > 0 {
		line, rest, _ := bytes.Cut(content, []byte("\n"))
		if len(line) > 0 {
			dst = append(append(dst, "   "...), line...)
		}
		dst = append(dst, '\n')
		content = rest
	}
	return dst
}

// appendScalar appends a path, which begins with a slash and is printable, so
// that it is a string without quotes unless something in it means more.
func appendScalar(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			c == '/' || c == '.' || c == '_' || c == '-' || c == '@'
		if !plain {
			return append(append(append(dst, '\''), strings.ReplaceAll(s, "'", "''")...), '\'')
		}
	}
	return append(dst, s...)
}
