package exchange

import (
	"encoding/json"
	"strconv"
)

// textAt returns the text at path in a JSON document: names, and numbers from
// 0 in lists. Without a number a list is its first member.
func textAt(v any, path []string) string {
	for _, name := range path {
		if list, ok := v.([]any); ok {
			n, err := strconv.Atoi(name)
			if err == nil {
				if n < 0 || n >= len(list) {
					return ""
				}
				v = list[n]
				continue
			}
			if len(list) == 0 {
				return ""
			}
			v = list[0]
		}
		object, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		v = object[name]
	}
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case json.Number:
		return v.String()
	}
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}

// setAt puts text at path; objects on the way are made. It returns the changed
// document.
func setAt(v any, path []string, text any) any {
	if len(path) == 0 {
		return text
	}
	if list, ok := v.([]any); ok {
		n, err := strconv.Atoi(path[0])
		switch {
		case err == nil && n >= 0 && n < len(list):
			list[n] = setAt(list[n], path[1:], text)
		case err == nil && n == len(list):
			return append(list, setAt(nil, path[1:], text))
		case err != nil && len(list) > 0:
			list[0] = setAt(list[0], path, text)
		}
		return list
	}
	object, ok := v.(map[string]any)
	if !ok {
		object = map[string]any{}
	}
	object[path[0]] = setAt(object[path[0]], path[1:], text)
	return object
}

// removeAt takes out what is at path.
func removeAt(v any, path []string) {
	for i, name := range path {
		if list, ok := v.([]any); ok {
			n, err := strconv.Atoi(name)
			if err == nil {
				if n < 0 || n >= len(list) {
					return
				}
				v = list[n]
				continue
			}
			if len(list) == 0 {
				return
			}
			v = list[0]
		}
		object, ok := v.(map[string]any)
		if !ok {
			return
		}
		if i == len(path)-1 {
			delete(object, name)
			return
		}
		v = object[name]
	}
}
