package fhir

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"bedrail/format/jsondoc"
	"bedrail/format/ucum"
)

// answerTypes are the types of answers that each type of question takes
// (R4 Questionnaire.item.type, R5 adds coding).
var answerTypes = map[string]string{
	"boolean": "boolean", "decimal": "decimal", "integer": "integer", "date": "date", "dateTime": "dateTime", "time": "time",
	"string": "string", "text": "string", "url": "uri", "choice": "Coding", "open-choice": "Coding string", "coding": "Coding",
	"attachment": "Attachment", "reference": "Reference", "quantity": "Quantity",
}

// answers checks a QuestionnaireResponse against its Questionnaire.
func (c *check) answers(n jsondoc.Node) {
	url := n.Get("questionnaire")
	if url.Kind() != jsondoc.String {
		c.report(Information, "not-supported", "questionnaire-unknown", n, "the response names no questionnaire, so its answers were not checked against one")
		return
	}
	var q jsondoc.Node
	ok := false
	if id, local := strings.CutPrefix(url.Text(), "#"); local {
		q, ok = c.containedBy(id)
	} else {
		q, ok = c.d.Resource("Questionnaire", url.Text())
		if !ok {
			q, ok = c.resolve(url.Text())
		}
	}
	if !ok || !q.Get("resourceType").TextIs("Questionnaire") {
		c.report(Warning, "not-found", "questionnaire-unknown", url, fmt.Sprintf("the questionnaire %s is not known here, so the answers were not checked against it", quoted(url.Text())))
		return
	}
	status := n.Get("status").Text()
	f := form{check: c, response: n, lenient: status == "in-progress" || status == "stopped"}
	f.items(q, n, 0)
}

// A form is one questionnaire with its answers.
type form struct {
	*check
	response jsondoc.Node
	lenient  bool // the response is not complete: what is missing may come
}

// items checks the answers below at against the questions below q.
func (f form) items(q, at jsondoc.Node, depth int) {
	if depth > maxSets*4 {
		return
	}
	seen := map[string]int{}
	questions := map[string]jsondoc.Node{}
	for x := q.Get("item").First(); x.Exists(); x = x.Next() {
		questions[x.Get("linkId").Text()] = x
	}
	i := 0
	for x := at.Get("item").First(); x.Exists(); x = x.Next() {
		link := x.Get("linkId").Text()
		question, ok := questions[link]
		if !ok {
			f.report(Error, "not-found", "questionnaire-link", x, fmt.Sprintf("there is no question %s at this place of the questionnaire", quoted(link)))
		} else {
			seen[link]++
			f.enter("item", "", i)
			f.item(question, x, depth)
			f.leave()
		}
		i++
	}
	for x := q.Get("item").First(); x.Exists(); x = x.Next() {
		link := x.Get("linkId").Text()
		if seen[link] == 0 && x.Get("required").Kind() == jsondoc.True && f.enabled(x) {
			f.missing(at, "questionnaire-required", fmt.Sprintf("the question %s must be answered", quoted(link)))
		}
		if seen[link] > 1 && x.Get("repeats").Kind() != jsondoc.True && x.Get("type").TextIs("group") {
			f.report(Error, "invalid", "questionnaire-repeats", at, fmt.Sprintf("the group %s stands %d times, it may stand once", quoted(link), seen[link]))
		}
	}
}

func (f form) missing(at jsondoc.Node, rule, text string) {
	severity := Error
	if f.lenient {
		severity = Information
	}
	f.report(severity, "required", rule, at, text)
}

