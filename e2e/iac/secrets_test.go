package iac

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
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

// payload is a file that holds what a machine boots with, and the texts by which
// it is known.
type payload struct {
	file  string
	marks []string
}

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
		one := payload{file, []string{string(content), base64.StdEncoding.EncodeToString(content)}}
		if inner := replaced(content); inner != "" {
			one.marks = append(one.marks, inner)
		}
		out = append(out, one)
	}
	return out, nil
}

// replaced is what an Ignition payload puts in its own place, or empty.
func replaced(content []byte) string {
	var config struct {
		Ignition struct {
			Config struct{ Replace struct{ Source string } }
		}
	}
	if json.Unmarshal(content, &config) != nil {
		return ""
	}
	return config.Ignition.Config.Replace.Source
}

// in says whether a text has the payload in it: as it is or in base64, and all of
// that perhaps compressed.
func (p payload) in(text string) bool {
	inner := unzipped(text)
	return slices.ContainsFunc(p.marks, func(m string) bool { return strings.Contains(text, m) || strings.Contains(inner, m) })
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
