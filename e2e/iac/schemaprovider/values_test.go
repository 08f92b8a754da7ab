package schemaprovider

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kube-anywhere/kube-anywhere/e2e/iac/schemas"
)

// house is a block with one of each thing that values are looked at for.
const house = `{
  "attributes": {
    "address": {"type": "string", "computed": true},
    "colour": {"type": "string", "optional": true, "computed": true, "values": ["RED", "WHITE"]},
    "owners": {"type": ["list", "string"], "computed": true}
  },
  "block_types": {
    "door": {"nesting_mode": "set", "block": {"attributes": {
      "key": {"type": "string", "optional": true},
      "worn": {"type": "bool", "computed": true}
    }}}
  }
}`

func houseOf(t *testing.T, value string) (*schemas.Block, tftypes.Value) {
	t.Helper()
	b := &schemas.Block{}
	if err := json.Unmarshal([]byte(house), b); err != nil {
		t.Fatal(err)
	}
	schema, err := schemaOf(b)
	if err != nil {
		t.Fatal(err)
	}
	return b, valueOf(t, value, schema.ValueType())
}

func valueOf(t *testing.T, text string, of tftypes.Type) tftypes.Value {
	t.Helper()
	v, err := tfprotov6.RawState{JSON: []byte(text)}.Unmarshal(of)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestRefused(t *testing.T) {
	for value, want := range map[string][]string{
		`{"address": null, "colour": "RED", "owners": null, "door": [{"key": "k", "worn": null}]}`: nil,
		`{"address": "here", "colour": null, "owners": null, "door": []}`:                          {"Value for unconfigurable attribute"},
		`{"address": null, "colour": "BLUE", "owners": null, "door": []}`:                          {"Unexpected value"},
		`{"address": null, "colour": null, "owners": null, "door": [{"key": "k", "worn": true}]}`:  {"Value for unconfigurable attribute"},
	} {
		var found []string
		for _, d := range refused(houseOf(t, value)) {
			found = append(found, d.Summary)
		}
		if !slices.Equal(found, want) {
			t.Errorf("%s: found %q, expected %q", value, found, want)
		}
	}
}

func TestUnknownThenSettled(t *testing.T) {
	b, v := houseOf(t, `{"address": null, "colour": "RED", "owners": null, "door": [{"key": null, "worn": null}]}`)
	planned, err := unknowns(b, v)
	if err != nil {
		t.Fatal(err)
	}
	if planned.IsFullyKnown() {
		t.Error("a plan knows everything, expected it not to know the address")
	}
	s := &server{answers: Answers{"house": {"address": json.RawMessage(`"High Street 1"`)}}}
	settled, err := s.settled("house", b, planned)
	if err != nil {
		t.Fatal(err)
	}
	want := valueOf(t, `{"address": "High Street 1", "colour": "RED", "owners": ["placeholder-owners"], "door": [{"key": null, "worn": false}]}`, v.Type())
	if !settled.Equal(want) {
		t.Errorf("found %s, expected %s", settled, want)
	}
}

func TestTypesThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		`"text"`:             `no type is called "text"`,
		`["bag", "string"]`:  `no type is called "bag"`,
		`["list"]`:           "expected a name and what it is of",
		`["object", "list"]`: "cannot unmarshal",
	} {
		if _, err := typeOf(json.RawMessage(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: found %v, expected an error with %q", text, err, want)
		}
	}
}