// item checks the answers to one question.
func (f form) item(q, at jsondoc.Node, depth int) {
	typ, link := q.Get("type").Text(), q.Get("linkId").Text()
	answers := at.Get("answer").Len()
	if answers > 0 && !f.enabled(q) {
		f.report(Error, "invariant", "questionnaire-enabled", at, fmt.Sprintf("the question %s is not asked after the other answers, so it must not be answered", quoted(link)))
	}
	switch {
	case typ == "group":
		if answers > 0 {
			f.report(Error, "structure", "questionnaire-group", at, fmt.Sprintf("%s is a group; only the questions in it are answered", quoted(link)))
		}
		if q.Get("required").Kind() == jsondoc.True && !at.Get("item").Exists() {
			f.missing(at, "questionnaire-required", fmt.Sprintf("the group %s must be filled in", quoted(link)))
			return
		}
		f.items(q, at, depth+1)
		return
	case typ == "display" || typ == "question":
		if answers > 0 {
			f.report(Error, "structure", "questionnaire-display", at, fmt.Sprintf("%s is of type %s; there is nothing to answer", quoted(link), typ))
		}
		return
	}
	f.count(q, at, answers)
	i := 0
	for a := at.Get("answer").First(); a.Exists(); a = a.Next() {
		f.enter("answer", "", i)
		f.answer(q, a, answers)
		f.items(q, a, depth+1)
		f.leave()
		i++
	}
	if at.Get("item").Exists() {
		f.items(q, at, depth+1)
	}
}

func (f form) count(q, at jsondoc.Node, answers int) {
	link := q.Get("linkId").Text()
	required := q.Get("required").Kind() == jsondoc.True
	least, greatest := occurs(q, "minOccurs"), occurs(q, "maxOccurs")
	repeats := q.Get("repeats").Kind() == jsondoc.True
	switch {
	case !f.enabled(q):
	case required && least < 0 && answers == 0:
		f.missing(at, "questionnaire-required", fmt.Sprintf("the question %s must be answered", quoted(link)))
	case least > 0 && answers < least:
		f.missing(at, "questionnaire-min", fmt.Sprintf("the question %s has %d answers, at least %d are asked for", quoted(link), answers, least))
	case greatest > 0 && answers > greatest:
		f.report(Error, "invalid", "questionnaire-max", at, fmt.Sprintf("the question %s has %d answers, at most %d are allowed", quoted(link), answers, greatest))
	case !repeats && answers > 1:
		f.report(Error, "invalid", "questionnaire-repeats", at, fmt.Sprintf("the question %s has %d answers, it takes one", quoted(link), answers))
	}
}

func occurs(q jsondoc.Node, name string) int {
	if v := extended(q, "questionnaire-"+name); v.Exists() {
		if n, err := strconv.Atoi(v.Text()); err == nil {
			return n
		}
	}
	return -1
}

// extended finds the value of an extension of FHIR, or of the guide on
// structured data capture.
func extended(n jsondoc.Node, name string) jsondoc.Node {
	for x := n.Get("extension").First(); x.Exists(); x = x.Next() {
		u := x.Get("url").Text()
		if strings.HasPrefix(u, "http://hl7.org/fhir/") && strings.HasSuffix(u, "/StructureDefinition/"+name) {
			v, _ := valueOf(x)
			return v
		}
	}
	return jsondoc.Node{}
}

// valueOf finds value[x] and its type.
func valueOf(n jsondoc.Node) (jsondoc.Node, string) {
	for x := n.First(); x.Exists(); x = x.Next() {
		if name, ok := strings.CutPrefix(x.Key(), "value"); ok && name != "" {
			if low := strings.ToLower(name[:1]) + name[1:]; primitives[low] != nil {
				name = low
			}
			return x, name
		}
	}
	return jsondoc.Node{}, ""
}

func (f form) answer(q, a jsondoc.Node, answers int) {
	v, typ := valueOf(a)
	if !v.Exists() || !f.knownAnswer(typ) {
		return // the structure was checked before
	}
	kind := q.Get("type").Text()
	f.enter("value", typ, -1)
	defer f.leave()
	want := answerTypes[kind]
	if want != "" && !strings.Contains(" "+want+" ", " "+typ+" ") && !(kind == "choice" && typ == optionType(q)) {
		f.report(Error, "invariant", "questionnaire-type", v, fmt.Sprintf("the answer must be of type %s, not %s", want, typ))
		return
	}
	f.limits(q, v, typ)
	f.options(q, v, typ, answers)
	if typ == "Reference" {
		if t, _, ok := cutReference(v.Get("reference").Text()); ok && !f.d.IsResource(t) && !strings.HasPrefix(v.Get("reference").Text(), "urn:") {
			f.report(Error, "invariant", "reference-type", v, fmt.Sprintf("there is no resource type %s", quoted(t)))
		}
	}
}

func (f form) knownAnswer(typ string) bool {
	_, primitive := primitives[typ]
	return primitive || f.d.IsType(typ)
}

