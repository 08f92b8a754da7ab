package smoke

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// tunnel is a "kubectl port-forward" to one pod, started anew should it end.
// The checks give their orders to the pod's server through it, for a forwarded
// port works where the API server has no route to pods.
type tunnel struct {
	kubectl kubectl
	pod     pod
	client  *http.Client
	mu      sync.Mutex
	process *process
	address string // of this end
}

func newTunnel(k kubectl, p pod) *tunnel {
	return &tunnel{kubectl: k, pod: p, client: &http.Client{Transport: &http.Transport{}}} // no HTTP proxy: it is this machine
}

// node is where the tunnel's pod is.
func (t *tunnel) node() string { return t.pod.Spec.NodeName }

// open starts kubectl unless it runs, and waits until it listens.
func (t *tunnel) open(ctx context.Context) (*process, string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.process != nil && t.process.running() {
		return t.process, t.address, nil
	}
	address := make(chan string, 1)
	p, err := t.kubectl.begin(func(line string) {
		if rest, ok := strings.CutPrefix(line, "Forwarding from "); ok {
			local, _, _ := strings.Cut(rest, " ")
			select {
			case address <- local:
			default: // the first is enough
			}
		}
	}, "port-forward", "--address=127.0.0.1", "--namespace="+t.pod.Metadata.Namespace, "pod/"+t.pod.Metadata.Name, ":8080")
	if err != nil {
		return nil, "", err
	}
	select {
	case t.address = <-address:
		t.process = p
		return p, t.address, nil
	case <-p.done:
		return nil, "", p.err
	case <-ctx.Done():
	case <-time.After(start):
	}
	p.stop()
	return nil, "", errors.New("kubectl port-forward has not begun to listen")
}

func (t *tunnel) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.process != nil {
		t.process.stop()
	}
}

// get asks the pod's server for a path.
func (t *tunnel) get(ctx context.Context, path string) (int, string, error) {
	p, address, err := t.open(ctx)
	if err != nil {
		return 0, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return 0, "", err
	}
	res, err := t.client.Do(req)
	if err != nil {
		p.stop() // a stream that broke stays broken: the next attempt has a new one
		return 0, "", fmt.Errorf("kubectl port-forward to the pod on %s: %s", t.node(),
			cmp.Or(oneLine(p.stderr.String()), unwrapURL(err).Error()))
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}

// dialed is something that pods dial.
type dialed struct {
	what       string // for messages
	host, port string
}

// unreachable is what a pod says of a server that it cannot reach, unlike what
// keeps us from asking the pod.
type unreachable struct{ error }

// dial lets the pod ask a server for its host name, tries times. With no try it
// only resolves the name.
func (t *tunnel) dial(ctx context.Context, to dialed, tries int) ([]string, error) {
	query := url.Values{"host": {to.host}, "port": {to.port}, "request": {"hostname"}, "tries": {strconv.Itoa(tries)}}
	code, text, err := t.get(ctx, "/dial?"+query.Encode())
	if err != nil {
		return nil, err
	}
	if code != http.StatusOK {
		// A name that does not resolve, for which agnhost has words of its own.
		return nil, errors.New(oneLine(strings.TrimPrefix(text, "host and/or port param are invalid. ")))
	}
	var answer struct{ Responses, Errors []string }
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		return nil, fmt.Errorf("the test pod's answer: %w", err)
	}
	if len(answer.Errors) > 0 {
		return nil, unreachable{fmt.Errorf("%d of %d attempts: %s", len(answer.Errors), tries, oneLine(answer.Errors[0]))}
	}
	if len(answer.Responses) < tries {
		return nil, errors.New("an empty answer")
	}
	return answer.Responses, nil
}
