package smoke

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// trial is one check's time and voice.
type trial struct {
	context.Context
	name    string
	timeout time.Duration
	say     func(string) // what the check is waiting for
}

// errInterrupted is why a check ended that the user has ended.
var errInterrupted = errors.New("interrupted")

// skipped ends a check that has nothing to look at.
type skipped string

func (s skipped) Error() string { return string(s) }

// final is an error that no further attempt can mend.
type final struct{ error }

func (f final) Unwrap() error { return f.error }

// until attempts something again and again until it succeeds, fails for good, or
// the check's time is up: a cluster converges, and a slow one takes long.
func (t trial) until(pause time.Duration, attempt func() error) error {
	var last error
	for {
		err := attempt()
		if err == nil || errors.As(err, new(final)) || slices.Contains(ours, codeOf(err)) {
			return err
		}
		if t.Err() == nil || last == nil { // what ends with the time says nothing
			last = err
			t.say(oneLine(err.Error()))
		}
		select {
		case <-t.Done():
			return t.giveUp(last)
		case <-time.After(pause):
		}
	}
}

// ours are answers that say that the request is wrong, which waiting does not
// mend. One that forbids is not among them: a young cluster may not have bound
// the user's role yet.
var ours = []int{http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}

func (t trial) giveUp(last error) error {
	if errors.Is(t.Err(), context.Canceled) {
		return errInterrupted
	}
	return fmt.Errorf("not within %s: %w", t.timeout, last)
}

// fixture is something that several checks need. The first of them makes it.
type fixture[T any] struct {
	once  sync.Once
	value T
	err   error
}

// get makes the fixture unless it has been tried. Its failure is that of the
// check it belongs to; the others are skipped, so that one fault is told once.
func (f *fixture[T]) get(r *runner, t trial, owner string, make func() (T, error)) (T, error) {
	f.once.Do(func() { f.value, f.err = make() })
	told := t.name == owner || !r.wants(owner) || errors.As(f.err, new(skipped)) || errors.Is(f.err, errInterrupted)
	if f.err != nil && !told {
		return f.value, skipped("it needs " + owner + ", which failed")
	}
	return f.value, f.err
}

// oneLine is a message without line breaks, and no longer than a person reads.
func oneLine(s string) string {
	const longest = 600
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + " ..."
	}
	return s
}

// listed joins the first few of many.
func listed(all []string) string {
	const few = 4
	if len(all) > few {
		return fmt.Sprintf("%s; and %d more", strings.Join(all[:few], "; "), len(all)-few)
	}
	return strings.Join(all, "; ")
}

// plural is a number and a noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
