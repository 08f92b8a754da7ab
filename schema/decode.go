package schema

import (
	"reflect"
	"strconv"
	"strings"
)

// decode fills a Go value with a tree that the schema has accepted, so that the
// types agree. An empty list or map of a field that JSON() leaves out when empty
// stays nil: what JSON() writes then reads back as the same Cluster.
func decode(to reflect.Value, v any) {
	switch to.Kind() {
	case reflect.Struct:
		decodeStruct(to, v.(map[string]any))
	case reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		decode(to.Elem(), v)
	case reflect.Slice:
		list := v.([]any)
		to.Set(reflect.MakeSlice(to.Type(), len(list), len(list)))
		for i, item := range list {
			decode(to.Index(i), item)
		}
	case reflect.Map:
		decodeMap(to, v.(map[string]any))
	case reflect.String:
		to.SetString(v.(string))
	case reflect.Bool:
		to.SetBool(v.(bool))
	case reflect.Int:
		to.SetInt(v.(int64))
	case reflect.Interface:
		if v != nil {
			to.Set(reflect.ValueOf(v))
		}
	}
}

func decodeStruct(to reflect.Value, obj map[string]any) {
	t := to.Type()
	for i := range t.NumField() {
		name, option, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		v, given := obj[name]
		if !given || option == "omitempty" && isEmpty(v) {
			continue
		}
		decode(to.Field(i), v)
	}
}

func decodeMap(to reflect.Value, obj map[string]any) {
	m := reflect.MakeMapWithSize(to.Type(), len(obj))
	for name, v := range obj {
		item := reflect.New(to.Type().Elem()).Elem()
		decode(item, v)
		m.SetMapIndex(reflect.ValueOf(name), item)
	}
	to.Set(m)
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// index is a list index of a JSON pointer, within the list.
func index(name string, length int) int {
	i, err := strconv.Atoi(name)
	if err != nil || i < 0 || i >= length {
		return 0
	}
	return i
}
