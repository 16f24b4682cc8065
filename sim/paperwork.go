package sim

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"

	"bedrail"
)

// A statement is what a maker says about a model (MDS2, ANSI/NEMA HN 1-2019):
// the answers to those questions that a policy usually asks.
type statement struct {
	manufacturer, model string
	answers             string // "AUTH-1 Yes, AUTH-2 No"
}

var statements = []statement{
	{"BD", "Alaris PC Unit Model 8015", "MPII-1 Yes, AUTH-1 Yes, AUTH-2 No, CSUP-1 Yes, CSUP-2 Yes, CSUP-5.2 Yes, CSUP-11 No, CONN-4 No, SHAD-15 Yes, SAHD-9 Yes, SBOM-1 Yes, TXCF-2 No, ALOF-1 No, AUDT-1 Yes"},
	{"Philips", "IntelliVue MX800", "MPII-1 Yes, AUTH-1 Yes, AUTH-2 Yes, CSUP-1 Yes, CSUP-2 Yes, CSUP-5.2 Yes, CSUP-11 Yes, CONN-4 No, SAHD-9 Yes, SBOM-1 Yes, TXCF-2 Yes, ALOF-1 Yes, AUDT-1 Yes, NAUT-1 Yes"},
	{"Hamilton Medical", "T1 Ventilator", "MPII-1 Yes, AUTH-1 No, AUTH-2 No, CSUP-1 Yes, CSUP-5.2 Yes, CSUP-11 No, CONN-4 No, SBOM-1 No, TXCF-2 No, ALOF-1 No, AUDT-1 No, NAUT-1 No"},
	{"BD", "Pyxis MedStation ES System", "MPII-1 Yes, AUTH-1 Yes, AUTH-2 Yes, CSUP-1 Yes, CSUP-2 Yes, CSUP-5.2 Yes, CSUP-11 Yes, MLDP-1 Yes, CONN-4 Yes, SBOM-1 Yes, TXCF-2 Yes, ALOF-1 Yes, AUDT-1 Yes"},
	{"Capsule Technologies", "SmartLinx Neuron 2", "MPII-1 Yes, AUTH-1 Yes, AUTH-2 No, CSUP-1 Yes, CSUP-5.2 No, CSUP-11 No, CONN-4 No, SBOM-1 Yes, TXCF-2 Yes, ALOF-1 No, AUDT-1 Yes"},
	{"Smiths Medical", "Medfusion 4000", "MPII-1 No, AUTH-1 Yes, AUTH-2 No, CSUP-1 Yes, CSUP-2 Yes, CSUP-5.2 Yes, CSUP-11 No, CONN-4 No, SBOM-1 Yes, TXCF-2 No, ALOF-1 Yes, AUDT-1 No, NAUT-1 Yes"},
}

// sheet writes a statement as makers send it.
func (st statement) sheet() ([]byte, error) {
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	w.Write([]string{"Manufacturer Disclosure Statement for Medical Device Security", "", "", "", ""})
	w.Write([]string{"DOC-1", "Manufacturer Name", st.manufacturer, "", ""})
	w.Write([]string{"DOC-3", "Device Model", st.model, "", ""})
	w.Write([]string{"DOC-7", "Document Release Date", "2026-01-15", "", ""})
	for id, answer := range pairs(st.answers) {
		w.Write([]string{id, "", answer, "", ""})
	}
	w.Flush()
	return buf.Bytes(), w.Error()
}

func (s *stage) statements(ctx context.Context) error {
	for _, st := range statements {
		sheet, err := st.sheet()
		if err != nil {
			return err
		}
		if err := s.t.bring(ctx, "mds2", st.model+" MDS2.csv", url.Values{"manufacturer": {st.manufacturer}, "model": {st.model}}, sheet); err != nil {
			return err
		}
	}
	return nil
}

// paperwork keeps what the hospital knows of the lives of models, opens
// purchases, and answers some recalls.
func (s *stage) paperwork(ctx context.Context) error {
	for _, life := range []map[string]any{
		{"manufacturer": "Draeger", "model": "Infinity Delta", "endOfLife": "2022-01-01", "endOfSupport": "2024-12-31",
			"transfer": map[string]string{"on": "", "by": "Clinical engineering", "controls": "own segment, no internet", "reviewBy": "2027-06-30"}},
		{"manufacturer": "BD", "model": "Alaris PC Unit Model 8015", "endOfSupport": "2030-06-30", "submission": "2019-05-01", "productCode": "FRN"},
		{"manufacturer": "Philips", "model": "IntelliVue MX40", "endOfLife": "2027-03-31", "endOfSupport": "2029-12-31"},
		{"manufacturer": "GE Healthcare", "model": "MAC 5500 HD", "endOfLife": "2020-12-31", "endOfSupport": "2026-06-30"},
		{"manufacturer": "Fresenius Medical Care", "model": "5008S CorDiax", "endOfSupport": "2033-12-31"},
	} {
		life["version"] = 0
		if err := s.t.send(ctx, http.MethodPut, "/api/v1/ledger/record", life, nil); err != nil {
			return err
		}
	}
	for _, p := range []map[string]any{
		{"manufacturer": "Smiths Medical", "model": "Medfusion 4000", "softwareVersion": "1.6.1", "unit": "NICU", "years": 8, "quantity": 24},
		{"manufacturer": "Philips", "model": "IntelliVue MX800", "softwareVersion": "N.02.10", "unit": "Cardiology", "years": 10, "quantity": 6},
		{"manufacturer": "Hamilton Medical", "model": "T1 Ventilator", "softwareVersion": "3.0.0", "unit": "ICU", "years": 10, "quantity": 4},
	} {
		if err := s.t.send(ctx, http.MethodPost, "/api/v1/purchases", p, nil); err != nil {
			return err
		}
	}
	return s.recalls(ctx)
}

// recalls answers the first lines of the worklist: a hospital that is at it.
func (s *stage) recalls(ctx context.Context) error {
	var page struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if err := s.t.call(ctx, http.MethodGet, "/api/v1/recalls/worklist?limit=20", nil, &page); err != nil {
		return err
	}
	var ids []string
	for _, i := range page.Items {
		ids = append(ids, i.ID)
	}
	if len(ids) < 4 {
		return bedrail.Errorf(bedrail.Internal, "the worklist of recalls has only %d lines", len(ids))
	}
	if err := s.t.send(ctx, http.MethodPost, "/api/v1/recalls/worklist", map[string]any{"ids": ids[:len(ids)/2], "state": "acknowledged"}, nil); err != nil {
		return err
	}
	return s.t.send(ctx, http.MethodPost, "/api/v1/recalls/worklist", map[string]any{"ids": ids[:len(ids)/4], "state": "corrected", "note": "watchdog set, label fixed"}, nil)
}

// pairs yields "AUTH-1 Yes" as its two words, in order.
func pairs(text string) func(func(string, string) bool) {
	return func(yield func(string, string) bool) {
		for _, part := range bytes.Split([]byte(text), []byte(", ")) {
			var id, answer string
			if n, _ := fmt.Sscan(string(part), &id, &answer); n == 2 && !yield(id, answer) {
				return
			}
		}
	}
}
