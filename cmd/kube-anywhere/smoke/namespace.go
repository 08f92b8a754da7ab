package smoke

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// namespace is where everything is that a run makes.
type namespace struct {
	name  string
	made  fixture[struct{}]
	asked atomic.Bool // it may be there
}

// namePrefix begins the name of every run's namespace.
const namePrefix = "kube-anywhere-smoke-"

// newName is a name that no other run has. It is chosen here and not by the API
// server, so that it is known even if the answer is lost.
func newName() string { return namePrefix + strings.ToLower(rand.Text()[:5]) }

// path is that of a collection in the namespace, or of what is in it.
func (n *namespace) path(group string, rest ...string) string {
	root := "/api/v1"
	if group != "" {
		root = "/apis/" + group
	}
	return root + "/namespaces/" + n.name + "/" + strings.Join(rest, "/")
}

// inNamespace makes the namespace unless it is there.
func (r *runner) inNamespace(t trial) error {
	_, err := r.namespace.made.get(r, t, "objects", func() (struct{}, error) {
		return struct{}{}, t.until(soon, func() error {
			manifest := render("namespace.yaml", values{Name: r.namespace.name})
			r.namespace.asked.Store(true)
			// Not cut short: what is made after it was removed would stay.
			return r.api.ensure(context.WithoutCancel(t), "/api/v1/namespaces", r.namespace.name, manifest, nil)
		})
	})
	return err
}

// cleanUp removes what was made, whatever has become of the run.
func (r *runner) cleanUp(ctx context.Context) []Result {
	if !r.namespace.asked.Load() || slices.Contains(r.Skip, cleanUpCheck.Name) {
		return nil
	}
	if ctx.Err() != nil {
		r.lines.print(fmt.Sprintf("interrupted: removing namespace %s (interrupt again to leave it there)", r.namespace.name))
	}
	// A check may be short of time, but a pod that is still starting is not gone
	// in a few seconds.
	const least = 2 * time.Minute
	return []Result{r.check(context.WithoutCancel(ctx), cleanUpCheck, max(r.Timeout, cmp.Or(r.cleanUpTime, least)))}
}

// removeNamespace also waits until all is gone. A Ctrl-C has ended kubectl proxy
// too, which is then started anew.
func (r *runner) removeNamespace(t trial) (string, error) {
	path := "/api/v1/namespaces/" + r.namespace.name
	deleted := false
	err := t.until(soon, func() error {
		if !deleted {
			err := r.api.delete(t, path)
			if err != nil && codeOf(err) != http.StatusConflict { // it is being deleted
				return err
			}
			deleted = true
		}
		var left struct{ Status status }
		err := r.api.get(t, path, &left)
		if codeOf(err) == http.StatusNotFound {
			return nil
		}
		return cmp.Or(err, errors.New("what is in it is still being removed: "+left.Status.trouble()))
	})
	if err != nil {
		return "", fmt.Errorf("namespace %s is still there: %w", r.namespace.name, err)
	}
	return "namespace " + r.namespace.name + " is gone", nil
}

// Pauses between attempts: soon for what costs one request, later for what
// costs a process.
const (
	soon  = 2 * time.Second
	later = 5 * time.Second
)
