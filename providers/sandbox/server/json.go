package server

import (
	"cmp"
	"encoding/json"
	"reflect"
	"strings"
)

// ReadJSON decodes what a client has sent into a struct, by the exact names of its fields: encoding/json would take
// "TITLE" for title too, which no vendor's document allows. It returns the paths of the members that the struct has no
// field for, such as Agent.Name. A value of another type than its field's is a *json.UnmarshalTypeError.
func ReadJSON(text []byte, v any) (unknown []string, err error) {
	text, unknown = known(text, reflect.TypeOf(v).Elem(), "")
	return unknown, json.Unmarshal(text, v)
}

// known is a text of JSON without the members that a type has no field for, and the paths of these. What is not JSON,
// or of another type, stays as it is.
func known(text []byte, t reflect.Type, path string) (kept []byte, unknown []string) {
	var value any
	inside := func(part []byte, t reflect.Type, path string) json.RawMessage {
		kept, more := known(part, t, path)
		unknown = append(unknown, more...)
		return kept
	}
	switch t.Kind() {
	case reflect.Pointer:
		return known(text, t.Elem(), path)
	case reflect.Slice:
		var elements []json.RawMessage
		if json.Unmarshal(text, &elements) != nil {
			return text, nil
		}
		for i, e := range elements {
			elements[i] = inside(e, t.Elem(), path)
		}
		value = elements
	case reflect.Struct:
		var members map[string]json.RawMessage
		if json.Unmarshal(text, &members) != nil {
			return text, nil
		}
		types := map[string]reflect.Type{}
		for _, f := range reflect.VisibleFields(t) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			types[cmp.Or(name, f.Name)] = f.Type
		}
		for name, m := range members {
			if is, has := types[name]; has {
				members[name] = inside(m, is, path+name+".")
			} else {
				delete(members, name)
				unknown = append(unknown, path+name)
			}
		}
		value = members
	default:
		return text, nil
	}
	kept, err := json.Marshal(value)
	if err != nil { // parts of JSON
		panic(err)
	}
	return kept, unknown
}
