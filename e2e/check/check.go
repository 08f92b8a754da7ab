// Package check holds what is asserted of a cluster, one function each.
//
// INPUTS: a cluster whose machines run. OUTPUTS: an error that says what was
// found and what was expected, or none.
//
// Every check that expects a refusal also expects the neighbouring permission,
// so that it cannot pass because nothing works at all.
package check

import (
	"context"
	"fmt"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
)

// as is kubectl with other credentials than the admin's.
type as struct {
	c     *cluster.Cluster
	who   string
	flags []string
}

func (u as) kubectl(ctx context.Context, args ...string) (string, error) {
	return u.c.KubectlAs(ctx, u.flags, args...)
}

// may expects a request to succeed.
func (u as) may(ctx context.Context, args ...string) error {
	if _, err := u.kubectl(ctx, args...); err != nil {
		return fmt.Errorf("%s: found a refusal, expected success: %w", u.who, err)
	}
	return nil
}

// mayNot expects a request to be refused as Forbidden, and for no other reason.
func (u as) mayNot(ctx context.Context, args ...string) error {
	return u.refused(ctx, "Forbidden", args...)
}

func (u as) refused(ctx context.Context, reason string, args ...string) error {
	request := strings.Join(args, " ")
	out, err := u.kubectl(ctx, args...)
	if err == nil {
		return fmt.Errorf("%s: %s: found an answer, expected %s: %.200s", u.who, request, reason, out)
	}
	if !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(reason)) {
		return fmt.Errorf("%s: %s: found another error, expected %s: %w", u.who, request, reason, err)
	}
	return nil
}

// all runs checks in order and returns every error.
func all(errs ...error) error {
	var texts []string
	for _, err := range errs {
		if err != nil {
			texts = append(texts, err.Error())
		}
	}
	if len(texts) > 0 {
		return fmt.Errorf("%s", strings.Join(texts, "\n    "))
	}
	return nil
}
