package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kube-anywhere/kube-anywhere/providers/pxe"
)

// rack is the smallest cluster that boots from the network.
const rack = `{"name": "rack1",
  "controlPlane": {"machines": [{"name": "rack1-cp0", "mac": "52:54:00:00:01:10", "address": "10.0.0.10"}]},
  "workers": [{"name": "w", "machines": [{"name": "rack1-node0", "mac": "52:54:00:00:01:20"}]}],
  "provider": {"pxe": {"baseURL": "http://10.0.0.2:8080"}}}`

// compiled compiles a config into out, and gives its list of machines.
func compiled(t *testing.T, config string) pxe.Index {
	t.Helper()
	workdir(t, config)
	ok(t, "compile", "-o", "out")
	text, err := os.ReadFile("out/" + pxe.IndexFile)
	if err != nil {
		t.Fatal(err)
	}
	var index pxe.Index
	if err := json.Unmarshal(text, &index); err != nil {
		t.Fatal(err)
	}
	return index
}

func TestServeUsage(t *testing.T) {
	compiled(t, rack)
	write(t, "plain/report.json", "{}")
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{}, exitUsage, "accepts 1 arg(s), received 0"},
		{[]string{"out", "--tls-cert", "a"}, exitUsage, "--tls-cert and --tls-key belong together"},
		{[]string{"out", "--tls-key", "a"}, exitUsage, "--tls-cert and --tls-key belong together"},
		{[]string{"out", "--client-ca", "a"}, exitUsage, "--client-ca needs --tls-cert and --tls-key"},
		{[]string{"out", "--allow-again", "rack1-cp1"}, exitUsage, `--allow-again: no machine is called "rack1-cp1"; did you mean rack1-cp0`},
		{[]string{"plain"}, exitInput, "plain: no compiled cluster with the provider pxe: it has no pxe/machines.json"},
		{[]string{"out", "--tls-cert", "a", "--tls-key", "b"}, exitInput, "the machines' scripts say http://10.0.0.2:8080, which is not HTTPS"},
		{[]string{"out", "--tls-cert", "a", "--tls-key", "b", "--client-ca", "c"}, exitInput, "have no client certificate to show"},
		{[]string{"out", "--listen", "10.0.0.2"}, exitInput, "missing port in address"},
	} {
		r := ka(t, append([]string{"serve"}, c.args...)...)
		if r.code != c.code || r.out != "" || !strings.Contains(r.err, c.want) {
			t.Errorf("%q: exit code %d, expected %d and %q, got %q%s", c.args, r.code, c.code, c.want, r.out, r.err)
		}
	}
}

// TestServeHTTPS: what TLS needs beyond the flags is looked at before anything
// listens.
func TestServeHTTPS(t *testing.T) {
	compiled(t, strings.Replace(rack, "http://", "https://", 1))
	wantContains(t, ka(t, "serve", "out", "--tls-cert", "no.crt", "--tls-key", "no.key").err, "no.crt and no.key: open no.crt: no such file")
	compiled(t, strings.Replace(rack, `"http://10.0.0.2:8080"`, `"https://10.0.0.2", "payloadBy": "ipxe"`, 1))
	wantContains(t, ka(t, "serve", "out", "--tls-cert", "no.crt", "--tls-key", "no.key", "--client-ca", "no.ca").err, "open no.crt")
}

// stream is an output that is read while the program writes it.
type stream struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *stream) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// serving runs the command until stop is called, which gives the exit code.
func serving(t *testing.T, args ...string) (out, errs *stream, url string, stop func() int) {
	t.Helper()
	out, errs = &stream{}, &stream{}
	code := make(chan int, 1)
	go func() {
		code <- run(append([]string{"serve", "--listen", "127.0.0.1:0"}, args...), strings.NewReader(""), out, errs, environment{
			getenv: func(string) string { return "" }, now: func() time.Time { return testNow }, terminal: func(io.Writer) bool { return false },
		})
	}()
	for address := regexp.MustCompile(`at (127\.0\.0\.1:[0-9]+) by HTTP;`); url == ""; time.Sleep(time.Millisecond) {
		select {
		case c := <-code:
			t.Fatalf("exit code %d: %s", c, errs)
		default:
		}
		if found := address.FindStringSubmatch(errs.String()); found != nil {
			url = "http://" + found[1] + "/"
		}
	}
	return out, errs, url, func() int {
		if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		return <-code
	}
}

