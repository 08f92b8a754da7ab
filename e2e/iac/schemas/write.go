package schemas

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Write gives a provider as its file: each resource on a line of its own, so
// that a diff shows which of them changed.
func Write(p *Provider) ([]byte, error) {
	config, err := json.Marshal(p.Config)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\n\"source\": %q,\n\"version\": %q,\n\"from\": %q,\n\"provider\": %s", p.Source, p.Version, p.From, config)
	if err := lines(&b, "resources", p.Resources); err != nil {
		return nil, err
	}
	if err := lines(&b, "data", p.Data); err != nil {
		return nil, err
	}
	b.WriteString("\n}\n")
	return b.Bytes(), nil
}

func lines(b *bytes.Buffer, name string, blocks map[string]*Block) error {
	fmt.Fprintf(b, ",\n%q: {", name)
	separator := ""
	for _, k := range slices.Sorted(maps.Keys(blocks)) {
		text, err := json.Marshal(blocks[k])
		if err != nil {
			return fmt.Errorf("%s: %w", k, err)
		}
		fmt.Fprintf(b, "%s\n%q: %s", separator, k, text)
		separator = ","
	}
	b.WriteString("\n}")
	return nil
}
