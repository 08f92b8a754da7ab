package iac

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// smallest is a config that names the provider, and what the provider cannot do
// without.
func smallest(provider string) (map[string]any, error) {
	own, err := patches(provider)
	config := map[string]any{"name": "demo", "provider": map[string]any{provider: map[string]any{}}}
	return merge(config, own["all"]).(map[string]any), err
}

// patches are what testdata/providers changes in the configs of one provider:
// "all" in each, others in the variation of that name, and null where the
// provider has no such thing.
func patches(provider string) (map[string]any, error) {
	var out map[string]any
	err := readJSON(filepath.Join("testdata", "providers", provider+".json"), &out)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return out, err
}

// configs are all that are compiled for a provider, by name: examples, and what
// testdata makes of the smallest config.
func configs(provider string) (map[string]map[string]any, error) {
	out, err := variations(provider)
	if err != nil {
		return nil, err
	}
	if len(out) < 4 {
		return nil, fmt.Errorf("testdata/providers/%s.json leaves %d variations, expected at least 4", provider, len(out))
	}
	files, err := filepath.Glob(filepath.Join("..", "..", "docs", "examples", "*.json"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("docs/examples: %d configs, %v", len(files), err)
	}
	for _, file := range files {
		var config map[string]any
		if err := readJSON(file, &config); err != nil {
			return nil, err
		}
		if of, _ := config["provider"].(map[string]any); of[provider] != nil {
			out["example-"+strings.TrimSuffix(filepath.Base(file), ".json")] = config
		}
	}
	return out, nil
}

func variations(provider string) (map[string]map[string]any, error) {
	var common map[string]any
	if err := readJSON(filepath.Join("testdata", "variations.json"), &common); err != nil {
		return nil, err
	}
	own, err := patches(provider)
	if err != nil {
		return nil, err
	}
	base, err := smallest(provider)
	if err != nil {
		return nil, err
	}
	out := map[string]map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(common)) {
		patch, has := own[name]
		if has && patch == nil {
			continue
		}
		if name == "existing-network" && !has {
			return nil, fmt.Errorf("testdata/providers/%s.json says nothing of existing-network, which is different on each provider", provider)
		}
		out[name] = expand(merge(merge(base, common[name]), patch)).(map[string]any)
	}
	return out, nil
}

// merge lays a patch over a value: objects key by key, anything else as it is.
func merge(base, patch any) any {
	if patch == nil {
		return base
	}
	to, ok1 := base.(map[string]any)
	from, ok2 := patch.(map[string]any)
	if !ok1 || !ok2 {
		return patch
	}
	out := maps.Clone(to)
	for k, v := range from {
		out[k] = merge(to[k], v)
	}
	return out
}

// expand puts a manifest with N digits, which do not compress well, in the place
// of the text "@N".
func expand(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, inner := range v {
			out[k] = expand(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = expand(inner)
		}
		return out
	case string:
		if n, err := strconv.Atoi(strings.TrimPrefix(v, "@")); err == nil && strings.HasPrefix(v, "@") {
			return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: large}\ndata:\n  digits: \"" + digits(n) + "\"\n"
		}
	}
	return v
}

func digits(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		sum := sha256.Sum256([]byte(strconv.Itoa(i)))
		b.WriteString(hex.EncodeToString(sum[:]))
	}
	return b.String()[:n]
}
