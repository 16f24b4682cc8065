package hl7_test

import (
	"strings"
	"testing"

	"bedrail/format/hl7"
)

// A message may declare no escape character (MSH-2 of one letter); a delimiter
// in a text would then begin another field.
func TestWhatCannotBeEscapedIsNotWritten(t *testing.T) {
	m, err := hl7.Parse([]byte("MSH+!+A\rOBX+1\r"))
	if err != nil {
		t.Fatal(err)
	}
	d := m.Draft()
	for _, text := range []string{"20260302120000+0000", "a!b", "two\rlines"} {
		if err := d.Set("MSH-7", text); err == nil || !strings.Contains(err.Error(), "MSH-2") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := d.Set("MSH-7", "20260302120000"); err != nil {
		t.Error(err)
	}
	if got := string(d.Bytes()); got != "MSH+!+A++++20260302120000\rOBX+1\r" {
		t.Errorf("%q", got)
	}
}
