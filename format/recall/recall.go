// Package recall reads notices that a maker takes a device back, corrects it
// or warns of it, in the form in which openFDA publishes them.
package recall

import (
	"strings"
	"time"

	"bedrail/format/jsonread"
)

// A Notice is one recall of one product.
type Notice struct {
	Number      string // for example Z-1234-2024
	Class       string // "I", "II", "III", or empty
	Status      string // Ongoing, Terminated, ...
	Firm        string // who recalls
	Product     string // description of the product, as written
	Codes       string // lots, serial numbers, versions, as written
	Reason      string
	Action      string
	ProductCode string // the FDA's three letters
	Names       []string
	UDIs        []string
	Started     time.Time
}

// Over reports whether the recall has ended.
func (n Notice) Over() bool {
	s := strings.ToLower(n.Status)
	return strings.Contains(s, "terminated") || strings.Contains(s, "completed")
}

// Read reads {"results": [...]} from r and calls yield for each notice of a
// device. Records of both endpoints, device/recall and device/enforcement, may
// stand in it.
func Read(r *jsonread.Reader, yield func(Notice)) error {
	var listed bool
	err := r.Object(func(key []byte) error {
		if string(key) != "results" {
			return r.Skip()
		}
		listed = true
		return r.Array(func() error {
			n, device, err := readNotice(r)
			if err == nil && device {
				if n.Number == "" {
					return r.Errorf("the recall has no number")
				}
				yield(n)
			}
			return err
		})
	})
	if err == nil && !listed {
		err = r.Errorf("the document has no results: not an openFDA recall list")
	}
	return err
}

func readNotice(r *jsonread.Reader) (n Notice, device bool, err error) {
	device = true
	err = r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "product_res_number", "recall_number":
			n.Number, err = r.Text()
		case "classification", "device_class_recall":
			n.Class, err = r.Text()
			n.Class = strings.TrimSpace(strings.TrimPrefix(n.Class, "Class"))
		case "recall_status", "status":
			n.Status, err = r.Text()
		case "recalling_firm":
			n.Firm, err = r.Text()
		case "firm_fei_number", "cfres_id":
			err = r.Skip()
		case "product_description":
			n.Product, err = r.Text()
		case "code_info":
			n.Codes, err = r.Text()
		case "more_code_info":
			var more string
			more, err = r.Text()
			n.Codes = strings.TrimSpace(n.Codes + " " + more)
		case "reason_for_recall":
			n.Reason, err = r.Text()
		case "action":
			n.Action, err = r.Text()
		case "product_code":
			n.ProductCode, err = r.Text()
		case "product_type":
			var kind string
			kind, err = r.Text()
			device = strings.EqualFold(kind, "devices") || kind == ""
		case "udi_di", "udi":
			n.UDIs, err = r.Strings()
		case "event_date_initiated", "recall_initiation_date":
			var text string
			text, err = r.Text()
			n.Started = date(text)
		case "openfda":
			err = r.Object(func(key []byte) error {
				if string(key) != "device_name" {
					return r.Skip()
				}
				names, err := r.Strings()
				n.Names = names
				return err
			})
		default:
			err = r.Skip()
		}
		return err
	})
	return n, device, err
}

func date(text string) time.Time {
	for _, layout := range []string{time.DateOnly, "20060102"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t
		}
	}
	return time.Time{}
}
