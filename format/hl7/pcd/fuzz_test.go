package pcd

import (
	"bytes"
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
		AlarmStatusOf(m)
		EventOf(m, v.Terms)
		for _, profile := range []string{Observation, Alarm, AlarmAnswer, PumpEvent} {
			for _, i := range v.Validate(m, profile, time.Unix(1e9, 0), nil) {
				if i.Start < 0 || i.Start > i.End || i.End > len(raw) || i.Text == "" {
					t.Errorf("issue without place: %+v", i)
				}
			}
		}
	})
}

func FuzzImport(f *testing.F) {
	f.Add([]byte("RefID,CF_CODE10,UOM_UCUM,Dimension\nMDC_X,150999,mm[Hg],pressure\nMDC_Y,1\n\"MDC_\"\"Z\",263999,%,\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		terms, err := NewTable()
		if err != nil {
			t.Fatal(err)
		}
		own := len(terms.byCode)
		n, _ := terms.Import(bytes.NewReader(raw))
		if n < 0 || len(terms.byCode) > own+n {
			t.Errorf("%d terms were added, %d are said", len(terms.byCode)-own, n)
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