func fetch(t *testing.T, url string) (int, string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(body)
}

// TestServe: a machine boots by what compile wrote, once, and the end is in good
// order.
func TestServe(t *testing.T) {
	index := compiled(t, rack)
	out, errs, url, stop := serving(t, "out")
	_, script := fetch(t, url+"52-54-00-00-01-10/boot.ipxe")
	if !strings.Contains(script, "ignition.config.url=http://10.0.0.2:8080/"+index.Machines[0].Payload) {
		t.Errorf("found\n%s", script)
	}
	want, err := os.ReadFile("out/pxe/http/" + index.Machines[0].Payload)
	if err != nil {
		t.Fatal(err)
	}
	if code, got := fetch(t, url+index.Machines[0].Payload); code != 200 || got != string(want) {
		t.Errorf("found %d and %d bytes, expected %d", code, len(got), len(want))
	}
	if code, _ := fetch(t, url+index.Machines[0].Payload); code != 410 {
		t.Errorf("again: found %d", code)
	}
	if code := stop(); code != exitOK {
		t.Errorf("exit code %d: %s", code, errs)
	}
	wantContains(t, errs.String(), "rack1: 2 machines, at 127.0.0.1:", "scripts say http://10.0.0.2:8080\n",
		"Plain HTTP: everybody between here and a machine can read payloads as they pass, and change what machines boot.",
		"out/pxe/http/assets/flatcar/amd64/kernel: warning: machines will ask for this file, and it is not there",
		"stopped; 1 of 2 machines have their payload\n")
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 4 || !strings.Contains(lines[1], "rack1-cp0 has its payload (1 of 2 machines)") || !strings.Contains(lines[2], " 410 ") {
		t.Errorf("logged\n%s", out)
	}
}

// TestServeRemembers: what went out stays out until it is allowed again, also
// after another compile; and the log can be JSON.
func TestServeRemembers(t *testing.T) {
	index := compiled(t, rack)
	_, _, url, stop := serving(t, "out")
	fetch(t, url+index.Machines[0].Payload)
	stop()
	ok(t, "compile", "-o", "out")
	out, errs, url, stop := serving(t, "out", "-o", "json")
	if code, _ := fetch(t, url+index.Machines[0].Payload); code != 410 {
		t.Errorf("after a compile: found %d", code)
	}
	stop()
	wantContains(t, errs.String(), "rack1-cp0 got its payload at 2026-11-21T12:00:00Z and boots its disk; to install it anew: --allow-again rack1-cp0\n")
	var line struct {
		Machine string
		Status  int
	}
	if err := json.Unmarshal([]byte(out.String()), &line); err != nil || line.Status != 410 || line.Machine != "rack1-cp0" {
		t.Errorf("%v: logged %s", err, out)
	}
	_, _, url, stop = serving(t, "out", "--allow-again", "rack1-cp0")
	if code, _ := fetch(t, url+index.Machines[0].Payload); code != 200 {
		t.Errorf("allowed again: found %d", code)
	}
	stop()
}

// TestServeCompletion: a shell offers the machines' names.
func TestServeCompletion(t *testing.T) {
	compiled(t, rack)
	if got := ok(t, "__complete", "serve", "out", "--allow-again", ""); !strings.HasPrefix(got, "all\nrack1-cp0\nrack1-node0\n") {
		t.Errorf("found %q", got)
	}
}
