package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// query is what Terraform's external data source sends: strings only.
type query struct {
	Config  string `json:"config"`  // name of the config file
	Cluster string `json:"cluster"` // or the config itself
	Name    string `json:"name"`
	Format  string `json:"format"`
	PKI     string `json:"pki"`
}

// terraformExternal answers one query of Terraform's external data source.
// Flags are the defaults of what the query leaves out.
func (a *app) terraformExternal(f configFlags, format string) error {
	q, err := a.readQuery()
	if err != nil {
		return err
	}
	if q.PKI != "" {
		f.pki = q.PKI
	}
	if q.Config != "" {
		f.file = q.Config
	}
	if q.Cluster != "" {
		f.file = stdinName // file names in it could not be looked up
		inner := *a
		inner.in = strings.NewReader(q.Cluster)
		a = &inner
	}
	if q.Format != "" {
		format = q.Format
	}
	payload, err := a.payload(&f, q.Name, format, false)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(payload)
	// Terraform takes strings only, in one flat object.
	return json.NewEncoder(a.out).Encode(map[string]string{
		"payload_base64": base64.StdEncoding.EncodeToString(payload),
		"bytes":          strconv.Itoa(len(payload)),
		"sha256":         hex.EncodeToString(sum[:]),
	})
}

func (a *app) readQuery() (query, error) {
	var q query
	var text bytes.Buffer
	if _, err := text.ReadFrom(a.in); err != nil {
		return q, err
	}
	d := json.NewDecoder(&text)
	d.DisallowUnknownFields()
	if err := d.Decode(&q); err != nil {
		return q, fmt.Errorf("the query on standard input is no JSON object with the strings "+
			"config or cluster, name, format, pki: %w", err)
	}
	switch {
	case q.Name == "":
		return q, fmt.Errorf("the query on standard input has no name")
	case q.Config == "" && q.Cluster == "":
		return q, fmt.Errorf("the query on standard input has neither config nor cluster")
	case q.Config != "" && q.Cluster != "":
		return q, fmt.Errorf("the query on standard input has both config and cluster")
	case q.Config == stdinName:
		return q, fmt.Errorf("the query's config is a file: standard input holds the query")
	case q.Format != "" && !slices.Contains(payloadFormats, q.Format):
		return q, fmt.Errorf("the query's format is one of %s", strings.Join(payloadFormats, ", "))
	}
	return q, nil
}
