package smoke

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// kubectl is the user's program, and the cluster that it is to talk to.
type kubectl struct{ path, kubeconfig, context string }

// start is how long kubectl may take to do nothing in particular. It is no
// limit for a cluster, but for a login that waits for a person who is not there.
const start = time.Minute

func (k kubectl) command(ctx context.Context, args ...string) *exec.Cmd {
	var global []string
	if k.kubeconfig != "" {
		global = append(global, "--kubeconfig="+k.kubeconfig)
	}
	if k.context != "" {
		global = append(global, "--context="+k.context)
	}
	cmd := exec.CommandContext(ctx, k.path, slices.Concat(global, args)...)
	// A login plugin that outlives kubectl must not hold the run up.
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// output runs kubectl once and gives what it prints.
func (k kubectl) output(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	var out, errs bytes.Buffer
	cmd := k.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if err == nil {
		return out.String(), nil
	}
	return out.String(), &kubectlError{verb: args[0], stderr: oneLine(errs.String()), err: err}
}

// kubectlError is a run of kubectl that failed.
type kubectlError struct {
	verb, stderr string
	err          error
}

func (e *kubectlError) Error() string {
	if e.stderr == "" {
		return fmt.Sprintf("kubectl %s: %v", e.verb, e.err)
	}
	return fmt.Sprintf("kubectl %s: %s", e.verb, e.stderr)
}

func (e *kubectlError) Unwrap() error { return e.err }

// target is where the API is, as the kubeconfig has it.
type target struct {
	Context  string
	Server   string `json:"server"`
	CA       []byte `json:"certificate-authority-data"`
	Name     string `json:"tls-server-name"`
	Insecure bool   `json:"insecure-skip-tls-verify"`
	Proxy    string `json:"proxy-url"`
}

// target asks kubectl for the cluster's part of the kubeconfig.
func (k kubectl) target(ctx context.Context) (target, error) {
	text, err := k.output(ctx, "config", "view", "--minify", "--flatten", "--raw", "-o", "json")
	if err != nil {
		return target{}, fmt.Errorf("%w: %w", ErrNoCluster, err)
	}
	var config struct {
		Current  string `json:"current-context"`
		Clusters []struct{ Cluster target }
	}
	if err := json.Unmarshal([]byte(text), &config); err != nil {
		return target{}, fmt.Errorf("%w: kubectl config view: %w", ErrNoCluster, err)
	}
	if len(config.Clusters) != 1 || config.Clusters[0].Cluster.Server == "" {
		return target{}, fmt.Errorf("%w: the kubeconfig names no server", ErrNoCluster)
	}
	t := config.Clusters[0].Cluster
	t.Server = strings.TrimSuffix(t.Server, "/")
	t.Context = config.Current
	if k.context != "" {
		t.Context = k.context
	}
	if _, err := url.Parse(t.Server); err != nil {
		return target{}, fmt.Errorf("%w: the kubeconfig's server: %w", ErrNoCluster, err)
	}
	return t, nil
}

// path is that of the API on its server, for one that is behind a gateway.
func (t target) path() string {
	u, err := url.Parse(t.Server)
	if err != nil {
		return ""
	}
	return strings.Trim(u.Path, "/")
}

// process is a kubectl that keeps running.
type process struct {
	cancel context.CancelFunc
	stderr tail
	done   chan struct{} // closed when it has ended
	err    error         // why, once it has
}

// begin starts a kubectl that runs until it is stopped. What it prints goes to
// lines, line by line.
func (k kubectl) begin(line func(string), args ...string) (*process, error) {
	ctx, cancel := context.WithCancel(context.Background())
	p := &process{cancel: cancel, done: make(chan struct{})}
	cmd := k.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &byLine{do: line}, &p.stderr
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("kubectl %s: %w", args[0], err)
	}
	go func() {
		err := cmd.Wait()
		p.err = &kubectlError{verb: args[0], stderr: oneLine(p.stderr.String()), err: errors.Join(err, errEnded)}
		close(p.done)
	}()
	return p, nil
}

// errEnded is why a kubectl is no use any more that has ended well.
var errEnded = errors.New("it has ended")

func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

func (p *process) stop() {
	p.cancel()
	<-p.done
}
