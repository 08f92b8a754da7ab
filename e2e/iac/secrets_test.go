package iac

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// secrets looks for payloads in a plan, in any form: each must be there, and
// nowhere may Terraform print it.
func secrets(o output, p *plan) []string {
	found, problems := payloadsIn(o, p)
	for _, m := range o.values.ControlPlane {
		if !found[m.UserData] {
			problems = append(problems, "no resource has "+m.UserData)
		}
	}
	return append(problems, poolsLack(o, found)...)
}

func poolsLack(o output, found map[string]bool) []string {
	var problems []string
	for _, name := range slices.Sorted(maps.Keys(o.values.Pools)) {
		if file := o.values.Pools[name].UserData; !found[file] {
			problems = append(problems, "no resource has "+file)
		}
	}
	return problems
}

// payloadsIn are the files of payloads that a plan has, and where it shows them.
func payloadsIn(o output, p *plan) (found map[string]bool, problems []string) {
	payloads, err := payloadsOf(o)
	if err != nil {
		return nil, []string{err.Error()}
	}
	found = map[string]bool{}
	for _, r := range p.Changes {
		texts(r.Change.After, r.Change.Secret, "", func(path, text string, secret bool) {
			for _, one := range payloads {
				if !one.in(text) {
					continue
				}
				found[one.file] = true
				if !secret {
					problems = append(problems, fmt.Sprintf("%s shows %s in %s, expected it to be sensitive", r.Address, one.file, path))
				}
			}
		})
	}
	return found, problems
}

// payload is a file that holds what a machine boots with.
type payload struct{ file, content, encoded string }

func payloadsOf(o output) ([]payload, error) {
	files := slices.Collect(maps.Values(o.values.Objects))
	for _, m := range o.values.ControlPlane {
		files = append(files, m.UserData)
	}
	for _, p := range o.values.Pools {
		files = append(files, p.UserData)
	}
	slices.Sort(files)
	var out []payload
	for _, file := range files {
		content, err := os.ReadFile(filepath.Join(o.dir, filepath.FromSlash(file)))
		if err != nil {
			return nil, err
		}
		out = append(out, payload{file, string(content), base64.StdEncoding.EncodeToString(content)})
	}
	return out, nil
}

// in says whether a text has the payload in it: as it is, in base64, or
// compressed and in base64.
func (p payload) in(text string) bool {
	return strings.Contains(text, p.content) || strings.Contains(text, p.encoded) || unzipped(text) == p.content
}

// unzipped takes base64 and gzip off a text; it is empty where they are not
// there.
func unzipped(text string) string {
	content, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return ""
	}
	r, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return ""
	}
	inner, err := io.ReadAll(r)
	if err != nil {
		return ""
	}
	return string(inner)
}

// texts calls back for every text within a value; secret has the value's shape,
// with true where something is sensitive.
func texts(v, secret any, path string, each func(path, text string, secret bool)) {
	below := func(key string) any {
		if secret == true {
			return true
		}
		return at(secret, key)
	}
	switch v := v.(type) {
	case string:
		each(strings.TrimPrefix(path, "."), v, secret == true)
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			texts(v[key], below(key), path+"."+key, each)
		}
	case []any:
		for i, inner := range v {
			texts(inner, below(fmt.Sprint(i)), fmt.Sprintf("%s.%d", path, i), each)
		}
	}
}
