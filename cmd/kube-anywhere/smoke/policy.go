package smoke

import (
	"errors"
	"fmt"
)

// checkNetworkPolicy reaches a pod, denies it, sees it out of reach from every
// node, and allows it again: a pod that is out of reach for another reason
// proves nothing.
func (r *runner) checkNetworkPolicy(t trial) (string, error) {
	if !r.NetworkPolicy {
		return "", skipped("only with --network-policy: a network plugin need not have them")
	}
	_, tunnels, err := r.mesh(t)
	if err != nil {
		return "", err
	}
	const name = "denied"
	if err := r.settle(t, name, r.namespace.path("apps/v1", "deployments", name), ""); err != nil {
		return "", fmt.Errorf("the pod to deny does not run: %w", err)
	}
	pods, err := r.pods(t, name)
	if err != nil || len(pods) == 0 {
		return "", errors.Join(err, errors.New("the pod to deny is gone"))
	}
	var to []dialed
	for _, ip := range pods[0].Status.PodIPs {
		to = append(to, dialed{"the pod on " + pods[0].Spec.NodeName + " (" + ip.IP + ")", ip.IP, "8080"})
	}
	all := withoutNeighbour(routes(tunnels, to, namesOf(pods[:1])), pods[0].Spec.NodeName)
	return fmt.Sprintf("%s blocked, and open again without the policy", plural(len(all), "connection")), r.deny(t, name, all)
}

// withoutNeighbour leaves out the route within the pod's own node, if there are
// others: some plugins filter only what comes from outside.
func withoutNeighbour(all []route, node string) []route {
	var others []route
	for _, rt := range all {
		if rt.from.node() != node {
			others = append(others, rt)
		}
	}
	if len(others) == 0 {
		return all
	}
	return others
}

func (r *runner) deny(t trial, app string, all []route) error {
	if err := r.reach(t, all); err != nil {
		return fmt.Errorf("before there was a policy: %w", err)
	}
	policies := r.namespace.path("networking.k8s.io/v1", "networkpolicies")
	const name = "deny"
	manifest := render("networkpolicy.yaml", values{Name: name, Value: app})
	made, denied := false, 0
	err := t.until(soon, func() error {
		if !made {
			if err := r.api.ensure(t, policies, name, manifest, nil); err != nil {
				return err
			}
			made = true
		}
		if err := blocked(use(t, all)); err != nil {
			denied = 0
			return err
		}
		// Once more: rules are written anew while a policy is put into force.
		if denied++; denied < 2 {
			return errors.New("blocked once")
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := t.until(soon, func() error { return r.api.delete(t, policies+"/"+name) }); err != nil {
		return err
	}
	if err := r.reach(t, all); err != nil {
		return fmt.Errorf("after the policy was deleted: %w", err)
	}
	return nil
}

// blocked says whether pods report of every route that it does not work. That a
// pod could not be asked proves nothing.
func blocked(errs []error) error {
	working := 0
	for _, err := range errs {
		if err == nil {
			working++
		} else if !errors.As(err, new(unreachable)) {
			return err
		}
	}
	if working > 0 {
		return fmt.Errorf("a NetworkPolicy that denies does not block %d of %s", working, plural(len(errs), "connection"))
	}
	return nil
}
