package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// stateFile says which machines have their payload. It is in the output
// directory, where a compile leaves it.
const stateFile = "pxe/served.json"

// given is one payload that went out.
type given struct {
	Time   time.Time `json:"time"`
	Remote string    `json:"remote"`
}

// state is who has a payload, by MAC address: on disk, so that a restart does
// not hand out anything twice, and read anew each time, so that it can be
// changed by hand.
type state struct {
	file string
	now  func() time.Time

	mu sync.Mutex
	// unwritten is what went out and could not be written down.
	unwritten map[string]given
	underWay  map[string]bool
}

// openState reads the state, and writes it: better now than when a payload has
// gone out.
func openState(file string, now func() time.Time) (*state, error) {
	s := &state{file: file, now: now, unwritten: map[string]given{}, underWay: map[string]bool{}}
	all, err := s.read()
	if err != nil {
		return nil, err
	}
	return s, s.write(all)
}

func (s *state) read() (map[string]given, error) {
	all := map[string]given{}
	text, err := os.ReadFile(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("%s, which says who has a payload: %w", s.file, err)
	}
	return all, nil
}

// write replaces the file in one step.
func (s *state) write(all map[string]given) error {
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(s.file), ".served-*") // made 0600
	if err != nil {
		return err
	}
	_, err = temp.Write(append(text, '\n'))
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), s.file)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
	}
	return err
}

// forget lets machines have their payload once more.
func (s *state) forget(macs []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(macs) == 0 {
		return nil
	}
	all, err := s.read()
	if err != nil {
		return err
	}
	for _, mac := range macs {
		delete(all, mac)
	}
	return s.write(all)
}

// served says whether a machine has its payload. A state that cannot be read
// says so of every machine: a secret too few is better than one too many.
func (s *state) served(mac string) (given, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lookUp(mac)
}

func (s *state) lookUp(mac string) (given, bool) {
	if g, ok := s.unwritten[mac]; ok {
		return g, true
	}
	all, err := s.read()
	if err != nil {
		return given{}, true
	}
	g, ok := all[mac]
	return g, ok
}

// The answers of begin.
type turn int

const (
	yours   turn = iota // go ahead, and call end
	busy                // somebody else is getting it
	already             // somebody got it
)

// begin asks for the one turn at a machine's payload.
func (s *state) begin(mac string) (turn, given) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g, ok := s.lookUp(mac); ok {
		return already, g
	}
	if s.underWay[mac] {
		return busy, given{}
	}
	s.underWay[mac] = true
	return yours, given{}
}

// end says whether the whole payload went out.
func (s *state) end(mac, remote string, whole bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.underWay, mac)
	if !whole {
		return nil
	}
	g := given{Time: s.now().UTC().Truncate(time.Second), Remote: remote}
	all, err := s.read()
	if err == nil {
		all[mac] = g
		err = s.write(all)
	}
	if err != nil {
		s.unwritten[mac] = g
	}
	return err
}
