package fhirpath

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// onText makes a function of one text without arguments.
func onText(f func(s string) (Value, bool)) function {
	return function{0, 0, false, func(_ *run, c *call, in, out []Value) ([]Value, error) {
		s, ok, err := c.text(in)
		if err != nil || !ok {
			return out, err
		}
		if v, ok := f(s); ok {
			out = append(out, v)
		}
		return out, nil
	}}
}

// withText makes a function of one text and one text argument.
func withText(f func(s, arg string) (Value, bool)) function {
	return function{1, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		s, ok, err := c.text(in)
		if err != nil || !ok {
			return out, err
		}
		arg, ok, err := c.value(r, 0, kindString)
		if err != nil || !ok {
			return out, err
		}
		if v, ok := f(s, arg.text); ok {
			out = append(out, v)
		}
		return out, nil
	}}
}

// texts are the functions of N1 5.6.
var texts = map[string]function{
	"upper":      onText(func(s string) (Value, bool) { return str(strings.ToUpper(s)), true }),
	"lower":      onText(func(s string) (Value, bool) { return str(strings.ToLower(s)), true }),
	"trim":       onText(func(s string) (Value, bool) { return str(strings.TrimSpace(s)), true }),
	"length":     onText(func(s string) (Value, bool) { return integer(int64(utf8.RuneCountInString(s))), true }),
	"startsWith": withText(func(s, arg string) (Value, bool) { return boolean(strings.HasPrefix(s, arg)), true }),
	"endsWith":   withText(func(s, arg string) (Value, bool) { return boolean(strings.HasSuffix(s, arg)), true }),
	"contains":   withText(func(s, arg string) (Value, bool) { return boolean(strings.Contains(s, arg)), true }),
	"indexOf":    withText(func(s, arg string) (Value, bool) { return runeIndex(s, strings.Index(s, arg)), true }),
	"lastIndexOf": withText(func(s, arg string) (Value, bool) {
		return runeIndex(s, strings.LastIndex(s, arg)), true
	}),
	"matches": matching(func(re *regexp.Regexp, s string) Value { return boolean(re.MatchString(s)) }, "(?s)"),
	"matchesFull": matching(func(re *regexp.Regexp, s string) Value {
		at := re.FindStringIndex(s)
		return boolean(at != nil && at[0] == 0 && at[1] == len(s))
	}, "full"),
	"encode":   withText(encodeText),
	"decode":   withText(decodeText),
	"escape":   withText(escapeText),
	"unescape": withText(unescapeText),
	"toChars": {0, 0, false, func(_ *run, c *call, in, out []Value) ([]Value, error) {
		s, ok, err := c.text(in)
		if err != nil || !ok {
			return out, err
		}
		for _, r := range s {
			out = append(out, str(string(r)))
		}
		return out, nil
	}},
	"split": {1, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		s, ok, err := c.text(in)
		if err != nil || !ok {
			return out, err
		}
		sep, ok, err := c.value(r, 0, kindString)
		if err != nil || !ok {
			return out, err
		}
		for part := range strings.SplitSeq(s, sep.text) {
			out = append(out, str(part))
		}
		return out, r.spend(len(out))
	}},
	"join": {0, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		sep := ""
		if len(c.args) == 1 {
			v, _, err := c.value(r, 0, kindString)
			if err != nil {
				return out, err
			}
			sep = v.text
		}
		if len(in) == 0 {
			return out, nil
		}
		parts := make([]string, len(in))
		for i, v := range in {
			if v = v.load(); v.kind != kindString {
				return out, failf(c.pos, "join() works on text, not on %s", v.Type())
			}
			parts[i] = v.text
		}
		return append(out, str(strings.Join(parts, sep))), nil
	}},
	"substring": {1, 2, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		s, ok, err := c.text(in)
		if err != nil || !ok {
			return out, err
		}
		start, ok, err := c.value(r, 0, kindInteger)
		if err != nil || !ok {
			return out, err
		}
		length := int64(1 << 40)
		if len(c.args) == 2 {
			n, ok, err := c.value(r, 1, kindInteger)
			if err != nil {
				return out, err
			}
			if ok {
				length = max(0, n.num)
			}
		}
		runes := []rune(s)
		if start.num < 0 || start.num >= int64(len(runes)) {
			return out, nil
		}
		end := min(int64(len(runes)), start.num+length)
		return append(out, str(string(runes[start.num:end]))), nil
	}},
	"replace": {2, 2, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		return c.replacing(r, in, out, func(s, old, by string) (string, error) { return strings.ReplaceAll(s, old, by), nil })
	}},
	"replaceMatches": {2, 2, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		return c.replacing(r, in, out, func(s, pattern, by string) (string, error) {
			if pattern == "" {
				return s, nil
			}
			re, err := pattern1(pattern, "(?s)")
			if err != nil {
				return "", failf(c.pos, "%v", err)
			}
			return re.ReplaceAllString(s, groups.ReplaceAllString(by, "${$1}")), nil
		})
	}},
}

