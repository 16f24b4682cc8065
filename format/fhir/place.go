package fhir

import (
	"strconv"
	"strings"
)

// placeOf tells in which element of a resource a byte stands, where the
// document breaks off there and cannot be indexed.
func placeOf(data []byte, offset int) string {
	type level struct {
		name  string
		index int
		list  bool
	}
	var stack []level
	root, key, last := "", "", ""
	for i := 0; i < offset && i < len(data); i++ {
		switch data[i] {
		case '"':
			end := i + 1
			for end < len(data) && data[end] != '"' {
				if data[end] == '\\' {
					end++
				}
				end++
			}
			if last = string(data[i+1 : min(end, len(data))]); key == "resourceType" && len(stack) == 1 && root == "" && isID([]byte(last)) {
				root = last
			}
			i = end
		case ':':
			key = last
		case '{', '[':
			if len(stack) >= maxProfileDepth {
				return ""
			}
			stack = append(stack, level{name: key, list: data[i] == '['})
			key = ""
		case '}', ']':
			if len(stack) > 0 {
				stack = stack[:len(stack)-1]
			}
			key = ""
		case ',':
			if n := len(stack); n > 0 && stack[n-1].list {
				stack[n-1].index++
			}
			key = ""
		}
	}
	var b strings.Builder
	b.WriteString(root)
	for i, l := range stack {
		if i == 0 || root == "" {
			continue
		}
		if l.name != "" {
			b.WriteString("." + l.name)
		}
		if l.list {
			b.WriteString("[" + strconv.Itoa(l.index) + "]")
		}
	}
	return b.String()
}
