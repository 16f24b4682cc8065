package exchange_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail/exchange"
)

const threeShares = `{"name": "adt", "purpose": "treatment", "source": {"memory": {}}, "destinations": [{"name": "ehr", "memory": {}},
	{"name": "beds", "memory": {}, "purpose": "bed management", "fields": ["EVN", "PID-3.1", "PV1"]},
	{"name": "study", "memory": {}, "purpose": "research", "pseudonymise": true}]}`

func TestAReceiverGetsWhatItsPurposeNeeds(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.open(threeShares)
		r := h.receive("adt", adt("1", "MRN7"))
		h.until("all have it", func() bool { return h.ledger("adt").Delivered == 1 })
		for name, want := range map[string][2]string{"ehr": {"Test^Alpha", ""}, "beds": {"MRN7", "Test"}, "study": {"PV1|1|I|ICU^7^1", "MRN7"}} {
			got := h.receiver(name).got[0]
			if body := string(got.Body); !strings.Contains(body, want[0]) || want[1] != "" && strings.Contains(body, want[1]) {
				t.Errorf("%s got %q", name, body)
			}
			if name != "ehr" && len(got.Facts.Patients) > 0 {
				t.Errorf("%s is told the patient beside the body", name)
			}
		}
		trace, err := h.Trace(t.Context(), engineer, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		notes := ""
		for _, s := range trace.Steps {
			notes += s.Note + "\n"
		}
		for _, want := range []string{`purpose "treatment"`, `purpose "bed management" without PID-1,PID-3.4,PID-3.5,PID-5`, `purpose "research" without PID-5 pseudonyms PID-3`} {
			if !strings.Contains(notes, want) {
				t.Errorf("the lineage does not say %s:\n%s", want, notes)
			}
		}
		i := slices.IndexFunc(trace.Message.Deliveries, func(d exchange.Delivery) bool { return d.Destination == "beds" })
		if s := trace.Message.Deliveries[i].Share; s == nil || s.Purpose != "bed management" || !slices.Contains(s.Removed, "PID-5") {
			t.Errorf("the delivery says %+v", s)
		}
	})
}

func TestAPseudonymIsTheSameForAReceiverAndAnotherForTheNext(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.open(strings.Replace(threeShares, `"fields": ["EVN", "PID-3.1", "PV1"]`, `"pseudonymise": true`, 1))
		h.receive("adt", adt("1", "MRN7"))
		h.receive("adt", adt("2", "mrn7"))
		h.until("all have both", func() bool { return h.ledger("adt").Delivered == 2 })
		pid := func(name string, n int) string {
			return strings.Split(strings.Split(string(h.receiver(name).got[n].Body), "PID|1||")[1], "^")[0]
		}
		if pid("study", 0) != pid("study", 1) {
			t.Error("one receiver sees two pseudonyms of one patient")
		}
		if pid("study", 0) == pid("beds", 0) {
			t.Error("two receivers can compare their pseudonyms")
		}
	})
}

func TestWhatCannotBeReducedIsADeadLetterThatSaysWhy(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.open(strings.Replace(threeShares, `["EVN", "PID-3.1", "PV1"]`, `["Observation.code"]`, 1))
		r := h.receive("adt", adt("1", "MRN7"))
		h.until("it is given up for one", func() bool { return h.ledger("adt").Dead == 1 })
		if n := len(h.receiver("beds").got); n != 0 {
			t.Errorf("beds got %d messages", n)
		}
		v, err := h.MessageByID(t.Context(), engineer, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range v.Deliveries {
			if d.Destination == "beds" && !strings.Contains(d.Note, "may have only a part") {
				t.Errorf("the dead letter says %q", d.Note)
			}
		}
	})
}

func TestADryRunShowsWhatWouldGo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.open(threeShares)
		d, err := exchange.ParseDefinition([]byte(threeShares))
		if err != nil {
			t.Fatal(err)
		}
		d.Tests = []exchange.Test{{Name: "one", Message: adt("9", "MRN7")}}
		trial, err := h.TestChannel(t.Context(), engineer, "adt", &d, false)
		if err != nil {
			t.Fatal(err)
		}
		one := trial.Tests[0]
		if strings.Contains(one.Sent["beds"], "Alpha") || !slices.Contains(one.Shares["beds"].Removed, "PID-5") || len(one.Shares["study"].Replaced) == 0 {
			t.Errorf("got %+v", one)
		}
		if got := h.ledger("adt").Received; got != 0 {
			t.Errorf("the dry run kept %d messages", got)
		}
	})
}

func TestAnAccountNamesWhoReceivedDataAboutAPatient(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.open(threeShares)
		r := h.receive("adt", adt("1", "MRN7"))
		h.receive("adt", adt("2", "MRN8"))
		h.until("all have both", func() bool { return h.ledger("adt").Delivered == 2 })
		if _, err := h.Reveal(t.Context(), engineer, r.ID, "a question of the ward"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Account(t.Context(), engineer, exchange.AccountSpec{Patient: "MRN7"}); err == nil {
			t.Error("an account was given for no purpose")
		}
		check := func(when string) {
			a, err := h.Account(t.Context(), engineer, exchange.AccountSpec{Patient: " mrn7 ", Purpose: "the patient asks"})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, r := range a.Recipients {
				got[r.Kind+" "+r.To] = r.Purpose
			}
			want := map[string]string{"delivered ehr": "treatment", "delivered beds": "bed management", "delivered study": "research", "shown engineer": "a question of the ward"}
			if len(got) != len(want) || len(a.Items) != 4 || a.Messages != 1 {
				t.Errorf("%s: got %+v", when, a)
			}
			for k, v := range want {
				if got[k] != v {
					t.Errorf("%s: %s is for %q, not %q", when, k, got[k], v)
				}
			}
		}
		check("now")
		if _, err := h.Forget(t.Context(), engineer, []string{r.ID}, "its time is over"); err != nil {
			t.Fatal(err)
		}
		check("after the content was forgotten")
		if a, err := h.Account(t.Context(), engineer, exchange.AccountSpec{Patient: "MRN7", Until: time.Now().Add(-time.Hour), Purpose: "the patient asks"}); err != nil || len(a.Items) != 0 {
			t.Errorf("before it came: %+v %v", a, err)
		}
	})
}
