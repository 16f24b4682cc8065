package asset

import (
	_ "embed"
	"encoding/json"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"sync"

	"bedrail"
	"bedrail/rule"
	"bedrail/traffic"
)

// What the evidence weighs together is no chance of being right: the weights
// were set by hand, and sources are not independent. What may be told as a
// share is how often a word was right where the truth was known.

// A WordScore is how often the values of an attribute that had a status were
// right.
type WordScore struct {
	Attribute traffic.Attribute `json:"attribute"`
	Status    Status            `json:"status"`
	Right     int               `json:"right"`
	Total     int               `json:"total"`
	Low       float64           `json:"low"`  // of the share that is right, with 95 %
	High      float64           `json:"high"` // by Wilson's score interval
}

// A Sure is the share of values that were right, with its interval.
type Sure struct {
	Share float64 `json:"share" doc:"Of the values that were judged, the share that was right"`
	Low   float64 `json:"low" doc:"Lower end of the interval that holds the true share with 95 %"`
	High  float64 `json:"high" doc:"Upper end"`
	Of    int     `json:"of" doc:"Values that were judged by a known truth"`
}

// calibrationForm is the form of a calibration that is written and read.
const calibrationForm = 1

// MinimumJudged is of how many judged values a share is told at the least:
// below, even all right would leave more than one in nine open.
const MinimumJudged = 30

// A Calibration is what an evaluation found out about the words, by the rules
// with which it was made. With other rules it says nothing.
type Calibration struct {
	Form    int         `json:"form"`
	Rules   string      `json:"rules"`   // version of the pack of rules
	Truth   string      `json:"truth"`   // what it was judged by
	Minimum int         `json:"minimum"` // judged values below which no share is told
	Words   []WordScore `json:"words"`
}

//go:embed data/calibration.json
var ownCalibration []byte

// BuiltinCalibration is the calibration that `make accuracy` measured.
var BuiltinCalibration = sync.OnceValue(func() *Calibration {
	c, err := ReadCalibration(strings.NewReader(string(ownCalibration)))
	if err != nil {
		panic(err) // the tests read it too
	}
	return c
})

// OpenCalibration reads the calibration of a file; no name is the built-in one.
func OpenCalibration(name string) (*Calibration, error) {
	if name == "" {
		return BuiltinCalibration(), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.NotFound, "the calibration cannot be opened: %w", err)
	}
	defer f.Close()
	c, err := ReadCalibration(f)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "%s: %w", name, err)
	}
	return c, nil
}

// NewCalibration makes a calibration of what an evaluation counted.
func NewCalibration(e Evaluation, rules *rule.Pack, truth string) Calibration {
	return Calibration{Form: calibrationForm, Rules: packOf(rules).Version(), Truth: truth, Minimum: MinimumJudged, Words: e.ByWord}
}

func packOf(rules *rule.Pack) *rule.Pack {
	if rules == nil {
		return rule.Builtin()
	}
	return rules
}

// maxCalibration bounds the bytes of a calibration.
const maxCalibration = 1 << 20

// ReadCalibration reads what WriteTo wrote, and refuses counts that cannot be.
func ReadCalibration(r io.Reader) (*Calibration, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxCalibration+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxCalibration {
		return nil, bedrail.Errorf(bedrail.Invalid, "a calibration has no more than a megabyte")
	}
	var c Calibration
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "this is no calibration: %w; \"bedrail discover eval --calibrate FILE\" writes one", err)
	}
	if c.Form != calibrationForm {
		return nil, bedrail.Errorf(bedrail.Invalid, "the calibration has form %d, and form %d is read; write it again by \"bedrail discover eval --calibrate FILE\"", c.Form, calibrationForm)
	}
	for i := range c.Words {
		w := &c.Words[i]
		if w.Right < 0 || w.Total < w.Right || !slices.Contains(calibrated, w.Attribute) || !slices.Contains(judgedWords, w.Status) {
			return nil, bedrail.Errorf(bedrail.Invalid, "word %d of the calibration, %s %s, cannot be: %d right of %d", i+1, w.Attribute, w.Status, w.Right, w.Total)
		}
		w.Low, w.High = wilson(w.Right, w.Total) // computed, not believed
	}
	return &c, nil
}

// WriteTo writes the calibration as a file.
func (c Calibration) WriteTo(w io.Writer) (int64, error) {
	raw, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return 0, err
	}
	n, err := w.Write(append(raw, '\n'))
	return int64(n), err
}

// Told are the words of which a share is told, with these rules.
func (c *Calibration) Told(rules *rule.Pack) []WordScore {
	return slices.DeleteFunc(slices.Clone(c.Words), func(w WordScore) bool { return c.sure(w.Attribute, w.Status, packOf(rules).Version()) == nil })
}

// sure is the share of an attribute's word, or nil where none may be told.
func (c *Calibration) sure(a traffic.Attribute, s Status, rules string) *Sure {
	if c == nil || c.Rules != rules {
		return nil
	}
	for _, w := range c.Words {
		if w.Attribute == a && w.Status == s && w.Total >= max(MinimumJudged, c.Minimum) {
			return &Sure{Share: round(float64(w.Right) / float64(w.Total)), Low: w.Low, High: w.High, Of: w.Total}
		}
	}
	return nil
}

// Tell gives the values of d their shares. A value that rests on anybody's
// word or list has none: what was judged was told from the wire alone.
func (c *Calibration) Tell(d *Device, rules *rule.Pack) {
	if c == nil {
		return
	}
	version := packOf(rules).Version()
	for _, a := range calibrated {
		v := d.valueAt(a)
		v.Sure = nil
		if !slices.ContainsFunc(v.Evidence, offWire) {
			v.Sure = c.sure(a, v.Status, version)
		}
	}
}

// calibrated are the attributes whose truth a table can hold, in the order in
// which they are written.
var calibrated = []traffic.Attribute{traffic.Class, traffic.Manufacturer, traffic.Model, traffic.SerialNumber, traffic.SoftwareVersion}

// judgedWords are the statuses that stand for a value.
var judgedWords = []Status{Confirmed, Likely, Candidate}

// offWire reports whether evidence is somebody's word or a list of somebody's.
func offWire(e Evidence) bool {
	switch source := sourceClass(e.Source); source {
	case fromPerson, "cmms", "cloud", "lease", "wireless", "switch":
		return true
	}
	return false
}

// byWord counts how often each word was right.
func (e *Evaluation) byWord(truths []Truth, byMAC map[traffic.MAC]*Device) {
	e.ByWord = []WordScore{}
	for _, a := range calibrated {
		for _, s := range judgedWords {
			w := WordScore{Attribute: a, Status: s}
			for _, t := range truths {
				d, want := byMAC[t.MAC], t.Want[a]
				if d == nil || want == "" || d.value(a).Status != s || d.value(a).Value == "" {
					continue
				}
				w.Total++
				if sameValue(a, d.value(a).Value, want) {
					w.Right++
				}
			}
			if w.Total > 0 {
				w.Low, w.High = wilson(w.Right, w.Total)
				e.ByWord = append(e.ByWord, w)
			}
		}
	}
}

// wilson is the interval that holds the true share with 95 %: E. B. Wilson,
// Probable Inference, JASA 22 (1927). Unlike the textbook's it is right for
// shares near 1 and for few.
func wilson(right, total int) (low, high float64) {
	if total == 0 {
		return 0, 1
	}
	const z = 1.959964
	n, p := float64(total), float64(right)/float64(total)
	middle := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return round(max(0, middle-half)), round(min(1, middle+half))
}
