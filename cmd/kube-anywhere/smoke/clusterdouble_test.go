package smoke

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"sigs.k8s.io/yaml"
)

type object = map[string]any

// double is a test double of a cluster: it keeps objects, and its controllers
// do at once what real ones take their time for. Fields beyond the first few
// are the faults that a test gives it.
type double struct {
	t      *testing.T
	server *httptest.Server // http, for the double of kubectl
	public *httptest.Server // https, for strangers

	mu      sync.Mutex
	objects map[string]object // by path
	calls   [][]string        // of kubectl
	servers map[string]*httptest.Server
	turn    int

	// answer takes a request's place if it says so.
	answer func(w http.ResponseWriter, r *http.Request) bool
	// kubectl takes a call's place if it gives a reply.
	kubectl func(verb string, args []string) *reply
	// unreachable tells why a pod cannot reach a host, or nothing.
	unreachable func(from, host string) string
	// admit changes an object that is made.
	admit func(path string, o object)
	// open are paths that answer strangers.
	open     []string
	policies bool
	stranger string // answers in the place of a Service's pods
	stuck    bool   // namespaces are never gone
}

// newDouble is a cluster of three nodes with which nothing is wrong.
func newDouble(t *testing.T) *double {
	d := &double{t: t, objects: map[string]object{}, servers: map[string]*httptest.Server{}, policies: true, open: []string{"/livez", "/readyz"}}
	d.server = httptest.NewServer(d)
	d.public = httptest.NewTLSServer(d)
	t.Cleanup(func() {
		for _, s := range d.servers {
			s.Close()
		}
		d.public.Close()
		d.server.Close()
	})
	for i, name := range []string{"cp", "node-a", "node-b"} {
		d.objects["/api/v1/nodes/"+name] = object{
			"metadata": object{"name": name, "labels": object{"kubernetes.io/os": "linux"}},
			"spec":     object{},
			"status": object{
				"conditions": ready(true),
				"addresses":  []object{{"type": "Hostname", "address": name}, {"type": "InternalIP", "address": fmt.Sprint("10.0.0.", i+1)}},
				"nodeInfo":   object{"kubeletVersion": "v1.37.1"},
			},
		}
	}
	d.objects["/api/v1/namespaces/kube-system/pods/coredns"] = podObject("kube-system", "coredns", "cp", "10.244.0.2", nil)
	d.objects["/api/v1/namespaces/net/pods/agent"] = podObject("net", "agent", "node-a", "10.0.0.2", nil)
	d.objects["/api/v1/namespaces/net/pods/agent"]["spec"].(object)["priorityClassName"] = "system-node-critical"
	return d
}

