package cloudformation

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// template is a CloudFormation template, with as much of the format as is used
// here. Maps are marshalled in the order of their keys.
type template struct {
	AWSTemplateFormatVersion string
	Description              string
	Parameters               map[string]parameter `json:",omitempty"`
	Conditions               map[string]value     `json:",omitempty"`
	Resources                map[string]resource
	Outputs                  map[string]output `json:",omitempty"`
}

type parameter struct {
	Type           string
	Description    string
	Default        string `json:",omitempty"`
	AllowedPattern string `json:",omitempty"`
}

type output struct {
	Description string
	Value       value
}

// resource is one thing that CloudFormation makes.
type resource struct {
	Type                string
	Condition           string        `json:",omitempty"`
	DependsOn           []string      `json:",omitempty"`
	DeletionPolicy      string        `json:",omitempty"`
	UpdateReplacePolicy string        `json:",omitempty"`
	UpdatePolicy        *updatePolicy `json:",omitempty"`
	Properties          properties
}

// properties are those of one type of resource. Fields have CloudFormation's
// own names; one that may hold a function is a value.
type properties interface{ resourceType() string }

// value is a literal, or a call of one of CloudFormation's functions.
type value any

// ref is a parameter's value or a resource's ID.
func ref(id string) value { return map[string]string{"Ref": id} }

// attribute is what a resource has beside its ID.
func attribute(id, name string) value { return map[string][]string{"Fn::GetAtt": {id, name}} }

// fill puts values into a text, where it has ${NAME}. Never into a payload: what
// looks like that in one must stay.
func fill(text string) value { return map[string]string{"Fn::Sub": text} }

// onlyIf is a value where a condition holds, and otherwise as if it were not
// there.
func onlyIf(condition string, v value) value {
	return map[string][]value{"Fn::If": {condition, v, ref("AWS::NoValue")}}
}

type tag struct{ Key, Value string }

// add puts a resource into the template and returns its reference.
func (t *template) add(id string, r resource) value {
	r.Type = r.Properties.resourceType()
	slices.Sort(r.DependsOn)
	t.Resources[id] = r
	return ref(id)
}

// newTemplate is one with nothing in it.
func newTemplate(description string) template {
	return template{
		// The only version that there is.
		AWSTemplateFormatVersion: "2010-09-09",
		Description:              description,
		Parameters:               map[string]parameter{},
		Conditions:               map[string]value{},
		Resources:                map[string]resource{},
		Outputs:                  map[string]output{},
	}
}

// What CloudFormation takes.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
const (
	requestLimit  = 51200   // bytes of a template in a request
	objectLimit   = 1000000 // and in S3: "1 MB", read as the smaller of the two
	resourceLimit = 500     // in one template
)

// encode marshals a template, and says whether it must go through S3: as a
// person reads it, or closer where only that fits into a request.
func (t template) encode() (text []byte, fromS3 bool, err error) {
	if text, err = marshal(t, "  "); err != nil {
		return nil, false, err
	}
	if len(text) > requestLimit {
		compact, err := marshal(t, "")
		if err != nil {
			return nil, false, err
		}
		if fromS3 = len(compact) > requestLimit; !fromS3 {
			text = compact
		}
	}
	return text, fromS3, t.fits(len(text))
}

// fits is an error where CloudFormation would not take the template.
func (t template) fits(bytes int) error {
	if n := len(t.Resources); n > resourceLimit {
		return fmt.Errorf("cloudformation/cluster.json has %d resources, and CloudFormation takes %d: each pool is two of them; use fewer pools in /workers", n, resourceLimit)
	}
	if bytes <= objectLimit {
		return nil
	}
	type part struct {
		id    string
		bytes int
	}
	var parts []part
	for _, id := range slices.Sorted(maps.Keys(t.Resources)) {
		text, err := marshal(t.Resources[id], "")
		if err != nil {
			return err
		}
		parts = append(parts, part{id, len(text)})
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.bytes, a.bytes) })
	var largest []string
	for _, p := range parts[:min(5, len(parts))] {
		largest = append(largest, fmt.Sprintf("%s (%d bytes)", p.id, p.bytes))
	}
	return fmt.Errorf("cloudformation/cluster.json has %d bytes, %d more than the %d that CloudFormation takes; the largest: %s; use fewer pools in /workers, or turn add-ons off",
		bytes, bytes-objectLimit, objectLimit, strings.Join(largest, ", "))
}

// marshal is JSON as people write it: "<" and "&" are what they are.
func marshal(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	err := e.Encode(v)
	return b.Bytes(), err
}