// groups are the references to groups as other engines write them: $1.
var groups = regexp.MustCompile(`\$(\w+)`)

func (c *call) replacing(r *run, in, out []Value, f func(s, old, by string) (string, error)) ([]Value, error) {
	s, ok, err := c.text(in)
	if err != nil || !ok {
		return out, err
	}
	old, ok, err := c.value(r, 0, kindString)
	if err != nil || !ok {
		return out, err
	}
	by, ok, err := c.value(r, 1, kindString)
	if err != nil || !ok {
		return out, err
	}
	if err := r.spend((len(s) + 1) * (len(by.text) + 1) / 16); err != nil {
		return out, err
	}
	got, err := f(s, old.text, by.text)
	return append(out, str(got)), err
}

func runeIndex(s string, i int) Value {
	if i < 0 {
		return integer(-1)
	}
	return integer(int64(utf8.RuneCountInString(s[:i])))
}

// matching compiles patterns with RE2: linear time, no look-around.
func matching(f func(re *regexp.Regexp, s string) Value, mode string) function {
	return function{1, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		s, ok, err := c.text(in)
		if err != nil || !ok {
			return out, err
		}
		pattern, ok, err := c.value(r, 0, kindString)
		if err != nil || !ok {
			return out, err
		}
		re, err := pattern1(pattern.text, mode)
		if err != nil {
			return out, failf(c.pos, "%v", err)
		}
		return append(out, f(re, s)), r.spend(len(s) / 16)
	}}
}

// patterns keeps compiled patterns. Expressions of definitions repeat a few
// hundred; patterns beyond that are compiled each time.
var patterns struct {
	sync.RWMutex
	m map[string]*regexp.Regexp // guarded by the mutex
}

const keptPatterns = 1024

func pattern1(pattern, mode string) (*regexp.Regexp, error) {
	key := mode + pattern
	patterns.RLock()
	re := patterns.m[key]
	patterns.RUnlock()
	if re != nil {
		return re, nil
	}
	source := "(?s)" + pattern
	if mode == "full" {
		source = "(?s)^(?:" + pattern + ")$"
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return nil, err
	}
	patterns.Lock()
	defer patterns.Unlock()
	if patterns.m == nil {
		patterns.m = map[string]*regexp.Regexp{}
	}
	if len(patterns.m) < keptPatterns {
		patterns.m[key] = re
	}
	return re, nil
}

func encodeText(s, how string) (Value, bool) {
	switch how {
	case "hex":
		return str(hex.EncodeToString([]byte(s))), true
	case "base64":
		return str(base64.StdEncoding.EncodeToString([]byte(s))), true
	case "urlbase64":
		return str(base64.URLEncoding.EncodeToString([]byte(s))), true
	}
	return Value{}, false
}

func decodeText(s, how string) (Value, bool) {
	var b []byte
	var err error
	switch how {
	case "hex":
		b, err = hex.DecodeString(s)
	case "base64":
		b, err = base64.StdEncoding.DecodeString(s)
	case "urlbase64":
		b, err = base64.URLEncoding.DecodeString(s)
	default:
		return Value{}, false
	}
	return str(string(b)), err == nil && utf8.Valid(b)
}

func escapeText(s, how string) (Value, bool) {
	switch how {
	case "html":
		return str(strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;").Replace(s)), true
	case "json":
		return str(strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s)), true
	}
	return Value{}, false
}

// quotesEscaped puts a backslash before each quotation mark that has none, so
// that text with bare ones can be read as JSON.
func quotesEscaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			b.WriteByte(s[i])
			i++
		case s[i] == '"':
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func unescapeText(s, how string) (Value, bool) {
	switch how {
	case "html":
		return str(html.UnescapeString(s)), true
	case "json":
		var got string
		if err := json.Unmarshal([]byte(`"`+quotesEscaped(s)+`"`), &got); err != nil {
			return Value{}, false
		}
		return str(got), true
	}
	return Value{}, false
}
