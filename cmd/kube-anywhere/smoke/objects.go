package smoke

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// metadata, and the other types here, are as much of Kubernetes' as the checks
// read.
type metadata struct {
	Name, Namespace   string
	Generation        int64
	Labels            map[string]string
	DeletionTimestamp string
	OwnerReferences   []struct{ Kind string }
}

type condition struct{ Type, Status, Reason, Message string }

type status struct{ Conditions []condition }

// is says whether a condition holds.
func (s status) is(name string) bool {
	return slices.ContainsFunc(s.Conditions, func(c condition) bool { return c.Type == name && c.Status == "True" })
}

// why tells a condition's own reason.
func (s status) why(name string) string {
	for _, c := range s.Conditions {
		if c.Type == name {
			return strings.TrimSpace(c.Reason + " " + c.Message)
		}
	}
	return "no condition " + name
}

// trouble tells what the conditions that hold say.
func (s status) trouble() string {
	var all []string
	for _, c := range s.Conditions {
		if c.Status == "True" {
			all = append(all, c.Message)
		}
	}
	if len(all) == 0 {
		return "no reason is given"
	}
	return listed(all)
}

// checkObjects makes, lists and deletes an object.
func (r *runner) checkObjects(t trial) (string, error) {
	if err := r.inNamespace(t); err != nil {
		return "", err
	}
	const name = "object"
	all := r.namespace.path("", "configmaps")
	made, deleted := false, false
	err := t.until(soon, func() error {
		if !made {
			if err := r.api.ensure(t, all, name, render("configmap.yaml", values{Name: name, Value: "value"}), nil); err != nil {
				return err
			}
			made = true
		}
		there, err := r.lists(t, all, name)
		if err != nil {
			return err
		}
		if !deleted {
			if !there {
				return errors.New("a ConfigMap was made and is not in the list of ConfigMaps")
			}
			if err := r.api.delete(t, all+"/"+name); err != nil {
				return err
			}
			deleted = true
			there, err = r.lists(t, all, name)
		}
		if err == nil && there {
			return errors.New("a ConfigMap was deleted and is still in the list of ConfigMaps")
		}
		return err
	})
	return "a ConfigMap was made, listed and deleted", err
}

// lists says whether a collection has an object of that name.
func (r *runner) lists(t trial, path, name string) (bool, error) {
	all, err := list[struct{ Metadata metadata }](t, r.api, path)
	for _, o := range all {
		if o.Metadata.Name == name {
			return true, err
		}
	}
	return false, err
}

// checkSecret writes a Secret and reads it back.
func (r *runner) checkSecret(t trial) (string, error) {
	if err := r.inNamespace(t); err != nil {
		return "", err
	}
	const name = "secret"
	all := r.namespace.path("", "secrets")
	want := rand.Text()
	err := t.until(soon, func() error {
		err := r.api.create(t, all, render("secret.yaml", values{Name: name, Value: want}), nil)
		if err != nil && codeOf(err) != http.StatusConflict {
			return err
		}
		var got struct{ Data map[string]string }
		if err := r.api.get(t, all+"/"+name, &got); err != nil {
			return err
		}
		if got.Data["key"] != base64.StdEncoding.EncodeToString([]byte(want)) {
			return final{fmt.Errorf("a Secret reads back as %d other bytes: is the key for encryption at rest the same on every API server?", len(got.Data["key"]))}
		}
		return nil
	})
	return "a Secret was written and reads back the same", err
}
