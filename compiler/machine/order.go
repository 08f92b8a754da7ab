package machine

import (
	"bytes"
	"slices"
)

// Delivery is m's files in the order in which they compress best. Key material is base64, which shares neither words nor
// letter frequencies with configuration, so that it goes into one run, which the compressor gives
// a code of its own.
func (m Machine) Delivery() []File {
	files := slices.Clone(m.Files)
	isText := func(f File) int {
		if bytes.Contains(f.Content, []byte("-----BEGIN ")) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(files, func(a, b File) int { return isText(a) - isText(b) })
	return files
}
