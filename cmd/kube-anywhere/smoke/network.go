package smoke

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
)

// route is one connection that must work.
type route struct {
	from *tunnel
	to   dialed
	pods []string // one of which must answer; none: only the name must resolve
}

// tries is how often a route is used at a time. A Service spreads connections
// over its pods, so one alone would miss a pod that cannot be reached.
const tries = 4

func (rt route) String() string { return rt.from.node() + " to " + rt.to.what }

func (rt route) use(ctx context.Context) error {
	if len(rt.pods) == 0 {
		_, err := rt.from.dial(ctx, rt.to, 0)
		return err
	}
	names, err := rt.from.dial(ctx, rt.to, tries)
	for _, name := range names {
		if !slices.Contains(rt.pods, name) {
			return fmt.Errorf("%q answers, which is no pod of this test", name)
		}
	}
	return err
}

// reach uses routes until each has worked once, a few at a time.
func (r *runner) reach(t trial, routes []route) error {
	all := len(routes)
	return t.until(soon, func() error {
		var left []route
		var failures []string
		for i, err := range use(t, routes) {
			if err != nil {
				left = append(left, routes[i])
				failures = append(failures, fmt.Sprintf("%s: %v", routes[i], err))
			}
		}
		routes = left
		if len(left) == 0 {
			return nil
		}
		return fmt.Errorf("no connection in %d of %s: %s", len(left), plural(all, "case"), listed(failures))
	})
}

// use tries every route once, and tells of each what went wrong.
func use(ctx context.Context, routes []route) []error {
	const atATime = 8
	errs := make([]error, len(routes))
	tickets := make(chan struct{}, atATime)
	var group sync.WaitGroup
	for i, rt := range routes {
		tickets <- struct{}{}
		group.Go(func() {
			errs[i] = rt.use(ctx)
			<-tickets
		})
	}
	group.Wait()
	return errs
}

// routes are those from every tunnel's pod to every target.
func routes(tunnels []*tunnel, to []dialed, pods []string) []route {
	var all []route
	for _, from := range tunnels {
		for _, d := range to {
			all = append(all, route{from, d, pods})
		}
	}
	return all
}

func namesOf(pods []pod) []string {
	var names []string
	for _, p := range pods {
		names = append(names, p.Metadata.Name)
	}
	return names
}

// mesh is what all network checks need: the pods, and tunnels to them.
func (r *runner) mesh(t trial) ([]pod, []*tunnel, error) {
	pods, err := r.onEveryNode(t)
	if err != nil {
		return nil, nil, err
	}
	tunnels, err := r.openTunnels(t)
	return pods, tunnels, err
}

func (r *runner) checkPodNetwork(t trial) (string, error) {
	pods, tunnels, err := r.mesh(t)
	if err != nil {
		return "", err
	}
	var all []route
	for _, p := range pods {
		for _, ip := range p.Status.PodIPs {
			to := dialed{fmt.Sprintf("%s (pod %s)", p.Spec.NodeName, ip.IP), ip.IP, "8080"}
			all = append(all, routes(tunnels, []dialed{to}, []string{p.Metadata.Name})...)
		}
	}
	return fmt.Sprintf("pods on %s reached those on %s", plural(len(tunnels), "Node"), plural(len(pods), "Node")), r.reach(t, all)
}

// service is a Service that leads to the pods on every node.
type service struct {
	Metadata metadata
	Spec     struct {
		ClusterIPs []string
		Ports      []struct{ Port, NodePort int }
	}
}

func (r *runner) makeService(t trial, name, kind string) (made service, err error) {
	err = t.until(soon, func() error {
		return r.api.ensure(t, r.namespace.path("", "services"), name, render("service.yaml", values{Name: name, Value: kind}), &made)
	})
	if err == nil && (len(made.Spec.ClusterIPs) == 0 || len(made.Spec.Ports) == 0) {
		err = errors.New("the API server gave the Service no address")
	}
	return made, err
}

// clusterService is the Service that is reached by address and by name.
func (r *runner) clusterService(t trial) (service, error) {
	return r.service.get(r, t, "service", func() (service, error) { return r.makeService(t, "cluster-ip", "ClusterIP") })
}

func (r *runner) checkService(t trial) (string, error) {
	pods, tunnels, err := r.mesh(t)
	if err != nil {
		return "", err
	}
	s, err := r.clusterService(t)
	if err != nil {
		return "", err
	}
	var to []dialed
	for _, ip := range s.Spec.ClusterIPs {
		to = append(to, dialed{ip, ip, "80"})
	}
	return fmt.Sprintf("pods on %s reached %s", plural(len(tunnels), "Node"), listed(s.Spec.ClusterIPs)),
		r.reach(t, routes(tunnels, to, namesOf(pods)))
}

func (r *runner) checkNodePort(t trial) (string, error) {
	pods, tunnels, err := r.mesh(t)
	if err != nil {
		return "", err
	}
	s, err := r.makeService(t, "node-port", "NodePort")
	if err != nil {
		return "", err
	}
	nodes, err := r.nodes(t)
	if err != nil {
		return "", err
	}
	port := strconv.Itoa(s.Spec.Ports[0].NodePort)
	var to []dialed
	for _, n := range nodes {
		if !n.runsPods() {
			continue
		}
		// The first alone: the Service may have fewer families than the node.
		if own := n.addresses(); len(own) > 0 {
			to = append(to, dialed{n.Metadata.Name + " (" + own[0] + " port " + port + ")", own[0], port})
		}
	}
	if len(to) == 0 {
		return "", errors.New("no Node has an InternalIP")
	}
	return fmt.Sprintf("pods on %s reached port %s of %s", plural(len(tunnels), "Node"), port, plural(len(to), "Node")),
		r.reach(t, routes(tunnels, to, namesOf(pods)))
}

func (r *runner) checkDNS(t trial) (string, error) {
	pods, tunnels, err := r.mesh(t)
	if err != nil {
		return "", err
	}
	s, err := r.clusterService(t)
	if err != nil {
		return "", err
	}
	// A pod's search list adds the cluster's domain, whichever it is.
	name := s.Metadata.Name + "." + r.namespace.name + ".svc"
	return fmt.Sprintf("pods on %s reached a Service by its name", plural(len(tunnels), "Node")),
		r.reach(t, routes(tunnels, []dialed{{name, name, "80"}}, namesOf(pods)))
}

func (r *runner) checkOutsideName(t trial) (string, error) {
	if r.OutsideName == "" {
		return "", skipped("only with --outside-name NAME")
	}
	_, tunnels, err := r.mesh(t)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("pods on %s resolved %s", plural(len(tunnels), "Node"), r.OutsideName),
		r.reach(t, routes(tunnels, []dialed{{r.OutsideName, r.OutsideName, "443"}}, nil))
}
