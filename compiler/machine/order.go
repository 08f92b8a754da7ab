package machine

import (
	"bytes"
	"slices"
)

// Delivery is m's files in the order in which they compress best, and how many
// of the first are PEM. Key material is base64, which shares neither words nor
// letter frequencies with configuration, so that it goes into one run.
func (m Machine) Delivery() (files []File, pem int) {
	files = slices.Clone(m.Files)
	isText := func(f File) int {
		if bytes.Contains(f.Content, []byte("-----BEGIN ")) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(files, func(a, b File) int { return isText(a) - isText(b) })
	for pem < len(files) && isText(files[pem]) == 0 {
		pem++
	}
	return files, pem
}
