package fhir

import (
	"runtime"
	"sync"
	"testing"
)

// TestMemoryOfTheDefinitions holds what R4 costs that is ready to validate:
// at most 60 MB, of which most is the text of the definitions.
func TestMemoryOfTheDefinitions(t *testing.T) {
	before := heap()
	d := embedded(r4, nil)
	v := Validator{Definitions: d}
	for _, in := range []string{`{"resourceType":"Patient","active":true}`, `{"resourceType":"Observation","status":"final","code":{"text":"x"}}`, `{"resourceType":"Bundle","type":"batch"}`} {
		if issues := v.Validate([]byte(in)); !Valid(issues) {
			t.Errorf("%+v", issues)
		}
	}
	got := heap() - before
	runtime.KeepAlive(d)
	t.Logf("%.1f MB", float64(got)/1e6)
	if got > 60e6 {
		t.Errorf("the definitions of R4 take %d bytes", got)
	}
}

// TestOneValidatorServesMany is for the race detector: what is compiled on
// demand is compiled by whoever comes first.
func TestOneValidatorServesMany(t *testing.T) {
	v := Validator{Definitions: embedded(r4, nil).With()}
	in := []byte(`{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"subject":{"reference":"Patient/1"}}`)
	want := len((&Validator{}).Validate(in))
	var done sync.WaitGroup
	for range 4 {
		done.Go(func() {
			for range 20 {
				if got := len(v.Validate(in)); got != want {
					t.Errorf("%d issues, then %d", want, got)
				}
			}
		})
	}
	done.Wait()
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkStart is what the first resource waits for: unpacking R4 and
// compiling what an observation needs.
func BenchmarkStart(b *testing.B) {
	in := []byte(`{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1}}`)
	for b.Loop() {
		v := Validator{Definitions: embedded(r4, nil)}
		if issues := v.Validate(in); !Valid(issues) {
			b.Fatal(issues)
		}
	}
}
