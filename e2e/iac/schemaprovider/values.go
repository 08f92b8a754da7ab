package schemaprovider

import (
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kube-anywhere/kube-anywhere/e2e/iac/schemas"
)

// attributeAt is the attribute that a value belongs to: is it, or is an element
// of it. Blocks belong to none.
func attributeAt(b *schemas.Block, path *tftypes.AttributePath) (a *schemas.Attribute, is bool) {
	for _, step := range path.Steps() {
		name, ok := step.(tftypes.AttributeName)
		if !ok { // one of many
			is = false
			continue
		}
		switch {
		case a == nil && b.Blocks[string(name)] != nil:
			b = b.Blocks[string(name)].Block
		case a == nil:
			a, is = b.Attributes[string(name)], true
		case a.Object != nil:
			a, is = a.Object.Attributes[string(name)], true
		default: // a part of a plain object
			is = false
		}
		if a == nil && is {
			return nil, false
		}
	}
	return a, is
}

// refused finds what Terraform leaves for providers to refuse: values for
// attributes that are the provider's to set, and values that no documentation
// lists.
func refused(b *schemas.Block, v tftypes.Value) []*tfprotov6.Diagnostic {
	var found []*tfprotov6.Diagnostic
	refuse := func(path *tftypes.AttributePath, summary, detail string) {
		found = append(found, &tfprotov6.Diagnostic{
			Severity: tfprotov6.DiagnosticSeverityError, Attribute: speakable(path), Summary: summary, Detail: detail,
		})
	}
	_ = tftypes.Walk(v, func(path *tftypes.AttributePath, v tftypes.Value) (bool, error) {
		a, is := attributeAt(b, path)
		if a == nil || v.IsNull() || !v.IsKnown() {
			return true, nil
		}
		if is && a.ReadOnly() {
			refuse(path, "Value for unconfigurable attribute", fmt.Sprintf("%s is the provider's to set.", path))
			return false, nil
		}
		var text string
		if len(a.Values) > 0 && v.Type().Is(tftypes.String) && v.As(&text) == nil && text != "" && !slices.Contains(a.Values, text) {
			refuse(path, "Unexpected value", fmt.Sprintf("%q is not one of %q.", text, a.Values))
		}
		return true, nil
	})
	return found
}

// speakable cuts a path at the first element of a set: the protocol has no word
// for those.
func speakable(path *tftypes.AttributePath) *tftypes.AttributePath {
	steps := path.Steps()
	for i, step := range steps {
		if _, ok := step.(tftypes.ElementKeyValue); ok {
			return tftypes.NewAttributePathWithSteps(steps[:i])
		}
	}
	return path
}

// unknowns puts unknown values where the provider would set one.
func unknowns(b *schemas.Block, v tftypes.Value) (tftypes.Value, error) {
	return tftypes.Transform(v, func(path *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if a, is := attributeAt(b, path); is && a.Computed && v.IsNull() {
			return tftypes.NewValue(v.Type(), tftypes.UnknownValue), nil
		}
		return v, nil
	})
}

// settled puts a value where the provider would set one: the answer that stands
// under key, or a placeholder.
func (s *server) settled(key string, b *schemas.Block, v tftypes.Value) (tftypes.Value, error) {
	return tftypes.Transform(v, func(path *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		a, is := attributeAt(b, path)
		if v.IsKnown() && (!is || !v.IsNull() || !a.Computed) {
			return v, nil
		}
		name, _ := path.LastStep().(tftypes.AttributeName)
		if answer, ok := s.answers[key][string(name)]; ok && len(path.Steps()) == 1 {
			value, err := tfprotov6.RawState{JSON: answer}.Unmarshal(v.Type())
			if err != nil {
				return v, fmt.Errorf("the answer for %s of %s: %w", name, key, err)
			}
			return value, nil
		}
		return placeholder(string(name), v.Type()), nil
	})
}

// placeholder is some value of a type. Collections have one element, so that a
// configuration that takes the first finds it.
func placeholder(name string, t tftypes.Type) tftypes.Value {
	switch t := t.(type) {
	case tftypes.List:
		return tftypes.NewValue(t, []tftypes.Value{placeholder(name, t.ElementType)})
	case tftypes.Set:
		return tftypes.NewValue(t, []tftypes.Value{placeholder(name, t.ElementType)})
	case tftypes.Map:
		return tftypes.NewValue(t, map[string]tftypes.Value{})
	case tftypes.Object:
		fields := map[string]tftypes.Value{}
		for field, inner := range t.AttributeTypes {
			fields[field] = placeholder(field, inner)
		}
		return tftypes.NewValue(t, fields)
	}
	switch {
	case t.Is(tftypes.String):
		return tftypes.NewValue(t, "placeholder-"+name)
	case t.Is(tftypes.Number):
		return tftypes.NewValue(t, 0)
	case t.Is(tftypes.Bool):
		return tftypes.NewValue(t, false)
	}
	return tftypes.NewValue(t, nil)
}
