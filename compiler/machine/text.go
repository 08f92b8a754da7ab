package machine

import "unicode/utf8"

// IsText says whether content can be written literally into YAML and shell
// scripts: UTF-8 without controls other than the tab and the newline, without
// what YAML takes for line breaks, and without byte order marks.
func IsText(content []byte) bool {
	for i := 0; i < len(content); {
		c := content[i]
		if c >= ' ' && c <= '~' || c == '\n' || c == '\t' {
			i++
			continue
		}
		r, size := utf8.DecodeRune(content[i:])
		switch {
		case r < 0xa0, r == utf8.RuneError && size == 1, r == 0xfffe, r == 0xffff:
			return false
		case r == 0x2028, r == 0x2029, r == 0xfeff:
			return false
		}
		i += size
	}
	return true
}
