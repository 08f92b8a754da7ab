package smoke

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// doubleMode makes this test's own program play kubectl. Where the double of a
// cluster listens stands in the place of a kubeconfig's name.
const doubleMode = "SMOKE_KUBECTL_DOUBLE"

func TestMain(m *testing.M) {
	if os.Getenv(doubleMode) != "" {
		os.Exit(kubectlDouble(strings.TrimPrefix(os.Args[1], "--kubeconfig="), os.Args[1:]))
	}
	os.Setenv(doubleMode, "yes")
	os.Exit(m.Run())
}

// call is one run of the double of kubectl, and what the test has it do.
type call struct{ Args []string }

type reply struct {
	Stdout, Stderr string
	Code           int
	Stay           bool // until it is killed, as port-forward does
}

// kubectlDouble is a test double: it is not kubectl, and knows no Kubernetes. It
// serves the proxy's socket, and does with all else what the test says.
func kubectlDouble(at string, args []string) int {
	for _, arg := range args {
		if socket, ok := strings.CutPrefix(arg, "--unix-socket="); ok && proxyArgs(args) {
			return proxyDouble(at, socket)
		}
	}
	body, _ := json.Marshal(call{args})
	res, err := http.Post(at+"/double/kubectl", "application/json", bytes.NewReader(body))
	if err != nil {
		fmt.Fprintln(os.Stderr, "this is a test double of kubectl:", err)
		return 1
	}
	defer res.Body.Close()
	var r reply
	if err := json.NewDecoder(res.Body).Decode(&r); err != nil {
		fmt.Fprintln(os.Stderr, "this is a test double of kubectl:", err)
		return 1
	}
	fmt.Print(r.Stdout)
	fmt.Fprint(os.Stderr, r.Stderr)
	if r.Stay {
		outliveNoTest()
	}
	return r.Code
}

func proxyArgs(args []string) bool {
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			return arg == "proxy"
		}
	}
	return false
}

// outliveNoTest waits to be killed, and ends by itself with the test.
func outliveNoTest() {
	parent := os.Getppid()
	for os.Getppid() == parent {
		time.Sleep(100 * time.Millisecond)
	}
}

// proxyDouble hands requests on with the user's credentials, and like kubectl
// proxy only to who asks for this machine.
func proxyDouble(at, socket string) int {
	to, err := url.Parse(at)
	if err != nil {
		return 1
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "unix", socket)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Header.Set("Authorization", "the user's")
	}}
	go outliveNoTestOrExit()
	err = http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "localhost" {
			http.Error(w, "Forbidden", http.StatusForbidden)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func outliveNoTestOrExit() {
	outliveNoTest()
	os.Exit(0)
}