// optionType is the type of the options of a choice, which need not be codes.
func optionType(q jsondoc.Node) string {
	_, typ := valueOf(q.Get("answerOption").First())
	return typ
}

// limits checks what extensions ask of a single answer.
func (f form) limits(q, v jsondoc.Node, typ string) {
	if m := q.Get("maxLength"); m.Exists() && v.Kind() == jsondoc.String {
		if most, err := strconv.Atoi(m.Text()); err == nil && len([]rune(v.Text())) > most {
			f.report(Error, "invariant", "questionnaire-length", v, fmt.Sprintf("the answer is longer than the %d characters allowed", most))
		}
	}
	if re := extended(q, "regex"); re.Exists() && v.Kind() == jsondoc.String {
		if e, err := regexp.Compile(`^(?:` + re.Text() + `)$`); err == nil && !e.MatchString(v.Text()) {
			f.report(Error, "invariant", "questionnaire-regex", v, fmt.Sprintf("the answer does not have the form asked for: %s", re.Text()))
		}
	}
	for _, limit := range [...]struct {
		names [2]string
		most  bool
	}{{[2]string{"minValue", "sdc-questionnaire-minQuantity"}, false}, {[2]string{"maxValue", "sdc-questionnaire-maxQuantity"}, true}} {
		for _, name := range limit.names {
			if l := extended(q, name); l.Exists() {
				f.within(v, l, typ, limit.most)
			}
		}
	}
	if m := extended(q, "maxSize"); m.Exists() && typ == "Attachment" {
		f.size(v, m)
	}
}

func (f form) size(v, most jsondoc.Node) {
	size := v.Get("size").Text()
	if size == "" {
		if b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(v.Get("data").Text()), "")); err == nil {
			size = strconv.Itoa(len(b))
		}
	}
	x, ok1 := number(size)
	y, ok2 := number(most.Text())
	if ok1 && ok2 && x.Cmp(y) > 0 {
		last := f.path[len(f.path)-1]
		f.path = f.path[:len(f.path)-1]
		f.report(Error, "required", "questionnaire-size", v, fmt.Sprintf("the attachment has %s bytes, at most %s are allowed", size, most.Text()))
		f.path = append(f.path, last)
	}
}

// within compares an answer with a least or greatest value; quantities by
// their UCUM units.
func (f form) within(v, limit jsondoc.Node, typ string, most bool) {
	word := "least"
	if most {
		word = "most"
	}
	if typ != "Quantity" {
		if !most && less(v, limit) || most && less(limit, v) {
			f.report(Error, "invariant", "questionnaire-"+word, v, fmt.Sprintf("the answer must be at %s %s", word, limit.Text()))
		}
		return
	}
	shown := limit.Get("value").Text() + " " + limit.Get("unit").Text()
	a, err1 := inBaseUnits(v)
	b, err2 := inBaseUnits(limit)
	if err1 != nil || err2 != nil || a.unit != b.unit {
		f.report(Error, "invariant", "questionnaire-"+word, v, fmt.Sprintf("the quantity cannot be compared with the limit of %s: both need a coded unit of one dimension", shown))
		return
	}
	x, ok1 := number(a.value)
	y, ok2 := number(b.value)
	if ok1 && ok2 && (!most && x.Cmp(y) < 0 || most && x.Cmp(y) > 0) {
		f.report(Error, "invariant", "questionnaire-"+word, v, fmt.Sprintf("the quantity must be at %s %s", word, shown))
	}
}

type baseQuantity struct{ value, unit string }

func inBaseUnits(q jsondoc.Node) (baseQuantity, error) {
	if !q.Get("system").TextIs("http://unitsofmeasure.org") {
		return baseQuantity{}, fmt.Errorf("the unit %s has no UCUM code", quoted(q.Get("unit").Text()))
	}
	value, unit, err := ucum.Standard{}.Canonical(q.Get("value").Text(), q.Get("code").Text())
	return baseQuantity{value, unit}, err
}

