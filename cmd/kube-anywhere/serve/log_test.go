package serve

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestLogLine(t *testing.T) {
	s := start(t, Options{Dir: output(t)})
	s.want(t, "/"+cp0+"/boot.ipxe", 200, "")
	if got, want := s.last().String(), "2026-11-21T12:00:00Z 192.0.2.10 52:54:00:00:01:10 rack1-cp0 GET /"+cp0+"/boot.ipxe 200 16"; got != want {
		t.Errorf("found    %s\nexpected %s", got, want)
	}
	s.want(t, "/nothing", 404, "")
	if got, want := s.last().String(), "2026-11-21T12:00:00Z 192.0.2.10 - - GET /nothing 404 10"; got != want {
		t.Errorf("found    %s\nexpected %s", got, want)
	}
	s.want(t, "/"+nodeFile, 200, "")
	text, err := json.Marshal(s.last())
	if err != nil {
		t.Fatal(err)
	}
	want := `{"time":"2026-11-21T12:00:00Z","remote":"192.0.2.10","mac":"52:54:00:00:01:20","machine":"rack1-node0",` +
		`"method":"GET","path":"/52-54-00-00-01-20/fedc....ign","status":200,"bytes":20,"note":"rack1-node0 has its payload (1 of 2 machines)"}`
	if string(text) != want {
		t.Errorf("found    %s\nexpected %s", text, want)
	}
}

// TestLogIsTidy: a client cannot write lines of its own into the log, and the
// log does not tell what opens a payload.
func TestLogIsTidy(t *testing.T) {
	s := start(t, Options{Dir: output(t)})
	s.ask("GET", "/"+strings.Repeat("x", 4000))
	if n := len(s.last().Path); n > 220 {
		t.Errorf("%d bytes of path", n)
	}
	s.ask("GET", "/a%0a2026%20forged%1b[31m%e2%80%ae")
	if got, want := s.last().Path, `/a\n2026\x20forged\x1b[31m\u202e`; got != want {
		t.Errorf("found %s, expected %s", got, want)
	}
	s.ask("GET", "/assets/a%0a2026%20forged")
	if got := s.last().String(); strings.Contains(got, "\n") || !strings.HasSuffix(got, " 404 10  not there") {
		t.Errorf("logged %s", got)
	}
	for _, path := range []string{"/" + cp0Secret, "/" + cp0Secret, "/" + strings.Replace(cp0Secret, "ign", "initrd", 1)} {
		s.ask("GET", path)
		if got := s.last(); strings.Contains(got.String(), "0123456789abcdef") || !strings.Contains(got.Path, "/0123...") {
			t.Errorf("logged %s", got)
		}
	}
	s.ask("GET", "/"+cp0+"/a.ign")
	if got, want := s.last().Path, "/"+cp0+"/a....ign"; got != want {
		t.Errorf("found %s, expected %s", got, want)
	}
}
