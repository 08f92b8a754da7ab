// Package smoke asserts that a running cluster works and is closed to
// strangers, whoever made it.
//
// INPUTS: Options: the user's kubectl, which cluster, which checks, the image of
// the test pods. OUTPUTS: one Result per check, progress lines; in the cluster,
// for the time of the run, one namespace with everything that the checks make.
//
// All access goes through kubectl, so that every way to log in works which a
// kubeconfig can name. One "kubectl proxy" on a private socket serves most
// requests: starting kubectl anew for each would take longer than the checks.
package smoke

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// DefaultImage is what Kubernetes' own end-to-end tests use: a small HTTP server
// that also dials others. The tag is that of Kubernetes 1.37.1
// (test/utils/image/manifest.go).
const DefaultImage = "registry.k8s.io/e2e-test-images/agnhost:2.66.1"

// DefaultTimeout is how long one check may take: pulling an image over a slow
// line is the longest that a healthy cluster needs.
const DefaultTimeout = 5 * time.Minute

// Options are what a run needs to know.
type Options struct {
	Kubectl             string // path of the program
	Kubeconfig, Context string // empty: what kubectl takes by itself
	Image               string // of the test pods: agnhost
	Timeout             time.Duration
	Only, Skip          []string // names of checks
	OutsideName         string   // a name outside of the cluster that pods must resolve
	NetworkPolicy       bool     // the network plugin is one that enforces policies
	Progress            Progress

	cleanUpTime time.Duration // for tests that do not want to wait
}

// Progress is where a person follows a run.
type Progress struct {
	Writer   io.Writer
	Terminal bool       // lines may be rewritten
	Colour   bool       // and coloured
	Width    func() int // columns of the terminal
}

// Outcome is how a check ended.
type Outcome string

// The outcomes. A check is skipped if it has nothing to look at, or if what it
// needs has failed already.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped"
)

// Result is one check's end. Scripts read it as JSON.
type Result struct {
	Name    string  `json:"name"`
	Outcome Outcome `json:"result"`
	Seconds float64 `json:"seconds"`
	Message string  `json:"message"`
}

// ErrNoCluster means that kubectl knows of no cluster to talk to.
var ErrNoCluster = errors.New("kubectl has no cluster to talk to")

// Run makes the checks and cleans up. An error means that none was made; a
// check that fails is a Result. A cancelled context ends the checks, not the
// cleaning up.
func Run(ctx context.Context, o Options) ([]Result, error) {
	r := &runner{Options: o, kubectl: kubectl{o.Kubectl, o.Kubeconfig, o.Context}}
	if err := r.connect(ctx); err != nil {
		return nil, err
	}
	defer r.close()
	r.lines = newLines(o.Progress)
	defer r.lines.stop()
	r.lines.print(fmt.Sprintf("%s (context %s), namespace %s", r.target.Server, r.target.Context, r.namespace.name))
	results := r.checks(ctx)
	results = append(results, r.cleanUp(ctx)...)
	return results, nil
}

// runner is one run.
type runner struct {
	Options
	kubectl   kubectl
	target    target
	api       *api
	lines     *lines
	namespace namespace
	everyNode fixture[[]pod]
	tunnels   fixture[[]*tunnel]
	service   fixture[service]
}

func (r *runner) connect(ctx context.Context) error {
	var err error
	if r.target, err = r.kubectl.target(ctx); err != nil {
		return err
	}
	r.namespace.name = newName()
	r.api, err = newAPI(r.kubectl, r.target.path() != "")
	return err
}

func (r *runner) close() {
	for _, t := range r.tunnels.value {
		t.close()
	}
	r.api.close()
}

// checks runs what was asked for, stage by stage, the checks of one stage side
// by side.
func (r *runner) checks(ctx context.Context) []Result {
	var results []Result
	unreachable := false
	for _, stage := range stages() {
		stage = slices.DeleteFunc(stage, func(c Check) bool { return !r.wants(c.Name) })
		of := make([]Result, len(stage))
		var group sync.WaitGroup
		for i, c := range stage {
			group.Go(func() {
				if unreachable {
					c.run = func(*runner, trial) (string, error) { return "", skipped("the API server does not answer") }
				}
				of[i] = r.check(ctx, c, r.Timeout)
			})
		}
		group.Wait()
		results = append(results, of...)
		unreachable = unreachable || slices.ContainsFunc(of, func(f Result) bool { return f.Name == "api" && f.Outcome == Failed })
	}
	return results
}

func (r *runner) wants(name string) bool {
	return (len(r.Only) == 0 || slices.Contains(r.Only, name)) && !slices.Contains(r.Skip, name)
}

// check makes one check within its time.
func (r *runner) check(ctx context.Context, c Check, timeout time.Duration) Result {
	result := Result{Name: c.Name, Outcome: Passed}
	if ctx.Err() != nil {
		result.Outcome, result.Message = Skipped, errInterrupted.Error()
		return result
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	start := time.Now()
	r.lines.begin(c.Name)
	message, err := c.run(r, trial{Context: ctx, name: c.Name, timeout: timeout, say: func(s string) { r.lines.say(c.Name, s) }})
	var skip skipped
	switch {
	case errors.As(err, &skip):
		result.Outcome, message = Skipped, string(skip)
	case err != nil:
		result.Outcome, message = Failed, err.Error()
	}
	result.Message = oneLine(message)
	result.Seconds = float64(time.Since(start).Round(100*time.Millisecond)) / float64(time.Second)
	r.lines.end(result)
	return result
}
