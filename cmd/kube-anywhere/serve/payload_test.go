package serve

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/kube-anywhere/kube-anywhere/providers/pxe"
)

// TestPayloadOnce: whoever comes second gets nothing, and is in the log; the
// machine is sent to its disk. Neither other machines nor a restart change that.
func TestPayloadOnce(t *testing.T) {
	dir := output(t)
	s := start(t, Options{Dir: dir})
	s.want(t, "/"+cp0Secret, 200, "keys of rack1-cp0")
	if got := s.last(); got.Note != "rack1-cp0 has its payload (1 of 2 machines)" || got.Machine != "rack1-cp0" || got.Bytes != 17 {
		t.Errorf("logged %+v", got)
	}
	s.want(t, "/"+cp0Secret, 410, "gone\n")
	if got := s.last().Note; got != alarm(pxe.Machine{Name: "rack1-cp0"}, given{testNow, "192.0.2.10"}) {
		t.Errorf("logged %q", got)
	}
	s.want(t, "/"+cp0+"/boot.ipxe", 200, "#!ipxe disk")
	s.want(t, "/"+node0+"/boot.ipxe", 200, "#!ipxe rack1-node0")

	again := start(t, Options{Dir: dir})
	again.want(t, "/"+cp0Secret, 410, "gone\n")
	again.want(t, "/"+nodeFile, 200, "token of rack1-node0")
	if got := again.Served(); len(got) != 2 || !got["rack1-cp0"].Equal(testNow) {
		t.Errorf("served: %v", got)
	}
}

func TestAllowAgain(t *testing.T) {
	for allow, node := range map[string]int{"rack1-cp0": 410, AllMachines: 200} {
		dir := output(t)
		s := start(t, Options{Dir: dir})
		s.want(t, "/"+cp0Secret, 200, "")
		s.want(t, "/"+nodeFile, 200, "")
		s = start(t, Options{Dir: dir, AllowAgain: []string{allow}})
		s.want(t, "/"+cp0+"/boot.ipxe", 200, "#!ipxe rack1-cp0")
		s.want(t, "/"+nodeFile, node, "")
		s.want(t, "/"+cp0Secret, 200, "keys of rack1-cp0")
		s.want(t, "/"+cp0Secret, 410, "")
	}
}

// TestAllowAgainInVain: a start that came to nothing allows nothing.
func TestAllowAgainInVain(t *testing.T) {
	dir := output(t)
	s := start(t, Options{Dir: dir})
	s.want(t, "/"+cp0Secret, 200, "")
	if _, err := New(Options{Dir: dir, Listen: s.Address(), AllowAgain: []string{AllMachines}, Now: time.Now}); err == nil {
		t.Error("two servers at one port")
	}
	s.want(t, "/"+cp0Secret, 410, "")
}

// TestHeadTakesNothing: who only asks how large a payload is leaves it there.
func TestHeadTakesNothing(t *testing.T) {
	s := start(t, Options{Dir: output(t)})
	w := s.ask(http.MethodHead, "/"+cp0Secret)
	if w.Code != 200 || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "17" {
		t.Errorf("found %d, %q, length %s", w.Code, w.Body, w.Header().Get("Content-Length"))
	}
	s.want(t, "/"+cp0Secret, 200, "keys of rack1-cp0")
	if w := s.ask(http.MethodHead, "/"+cp0Secret); w.Code != 410 {
		t.Errorf("HEAD afterwards: found %d", w.Code)
	}
}

// TestPayloadWhole: a payload cannot be had in parts, each of them incomplete.
func TestPayloadWhole(t *testing.T) {
	s := start(t, Options{Dir: output(t)})
	w := s.ask(http.MethodGet, "/"+cp0Secret, "Range", "bytes=0-3")
	if w.Code != 200 || w.Body.String() != "keys of rack1-cp0" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("found %d %q %v", w.Code, w.Body, w.Header())
	}
	s.want(t, "/"+cp0Secret, 410, "")
	if w := s.ask(http.MethodGet, "/"+kernel, "Range", "bytes=0-3"); w.Code != 206 || w.Body.String() != "a ke" {
		t.Errorf("an asset: found %d %q", w.Code, w.Body)
	}
}

// client is one that takes a payload in its own way.
type client struct {
	*httptest.ResponseRecorder
	take func(p []byte) (int, error)
}

func (c *client) Write(p []byte) (int, error) { return c.take(p) }

// TestPayloadBrokenOff: what did not arrive may be asked for again.
func TestPayloadBrokenOff(t *testing.T) {
	s := start(t, Options{Dir: output(t)})
	c := &client{httptest.NewRecorder(), func([]byte) (int, error) { return 5, errors.New("connection reset") }}
	s.ServeHTTP(c, httptest.NewRequest(http.MethodGet, "/"+cp0Secret, nil))
	if got := s.last(); got.Note != "broke off: it may be asked for again" || got.Bytes != 5 {
		t.Errorf("logged %+v", got)
	}
	s.want(t, "/"+cp0+"/boot.ipxe", 200, "#!ipxe rack1-cp0")
	s.want(t, "/"+cp0Secret, 200, "keys of rack1-cp0")
}

// TestPayloadHungUp: who closes the connection after the last byte has them all.
func TestPayloadHungUp(t *testing.T) {
	s := start(t, Options{Dir: output(t)})
	ctx, hangUp := context.WithCancel(t.Context())
	c := &client{httptest.NewRecorder(), nil}
	c.take = func(p []byte) (int, error) {
		hangUp()
		return c.ResponseRecorder.Write(p)
	}
	s.ServeHTTP(c, httptest.NewRequestWithContext(ctx, http.MethodGet, "/"+cp0Secret, nil))
	s.want(t, "/"+cp0Secret, 410, "")
}

// TestPayloadOneAtATime: two that ask at once do not both get it.
func TestPayloadOneAtATime(t *testing.T) {
	s := start(t, Options{Dir: output(t)})
	asked, goOn, done := make(chan bool), make(chan bool), make(chan bool)
	first := &client{httptest.NewRecorder(), nil}
	first.take = func(p []byte) (int, error) {
		asked <- true
		<-goOn
		return first.ResponseRecorder.Write(p)
	}
	go func() {
		s.ServeHTTP(first, httptest.NewRequest(http.MethodGet, "/"+cp0Secret, nil))
		close(done)
	}()
	<-asked
	second := s.ask(http.MethodGet, "/"+cp0Secret)
	if second.Code != http.StatusServiceUnavailable || second.Header().Get("Retry-After") != "5" {
		t.Errorf("the second: found %d %q", second.Code, second.Body)
	}
	close(goOn)
	<-done
	if first.Body.String() != "keys of rack1-cp0" {
		t.Errorf("the first: found %q", first.Body)
	}
	s.want(t, "/"+cp0Secret, 410, "")
}
