package smoke

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// api makes requests as the user, through one "kubectl proxy".
type api struct {
	client *http.Client
	proxy  *proxy
}

// requestTime is how long the API may think about one request; its own limit is
// the same.
const requestTime = time.Minute

func newAPI(k kubectl, appendPath bool) (*api, error) {
	dir, err := os.MkdirTemp("", "kube-anywhere-smoke-") // 0700: the socket has the user's rights
	if err != nil {
		return nil, err
	}
	p := &proxy{kubectl: k, dir: dir, socket: filepath.Join(dir, "api"), appendPath: appendPath}
	return &api{proxy: p, client: &http.Client{Transport: &http.Transport{DialContext: p.dial}}}, nil
}

func (a *api) close() { a.proxy.close() }

// apiError is a request that the API server has answered with an error.
type apiError struct {
	code    int
	message string
}

func (e *apiError) Error() string { return fmt.Sprintf("the API server: %s (%d)", e.message, e.code) }

// Kinds of text that the API takes.
const (
	asYAML  = "application/yaml"
	asPatch = "application/merge-patch+json"
)

func (a *api) get(ctx context.Context, path string, into any) error {
	return a.do(ctx, http.MethodGet, path, "", "", into)
}

// create makes an object; a field that the API does not know is an error.
func (a *api) create(ctx context.Context, path, manifest string, into any) error {
	return a.do(ctx, http.MethodPost, path+"?fieldValidation=Strict", asYAML, manifest, into)
}

// ensure makes an object, unless an attempt whose answer was lost has.
func (a *api) ensure(ctx context.Context, path, name, manifest string, into any) error {
	err := a.create(ctx, path, manifest, into)
	if codeOf(err) == http.StatusConflict {
		return a.get(ctx, path+"/"+name, into)
	}
	return err
}

func (a *api) patch(ctx context.Context, path, patch string, into any) error {
	return a.do(ctx, http.MethodPatch, path, asPatch, patch, into)
}

func (a *api) delete(ctx context.Context, path string) error {
	err := a.do(ctx, http.MethodDelete, path, "", "", nil)
	if codeOf(err) == http.StatusNotFound {
		return nil
	}
	return err
}

// codeOf is the status of an answer that is an error, or 0.
func codeOf(err error) int {
	var e *apiError
	if errors.As(err, &e) {
		return e.code
	}
	return 0
}

func (a *api) do(ctx context.Context, method, path, contentType, body string, into any) error {
	text, err := a.raw(ctx, method, path, contentType, body)
	if err != nil || into == nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("the answer to %s %s: %w", method, path, err)
	}
	return nil
}

// raw gives an answer as it came.
func (a *api) raw(ctx context.Context, method, path, contentType, body string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	// kubectl proxy takes no other host.
	req, err := http.NewRequestWithContext(ctx, method, "http://localhost"+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := a.client.Do(req)
	if err != nil {
		return nil, unwrapURL(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode/100 == 2 {
		return text, nil
	}
	var status struct{ Message string }
	_ = json.Unmarshal(text, &status) // not every error is a Status
	return text, &apiError{res.StatusCode, oneLine(cmp.Or(status.Message, string(text), res.Status))}
}

// unwrapURL leaves out what is the same in every message: the private socket.
func unwrapURL(err error) error {
	if e, ok := err.(*url.Error); ok {
		return e.Err
	}
	return err
}

// list reads a collection to its end, page by page.
func list[T any](ctx context.Context, a *api, path string) ([]T, error) {
	var all []T
	query := url.Values{"limit": {"500"}}
	for {
		var page struct {
			Metadata struct{ Continue string }
			Items    []T
		}
		if err := a.get(ctx, path+"?"+query.Encode(), &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.Metadata.Continue == "" {
			return all, nil
		}
		query.Set("continue", page.Metadata.Continue)
	}
}

// proxy is a "kubectl proxy" that is started when it is needed, and again
// should it end.
type proxy struct {
	kubectl     kubectl
	dir, socket string
	appendPath  bool
	mu          sync.Mutex
	process     *process
}

// dial connects to the proxy, and waits for one that has just been started.
func (p *proxy) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	running, err := p.start()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, start)
	defer cancel()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "unix", p.socket)
		if err == nil {
			return conn, nil
		}
		select {
		case <-running.done:
			return nil, running.err
		case <-ctx.Done():
			return nil, fmt.Errorf("kubectl proxy: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (p *proxy) start() (*process, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process != nil && p.process.running() {
		return p.process, nil
	}
	_ = os.Remove(p.socket) // of one that was killed; kubectl refuses to take it over
	args := []string{"proxy", "--unix-socket=" + p.socket}
	if p.appendPath {
		args = append(args, "--append-server-path=true")
	}
	var err error
	p.process, err = p.kubectl.begin(func(string) {}, args...)
	return p.process, err
}

func (p *proxy) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process != nil {
		p.process.stop()
	}
	_ = os.RemoveAll(p.dir)
}
