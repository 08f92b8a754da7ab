package smoke

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// lines shows how far a run is: one line per check, which a terminal sees
// change, and which anyone else gets once, with a word now and then about a
// check that waits.
type lines struct {
	Progress
	mu      sync.Mutex
	running []*runningLine
	drawn   int // lines at the end of the terminal that will be rewritten
	quit    chan struct{}
	ended   sync.WaitGroup
}

type runningLine struct {
	name, status string
	since, told  time.Time
}

// Once a second is often enough to see that something happens, and once in
// thirty seconds for a log.
const (
	redraw = time.Second
	remind = 30 * time.Second
)

func newLines(p Progress) *lines {
	if p.Writer == nil {
		p.Writer = io.Discard
	}
	l := &lines{Progress: p, quit: make(chan struct{})}
	l.ended.Go(func() {
		tick := time.NewTicker(redraw)
		defer tick.Stop()
		for {
			select {
			case <-l.quit:
				return
			case <-tick.C:
				l.tick()
			}
		}
	})
	return l
}

func (l *lines) stop() {
	close(l.quit)
	l.ended.Wait()
}

// print adds a line that stays.
func (l *lines) print(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
	fmt.Fprintln(l.Writer, text)
	l.draw()
}

func (l *lines) begin(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.running = append(l.running, &runningLine{name: name, since: now, told: now})
	l.erase()
	l.draw()
}

func (l *lines) say(name, status string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range l.running {
		if one.name == name {
			one.status = status
		}
	}
}

// end makes a check's line the one that stays.
func (l *lines) end(r Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
	kept := l.running[:0]
	for _, one := range l.running {
		if one.name != r.Name {
			kept = append(kept, one)
		}
	}
	l.running = kept
	fmt.Fprintln(l.Writer, l.paint(r.Outcome)+line(r.Name, time.Duration(r.Seconds*float64(time.Second)), r.Message))
	l.draw()
}

// line is what follows the outcome: in columns, because they are read together.
func line(name string, took time.Duration, message string) string {
	return fmt.Sprintf("  %-14s  %6.1fs  %s", name, took.Seconds(), message)
}

func (l *lines) paint(o Outcome) string {
	code := map[Outcome]string{Passed: "32", Failed: "31", Skipped: "33"}[o]
	text := fmt.Sprintf("%-7s", o)
	if !l.Colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (l *lines) tick() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.Terminal {
		l.erase()
		l.draw()
		return
	}
	for _, one := range l.running {
		if time.Since(one.told) >= remind {
			one.told = time.Now()
			fmt.Fprintln(l.Writer, "waiting"+line(one.name, time.Since(one.since), one.status))
		}
	}
}

// erase takes the lines of running checks off the terminal, and draw puts them
// back. A line that wraps would take two, so that each is cut at the width.
func (l *lines) erase() {
	if l.drawn > 0 {
		fmt.Fprintf(l.Writer, "\x1b[%dA\x1b[J", l.drawn)
	}
	l.drawn = 0
}

func (l *lines) draw() {
	if !l.Terminal {
		return
	}
	width := 80
	if l.Width != nil {
		width = max(20, l.Width())
	}
	for _, one := range l.running {
		text := []rune("...    " + line(one.name, time.Since(one.since), one.status))
		fmt.Fprintln(l.Writer, strings.TrimRight(string(text[:min(len(text), width-1)]), " "))
	}
	l.drawn = len(l.running)
}
