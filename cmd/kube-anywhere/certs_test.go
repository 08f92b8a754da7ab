package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

func TestCertsList(t *testing.T) {
	workdir(t, minimal)
	if r := ka(t, "certs", "list"); r.code != exitInput || !strings.Contains(r.err, "pki: error: there is no such directory") {
		t.Errorf("exit code %d, %s", r.code, r.err)
	}
	ok(t, "compile", "-o", "out")
	wantContains(t, ok(t, "certs", "list"), "NAME", "members/controlplane-0/apiserver", "CN=kube-apiserver", "10.96.0.1",
		"2027-11-21 (in 364 days)", "never")
	if err := os.Remove("cluster.json"); err != nil {
		t.Fatal(err)
	}
	var got struct {
		PKI          string
		Certificates []struct {
			Name     string
			NotAfter *time.Time
			DaysLeft *int
		}
	}
	if err := json.Unmarshal([]byte(ok(t, "certs", "list", "--pki", "pki", "-o", "json")), &got); err != nil {
		t.Fatal(err)
	}
	if got.PKI != "pki" || len(got.Certificates) < 17 {
		t.Errorf("%+v", got)
	}
	for _, c := range got.Certificates {
		if (c.DaysLeft == nil) != (c.NotAfter == nil) {
			t.Errorf("%s: %v, %v", c.Name, c.NotAfter, c.DaysLeft)
		}
	}
}

// TestExpiryIsRed: what ends within thirty days is in red, and nothing else.
func TestExpiryIsRed(t *testing.T) {
	workdir(t, minimal)
	ok(t, "compile", "-o", "out")
	for _, c := range []struct {
		days int
		want bool
	}{{300, false}, {350, true}, {400, true}} {
		r := call{args: []string{"certs", "list"}, terminal: true, later: time.Duration(c.days) * 24 * time.Hour}.run(t)
		if red := strings.Contains(r.out, "\x1b[31m2027-11-21"); red != c.want || strings.Contains(r.out, "\x1b[31m2036") {
			t.Errorf("after %d days: red %v, want %v:\n%s", c.days, red, c.want, r.out)
		}
	}
}

func TestExpiry(t *testing.T) {
	a := &app{env: environment{now: func() time.Time { return testNow }, getenv: func(string) string { return "" }}}
	for _, c := range []struct {
		in   time.Duration
		days int
		text string
	}{
		{364*24*time.Hour + time.Hour, 364, "in 364 days"},
		{47 * time.Hour, 1, "in 47 hours"},
		{time.Hour, 0, "in 1 hour"},
		{-time.Hour, -1, "1 hour ago"},
		{-72 * time.Hour, -3, "3 days ago"},
	} {
		at := testNow.Add(c.in)
		if days, text := daysBetween(a.env.now(), at), distance(a.env.now(), at); days != c.days || text != c.text {
			t.Errorf("%v: %d, %q; want %d, %q", c.in, days, text, c.days, c.text)
		}
	}
}

func TestBar(t *testing.T) {
	for _, c := range []struct {
		part, whole int
		want        string
	}{
		{0, 100, "[....................] 0 %"},
		{50, 100, "[##########..........] 50 %"},
		{100, 100, "[####################] 100 %"},
	} {
		if got := bar(c.part, c.whole); got != c.want {
			t.Errorf("bar(%d, %d) = %q, want %q", c.part, c.whole, got, c.want)
		}
	}
	if got := thousands(1234567); got != "1,234,567" {
		t.Error(got)
	}
}