// options checks that an answer is one of those offered.
func (f form) options(q, v jsondoc.Node, typ string, answers int) {
	open := q.Get("type").TextIs("open-choice") || q.Get("answerConstraint").TextIs("optionsOrString") || q.Get("answerConstraint").TextIs("optionsOrType")
	set := q.Get("answerValueSet")
	last := f.path[len(f.path)-1]
	atAnswer := func(text, rule string) {
		f.path = f.path[:len(f.path)-1]
		f.report(Error, "code-invalid", rule, v, text)
		f.path = append(f.path, last)
	}
	switch {
	case set.Exists() && typ == "Coding":
		if f.inOptions(set.Text(), v) == no && !open {
			atAnswer(fmt.Sprintf("%s is not in the options of the question, %s", codesOf(v, typ), set.Text()), "questionnaire-option")
		}
	case q.Get("answerOption").Exists():
		option := f.optionOf(q, v, typ)
		if !option.Exists() && !(open && typ == "string") {
			if typ == "Coding" {
				atAnswer(fmt.Sprintf("%s is not in the options of the question", codesOf(v, typ)), "questionnaire-option")
			} else {
				f.report(Error, "invariant", "questionnaire-option", v, "the answer is not in the options of the question")
			}
		}
		if answers > 1 && option.Exists() && extended(option, "questionnaire-optionExclusive").Kind() == jsondoc.True {
			atAnswer(fmt.Sprintf("%s excludes every other answer", codesOf(v, typ)), "questionnaire-exclusive")
		}
	}
}

// inOptions looks into a value set, which the questionnaire may contain.
func (f form) inOptions(set string, v jsondoc.Node) verdict {
	system, code := v.Get("system").Text(), v.Get("code").Text()
	if code == "" || strings.HasPrefix(set, "#") {
		return unknown
	}
	return f.d.member(set, system, code, false, 0)
}

func (f form) optionOf(q, v jsondoc.Node, typ string) jsondoc.Node {
	for o := q.Get("answerOption").First(); o.Exists(); o = o.Next() {
		x, t := valueOf(o)
		if t != typ {
			continue
		}
		if typ == "Coding" && x.Get("code").Text() == v.Get("code").Text() && x.Get("system").Text() == v.Get("system").Text() || typ != "Coding" && same(x, v) ||
			typ == "Reference" && x.Get("reference").Text() == v.Get("reference").Text() {
			return o
		}
	}
	return jsondoc.Node{}
}

// enabled decides enableWhen.
func (f form) enabled(q jsondoc.Node) bool {
	all := q.Get("enableBehavior").TextIs("all")
	any := false
	conditions := q.Get("enableWhen")
	for x := conditions.First(); x.Exists(); x = x.Next() {
		holds := f.holds(x)
		if all && !holds {
			return false
		}
		any = any || holds
	}
	return !conditions.First().Exists() || all || any
}

func (f form) holds(when jsondoc.Node) bool {
	var given []jsondoc.Node
	f.given(f.response, when.Get("question").Text(), &given, 0)
	var want jsondoc.Node
	for x := when.First(); x.Exists(); x = x.Next() {
		if strings.HasPrefix(x.Key(), "answer") {
			want = x
		}
	}
	op := when.Get("operator").Text()
	if op == "exists" {
		return (len(given) > 0) == (want.Kind() != jsondoc.False)
	}
	for _, v := range given {
		equal := same(want, v) || want.Kind() == jsondoc.Object && want.Get("code").Exists() && want.Get("code").Text() == v.Get("code").Text() && want.Get("system").Text() == v.Get("system").Text()
		switch op {
		case "=":
			if equal {
				return true
			}
		case "!=":
			if !equal {
				return true
			}
		case ">", ">=":
			if less(want, v) || op == ">=" && equal {
				return true
			}
		case "<", "<=":
			if less(v, want) || op == "<=" && equal {
				return true
			}
		}
	}
	return false
}

// given gathers the answers to a question wherever it is asked.
func (f form) given(n jsondoc.Node, link string, out *[]jsondoc.Node, depth int) {
	if f.work++; depth > maxSets*8 || f.work > maxProfileWork {
		return
	}
	for x := n.Get("item").First(); x.Exists(); x = x.Next() {
		mine := x.Get("linkId").TextIs(link)
		for a := x.Get("answer").First(); a.Exists(); a = a.Next() {
			if v, _ := valueOf(a); mine && v.Exists() {
				*out = append(*out, v)
			}
			f.given(a, link, out, depth+1)
		}
		f.given(x, link, out, depth+1)
	}
}
