package smoke

import (
	"bytes"
	"sync"
)

// tail keeps the end of what a program says of its troubles.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	const enough = 2 << 10
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if extra := len(t.text) - enough; extra > 0 {
		t.text = t.text[extra:]
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}

// byLine hands on what is written to it in whole lines.
type byLine struct {
	do   func(string)
	rest []byte
}

func (b *byLine) Write(p []byte) (int, error) {
	b.rest = append(b.rest, p...)
	for {
		line, rest, found := bytes.Cut(b.rest, []byte("\n"))
		if !found {
			return len(p), nil
		}
		b.rest = rest
		b.do(string(line))
	}
}
