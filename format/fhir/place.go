package fhir

import (
	"strconv"
	"strings"
)

// A tracker follows JSON that may break off: which objects and lists are open.
type tracker struct {
	open            []level
	root, key, last string
}

// A level is an object or list that is open.
type level struct {
	name  string
	index int
	list  bool
}

// placeOf tells in which element of a resource a byte stands, where the
// document breaks off there and cannot be indexed.
func placeOf(data []byte, offset int) string {
	var t tracker
	for i := 0; i < offset && i < len(data); i++ {
		switch data[i] {
		case '"':
			i = t.text(data, i)
		case ':':
			t.key = t.last
		case '{', '[':
			if len(t.open) >= maxProfileDepth {
				return ""
			}
			t.open = append(t.open, level{name: t.key, list: data[i] == '['})
			t.key = ""
		case '}', ']':
			t.open = t.open[:max(len(t.open)-1, 0)]
			t.key = ""
		case ',':
			if n := len(t.open); n > 0 && t.open[n-1].list {
				t.open[n-1].index++
			}
			t.key = ""
		}
	}
	return t.path()
}

// text takes the string that begins at i and returns where it ends.
func (t *tracker) text(data []byte, i int) int {
	end := i + 1
	for end < len(data) && data[end] != '"' {
		if data[end] == '\\' {
			end++
		}
		end++
	}
	if t.last = string(data[i+1 : min(end, len(data))]); t.key == "resourceType" && len(t.open) == 1 && t.root == "" && isID([]byte(t.last)) {
		t.root = t.last
	}
	return end
}

func (t *tracker) path() string {
	if t.root == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString(t.root)
	for i, l := range t.open {
		if i == 0 {
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
