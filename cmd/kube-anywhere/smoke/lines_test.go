package smoke

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// TestLinesOnATerminal: running checks are rewritten in place, and none is wider
// than the terminal, where it would take two lines.
func TestLinesOnATerminal(t *testing.T) {
	var shown bytes.Buffer
	l := newLines(Progress{Writer: &shown, Terminal: true, Colour: true, Width: func() int { return 40 }})
	l.begin("nodes")
	l.begin("secret")
	l.say("nodes", strings.Repeat("long ", 40))
	l.tick()
	l.end(Result{Name: "secret", Outcome: Failed, Message: "no"})
	l.end(Result{Name: "nodes", Outcome: Passed, Message: "yes"})
	l.stop()
	text := shown.String()
	for _, want := range []string{"\x1b[2A\x1b[J", "\x1b[31mfailed \x1b[0m  secret", "\x1b[32mpassed \x1b[0m  nodes"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %q", want, text)
		}
	}
	for line := range strings.Lines(text) {
		if strings.Contains(line, "...") && len([]rune(line[strings.LastIndex(line, "J")+1:])) > 40 {
			t.Errorf("%q is too wide", line)
		}
	}
	if l.drawn != 0 {
		t.Errorf("%d lines are left to rewrite", l.drawn)
	}
}

// TestLinesElsewhere: a log hears of a check that waits, now and then.
func TestLinesElsewhere(t *testing.T) {
	var shown bytes.Buffer
	l := newLines(Progress{Writer: &shown})
	l.begin("nodes")
	l.say("nodes", "none yet")
	l.tick()
	if shown.Len() > 0 {
		t.Errorf("too early: %q", shown.String())
	}
	l.running[0].told = time.Now().Add(-remind)
	l.tick()
	l.tick()
	l.end(Result{Name: "nodes", Outcome: Skipped, Message: "why"})
	l.stop()
	lines := strings.Split(strings.TrimSpace(shown.String()), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "waiting  nodes") || !strings.HasSuffix(lines[0], "none yet") || !strings.HasPrefix(lines[1], "skipped  nodes") {
		t.Errorf("got %q", lines)
	}
}
