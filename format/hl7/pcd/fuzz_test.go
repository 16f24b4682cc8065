package pcd

import (
	"testing"
	"time"

	"bedrail/format/hl7"
)

func FuzzValidate(f *testing.F) {
	f.Add(ward())
	f.Add([]byte("MSH|^~\\&|A^1^EUI-64|||||||ORU^R40|1|P|2.6\rPID|\rOBR|1||||196616^MDC_EVT_ALARM^MDC\rOBX|1|NM|150456^^MDC|1.6.1.1.2|x|1^^MDC||DEMO~INV|||R|||2026|||||^^0^EUI-64\r"))
	v := newValidator(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := hl7.Parse(raw)
		if err != nil {
			return
		}
		AlarmOf(m)
		for _, profile := range []string{Observation, Alarm} {
			for _, i := range v.Validate(m, profile, time.Unix(1e9, 0), nil) {
				if i.Start < 0 || i.Start > i.End || i.End > len(raw) || i.Text == "" {
					t.Errorf("issue without place: %+v", i)
				}
			}
		}
	})
}

func FuzzPlace(f *testing.F) {
	f.Add([]byte("1.6.1.1.2"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, ok := parsePlace(b); ok && (p.depth() < 0 || p.depth() > 5) {
			t.Errorf("%q: depth %d", b, p.depth())
		}
	})
}
