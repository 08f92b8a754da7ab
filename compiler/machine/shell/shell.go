// Package shell quotes words for a POSIX shell and reads them back.
//
// INPUTS: any words. OUTPUTS: one line of shell.
package shell

import (
	"errors"
	"strings"
)

// Quote is s as one word of shell, with quotes only where they are needed.
func Quote(s string) string {
	if s != "" && !strings.ContainsFunc(s, needsQuotes) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func needsQuotes(r rune) bool {
	plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
		strings.ContainsRune("/._-:,+@%=", r)
	return !plain
}

// Join is a command out of words.
func Join(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = Quote(w)
	}
	return strings.Join(quoted, " ")
}

// Split takes apart what Join made. A quote that is not closed is an error.
func Split(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	open := false // a word has begun
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case ' ':
			if open {
				words = append(words, word.String())
				word.Reset()
			}
			open = false
		case '\'':
			end := strings.IndexByte(line[i+1:], '\'')
			if end < 0 {
				return nil, errors.New("a quote is not closed")
			}
			word.WriteString(line[i+1 : i+1+end])
			i += end + 1
			open = true
		case '\\':
			i++
			if i == len(line) {
				return nil, errors.New("a backslash ends the line")
			}
			word.WriteByte(line[i])
			open = true
		default:
			word.WriteByte(c)
			open = true
		}
	}
	if open {
		words = append(words, word.String())
	}
	return words, nil
}
