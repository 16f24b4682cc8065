package oneshot

import (
	"context"
	"os"
	"strings"

	"bedrail"
	"bedrail/asset"
	"bedrail/format/mds2"
	"bedrail/lifecycle"
	"bedrail/procure"
	"bedrail/sbom"
	"bedrail/vuln"
)

// A PurchaseRequest says what a buyer has at hand, as files.
type PurchaseRequest struct {
	Model        asset.ModelKey // empty fields are taken from the statement and the bill
	Statement    string         // MDS2 file, or empty
	Bill         string         // file, or empty
	Feeds        []string       // folders or files
	Policy       string         // file, or empty for the defaults
	Years        int            // of planned use; 0 is what the policy says
	EndOfSupport lifecycle.Day  // of the product, as the maker says
	Submission   lifecycle.Day  // when the FDA received it
	CyberDevice  lifecycle.Answer
	System       string // operating system, as the maker says
	Clock        bedrail.Clock
	Problem      func(string) // hears what could not be used
}

// A PurchaseAnswer is the answer of bedrail procure assess, as printed.
type PurchaseAnswer struct {
	procure.Assessment
	Problems []string `json:"problems"`
}

// AssessPurchase weighs a device from files alone: a buyer needs no server.
func AssessPurchase(ctx context.Context, req PurchaseRequest) (PurchaseAnswer, error) {
	out := PurchaseAnswer{Problems: []string{}}
	problem := func(text string) {
		out.Problems = append(out.Problems, text)
		if req.Problem != nil {
			req.Problem(text)
		}
	}
	policy := procure.DefaultPolicy().Policy
	if req.Policy != "" {
		text, err := os.ReadFile(req.Policy)
		if err != nil {
			return out, err
		}
		if policy, err = procure.ParsePolicy(text); err != nil {
			return out, err
		}
	}
	if !req.EndOfSupport.Valid() || !req.Submission.Valid() {
		return out, bedrail.Errorf(bedrail.Invalid, "a day is written as 2027-03-31")
	}
	now := req.Clock.Now()
	in := procure.Input{Model: req.Model, Policy: policy, Now: now, Record: lifecycle.Record{EndOfSupport: req.EndOfSupport, Submission: req.Submission, CyberDevice: req.CyberDevice}}
	if err := readOffer(&in, req, problem); err != nil {
		return out, err
	}
	in.PlannedUntil = procure.Purchase{OpenedAt: now, Years: req.Years}.PlannedUntil(policy)
	x, feeds, err := loadFeeds(ctx, AssessRequest{Feeds: req.Feeds, Clock: req.Clock}, problem)
	if err != nil {
		return out, err
	}
	in.NoFeeds = len(feeds) == 0
	weigh(x, &in, req.System, lifecycle.DayOf(now))
	in.Contradicts = procure.Contradictions(in.Sheet, in.Bill, nil, procure.Seen{System: req.System})
	out.Assessment = procure.Assess(in)
	return out, ctx.Err()
}

// readOffer reads what came with the offer. A file that cannot be read at all
// is an error: without it the answer would be about something else.
func readOffer(in *procure.Input, req PurchaseRequest, problem func(string)) error {
	if req.Statement != "" {
		f, err := os.Open(req.Statement)
		if err != nil {
			return err
		}
		defer f.Close()
		sheet, err := mds2.Read(f)
		if err != nil {
			return bedrail.Errorf(bedrail.Invalid, "%s: %w", req.Statement, err)
		}
		for _, p := range sheet.Problems {
			problem(req.Statement + " " + p.String())
		}
		in.Sheet = &sheet
		in.Model.Manufacturer, in.Model.Model = first(in.Model.Manufacturer, sheet.Manufacturer), first(in.Model.Model, sheet.Model)
	}
	if req.Bill != "" {
		b, err := readBill(req.Bill)
		if err != nil {
			return err
		}
		in.Bill = &b
		in.Model = asset.ModelKey{Manufacturer: first(in.Model.Manufacturer, b.Model.Manufacturer), Model: first(in.Model.Model, b.Model.Model), Version: first(in.Model.Version, b.Model.Version)}
	}
	in.Model.Manufacturer = asset.CanonicalManufacturer(in.Model.Manufacturer)
	return nil
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// weigh asks the feeds about the model and every component of its bill.
func weigh(x *vuln.Index, in *procure.Input, system string, now lifecycle.Day) {
	if e, ok := x.OperatingSystem(system); ok {
		in.System = &e
	}
	for _, m := range x.Model(in.Model) {
		in.Weaknesses = append(in.Weaknesses, weaknessOf(m, in.Model.Model))
	}
	if in.Bill == nil {
		return
	}
	present := vuln.Present(in.Bill.Components)
	seen := map[string]int{}
	for _, c := range in.Bill.Components {
		for _, m := range x.Component(c, present) {
			w := weaknessOf(m, strings.TrimSpace(c.Name+" "+c.Version))
			if at, again := seen[w.ID]; again { // a weakness counts once; the worse answer stands
				if in.Weaknesses[at].Status != vuln.Affected {
					in.Weaknesses[at] = w
				}
				continue
			}
			seen[w.ID] = len(in.Weaknesses)
			in.Weaknesses = append(in.Weaknesses, w)
		}
		in.Components = append(in.Components, lifeOf(x, c, now))
	}
}

func lifeOf(x *vuln.Index, c sbom.Component, now lifecycle.Day) lifecycle.ComponentLife {
	if e, ok := x.OperatingSystem(c.Name + " " + c.Version); ok && e.Status != vuln.Undecidable {
		return lifecycle.ComponentState(c, nil, &e, now)
	}
	return lifecycle.ComponentState(c, nil, nil, now)
}

func weaknessOf(m vuln.Match, what string) procure.Weakness {
	best, known := vuln.Best(m.Scores)
	return procure.Weakness{ID: m.Vulnerability, Severity: vuln.Severity(best.Score, known), KEV: m.KEV, Status: m.Status, What: what, Fixed: m.Fixed}
}
