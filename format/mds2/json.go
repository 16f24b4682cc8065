package mds2

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxJSON bounds a form in JSON.
const maxJSON = 4 << 20

// document is our JSON: answers as a list, or as an object by number whose
// values are words or objects with answer and note.
type document struct {
	Manufacturer string          `json:"manufacturer"`
	Model        string          `json:"model"`
	Version      string          `json:"version"`
	Document     string          `json:"document"`
	Released     string          `json:"released"`
	Answers      json.RawMessage `json:"answers"`
}

type jsonAnswer struct {
	ID     string `json:"id"`
	Answer string `json:"answer"`
	Value  string `json:"value"` // as Sheet writes it
	Note   string `json:"note"`
}

func (a jsonAnswer) text() string {
	if a.Answer != "" {
		return a.Answer
	}
	return a.Value
}

func readJSON(r io.Reader) (Sheet, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxJSON+1))
	if err != nil {
		return Sheet{}, err
	}
	if len(raw) > maxJSON {
		return Sheet{}, fmt.Errorf("the form is larger than %d MiB", maxJSON>>20)
	}
	var doc document
	if err := json.Unmarshal(raw, &doc); err != nil {
		return Sheet{}, fmt.Errorf("the form is no JSON object of the kind that is documented: %w", err)
	}
	list, err := answersOf(doc.Answers)
	if err != nil {
		return Sheet{}, err
	}
	f := form{answers: map[string]Answer{}}
	for i, a := range list {
		n, ok := parseNumber(a.ID)
		if !ok {
			f.problem(i+1, "answer %d: %q is no number of a question; it was left out", i+1, clip(a.ID))
			continue
		}
		f.take(n, a.text(), a.Note, i+1)
	}
	for to, from := range map[*string]string{&f.sheet.Manufacturer: doc.Manufacturer, &f.sheet.Model: doc.Model, &f.sheet.Version: doc.Version, &f.sheet.Document: doc.Document, &f.sheet.Released: doc.Released} {
		if from != "" {
			*to = clipTo(from, 300)
		}
	}
	return f.done()
}

func answersOf(raw json.RawMessage) ([]jsonAnswer, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return nil, errors.New("the form has no answers: give them as \"answers\"")
	}
	if raw[0] == '[' {
		var list []jsonAnswer
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, fmt.Errorf("reading the list of answers: %w", err)
		}
		return list, nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw)) // in the order of the document, so that the first of two stands
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("answers are a list, or an object by number")
	}
	var list []jsonAnswer
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("reading the answers: %w", err)
		}
		var one json.RawMessage
		if err := dec.Decode(&one); err != nil {
			return nil, fmt.Errorf("reading the answer to %v: %w", key, err)
		}
		a := jsonAnswer{}
		if json.Unmarshal(one, &a.Answer) != nil {
			if err := json.Unmarshal(one, &a); err != nil {
				return nil, fmt.Errorf("reading the answer to %v: %w", key, err)
			}
		}
		a.ID = fmt.Sprint(key)
		list = append(list, a)
	}
	return list, nil
}
