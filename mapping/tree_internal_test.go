package mapping

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
)

// TestTextsAreQuoted reads back what was quoted, with each odd byte at each place
// of a word of eight and behind it.
func TestTextsAreQuoted(t *testing.T) {
	for _, odd := range []string{"", `"`, `\`, "\n", "\x00", "\x1f", "\x7f", "ü", "世", "!", "[", "]", "#", "\x20"} {
		for before := range 20 {
			for after := range 20 {
				want := "abcdefghijklmnopqrst"[:before] + odd + "ABCDEFGHIJKLMNOPQRST"[:after]
				var got string
				if err := json.Unmarshal(appendQuoted(nil, want), &got); err != nil || got != want {
					t.Fatalf("%q is written %s and read %q, %v", want, appendQuoted(nil, want), got, err)
				}
			}
		}
	}
	if got := string(appendQuoted(nil, "abcdefgh\xffi")); got != `"abcdefgh\ufffdi"` {
		t.Errorf("a byte that is no text is written %s", got)
	}
}

// TestNumbersKeepTheirDigits holds decimals to what they say.
func TestNumbersKeepTheirDigits(t *testing.T) {
	for text, want := range map[string]string{
		"1": "1", "+1": "1", "-1": "-1", "01": "1", "00": "0", "0.50": "0.50", "00.5": "0.5", ".5": "0.5", "-.5": "-0.5", "5.": "5", "-0": "0", "-0.0": "0.0", "007.10": "7.10",
		"": "", ".": "", "-": "", "1e3": "", "1,5": "", "1.2.3": "", "9O": "", " 1": "", "--1": "", "+-1": "-1",
	} {
		if got, ok := decimalText(text); got != want || ok != (want != "") {
			t.Errorf("%q is %q, %v, want %q", text, got, ok, want)
		}
	}
	for range 10_000 {
		text := string("0123456789.-+ "[rand.IntN(14)]) + string("0123456789."[rand.IntN(11)]) + string("0123456789.e"[rand.IntN(12)])
		if got, ok := decimalText(text); ok && !json.Valid([]byte(got)) {
			t.Fatalf("%q is written %q", text, got)
		}
	}
}