func ready(yes bool) []object {
	status := map[bool]string{true: "True", false: "False"}[yes]
	return []object{{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": status, "reason": "Because", "message": "of the test"}}
}

func podObject(namespace, name, node, ip string, labels object) object {
	return object{
		"metadata": object{"name": name, "namespace": namespace, "labels": labels},
		"spec":     object{"nodeName": node},
		"status":   object{"phase": "Running", "conditions": ready(true), "podIPs": []object{{"ip": ip}}},
	}
}

func (d *double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case r.URL.Path == "/double/kubectl":
		d.runKubectl(w, r)
	case r.Header.Get("Authorization") == "":
		if !slices.Contains(d.open, r.URL.Path) {
			fail(w, http.StatusUnauthorized, "who are you?")
		}
	case d.answer != nil && d.answer(w, r):
	case r.URL.Path == "/livez":
	case r.URL.Path == "/readyz":
		fmt.Fprint(w, "[+]ping ok\n[+]etcd ok\nreadyz check passed\n")
	case strings.HasSuffix(r.URL.Path, "/log"):
		fmt.Fprintln(w, greeting)
	case r.URL.Path == "/apis/metrics.k8s.io/v1beta1":
	case r.URL.Path == "/apis/metrics.k8s.io/v1beta1/nodes":
		d.list(w, r, "/api/v1/nodes")
	default:
		d.serveObject(w, r)
	}
}

func fail(w http.ResponseWriter, code int, message string) {
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(object{"kind": "Status", "message": message})
}

func (d *double) serveObject(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	body, _ := io.ReadAll(r.Body)
	switch o, found := d.objects[path]; {
	case r.Method == http.MethodPost:
		d.create(w, path, body)
	case r.Method == http.MethodGet && found:
		_ = json.NewEncoder(w).Encode(o)
	case r.Method == http.MethodPatch && found:
		var patch object
		if json.Unmarshal(body, &patch) != nil || r.Header.Get("Content-Type") != asPatch {
			fail(w, http.StatusBadRequest, "no patch")
			return
		}
		merge(o, patch)
		d.control(path, o)
	case r.Method == http.MethodDelete && found:
		d.delete(path)
	case r.Method == http.MethodGet && isCollection(path):
		d.list(w, r, path)
	default:
		fail(w, http.StatusNotFound, path+" not found")
	}
}

// isCollection says whether a path ends in a kind, in the plural.
func isCollection(path string) bool {
	last := path[strings.LastIndex(path, "/")+1:]
	return slices.Contains([]string{"nodes", "pods", "configmaps", "secrets", "services", "events", "daemonsets", "deployments"}, last)
}

func (d *double) create(w http.ResponseWriter, collection string, body []byte) {
	var o object
	if err := yaml.UnmarshalStrict(body, &o); err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	name := o["metadata"].(object)["name"].(string)
	path := collection + "/" + name
	if _, found := d.objects[path]; found {
		fail(w, http.StatusConflict, name+" exists already")
		return
	}
	if _, rest, ok := strings.Cut(path, "/namespaces/"); ok && strings.Contains(rest, "/") {
		namespace, _, _ := strings.Cut(rest, "/")
		if d.objects["/api/v1/namespaces/"+namespace] == nil {
			fail(w, http.StatusNotFound, "no namespace "+namespace)
			return
		}
	}
	if d.admit != nil {
		d.admit(path, o)
	}
	d.objects[path] = o
	d.control(path, o)
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(o)
}

// delete removes an object and all that is below its path.
func (d *double) delete(path string) {
	if strings.HasPrefix(path, "/api/v1/namespaces/") && strings.Count(path, "/") == 4 {
		if d.stuck {
			d.objects[path]["status"] = object{"conditions": []object{{"type": "Stuck", "status": "True", "message": "some content remains"}}}
			return
		}
		for other := range d.objects {
			if strings.HasPrefix(other, path+"/") || strings.Contains(other, path[len("/api/v1"):]+"/") {
				delete(d.objects, other)
			}
		}
	}
	delete(d.objects, path)
}

// list gives a collection in pages of two: a reader that stops at the first
// misses most.
func (d *double) list(w http.ResponseWriter, r *http.Request, collection string) {
	namespace, kind := "", strings.TrimPrefix(collection, "/api/v1/")
	if rest, ok := strings.CutPrefix(kind, "namespaces/"); ok {
		namespace, kind, _ = strings.Cut(rest, "/")
	}
	items := []object{}
	for _, path := range sortedPaths(d.objects) {
		parent := path[:strings.LastIndex(path, "/")]
		if parent == collection || namespace == "" && strings.HasSuffix(parent, "/"+kind) {
			items = append(items, d.objects[path])
		}
	}
	const page = 2
	from := number(r.URL.Query().Get("continue"))
	to, next := len(items), ""
	if from+page < len(items) {
		to, next = from+page, fmt.Sprint(from+page)
	}
	_ = json.NewEncoder(w).Encode(object{"metadata": object{"continue": next}, "items": items[from:to]})
}

func sortedPaths(objects map[string]object) []string {
	var all []string
	for path := range objects {
		all = append(all, path)
	}
	slices.Sort(all)
	return all
}

func merge(into, patch object) {
	for name, v := range patch {
		inner, isObject := v.(object)
		old, wasObject := into[name].(object)
		if isObject && wasObject {
			merge(old, inner)
		} else {
			into[name] = v
		}
	}
}
