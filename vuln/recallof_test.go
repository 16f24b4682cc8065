package vuln_test

import (
	"strings"
	"testing"
	"time"

	"bedrail/format/recall"
	"bedrail/vuln"
)

// TestRecallsByIdentity: device identifier, lot, serial number and product
// code decide, and what is not known never counts as clean.
func TestRecallsByIdentity(t *testing.T) {
	const di = "00885403222222"
	notice := func(codes string, udis ...string) recall.Notice {
		return recall.Notice{Number: "Z-1", Class: "I", Status: "Ongoing", Firm: "Acme Medical", Product: "Acme Pump 9000 infusion pump", Codes: codes, ProductCode: "FRN", UDIs: udis}
	}
	pump := vuln.RecallItem{Manufacturer: "Acme Medical", Model: "Pump 9000"}
	for rule, c := range map[string]struct {
		notice recall.Notice
		change func(*vuln.RecallItem)
		want   vuln.Status // empty is no recall
	}{
		"the device identifier alone decides when no lot is listed": {notice("", di), func(i *vuln.RecallItem) { i.UDI, i.Model = "(01)"+di+"(21)X1", "Other" }, vuln.Affected},
		"a listed lot decides":                                {notice("Lots: L77, L78", di), func(i *vuln.RecallItem) { i.UDI, i.Lot = "(01)"+di+"(10)L77", "L77" }, vuln.Affected},
		"of a listed identifier, an unknown lot is not clean": {notice("Lots: L77, L78", di), func(i *vuln.RecallItem) { i.UDI = "(01)" + di }, vuln.Undecidable},
		"a serial number that is not listed is clear":         {notice("Serial numbers: S100, S101", di), func(i *vuln.RecallItem) { i.UDI, i.Serial = "(01)"+di, "S999" }, ""},
		"a lot of a named model decides":                      {notice("Lots: L77"), func(i *vuln.RecallItem) { i.Lot = "L77" }, vuln.Affected},
		"a product code alone names no device":                {notice("Serial numbers: S100"), func(i *vuln.RecallItem) { i.Model, i.ProductCode, i.Serial = "Other", "FRN", "S5" }, ""},
		"a product code with a listed number does":            {notice("Serial numbers: S100"), func(i *vuln.RecallItem) { i.Model, i.ProductCode, i.Serial = "Other", "frn", "S100" }, vuln.Affected},
		"another maker's product code is another's":           {notice("Serial numbers: S100"), func(i *vuln.RecallItem) { i.Manufacturer, i.ProductCode, i.Serial = "Zenith", "FRN", "S100" }, ""},
	} {
		t.Run(rule, func(t *testing.T) {
			x := vuln.NewIndex()
			x.Recalls = []recall.Notice{c.notice}
			x.Seal(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
			item := pump
			c.change(&item)
			var got []string
			for _, r := range x.RecallsOf(item) {
				got = append(got, string(r.Status))
			}
			if strings.Join(got, " ") != string(c.want) {
				t.Errorf("got %v, want %q", got, c.want)
			}
		})
	}
}
