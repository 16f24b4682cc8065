package oneshot

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const exchangeData = "../../../shared/testdata/exchange"

func TestValidateGroundTruth(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(exchangeData, "synthetic", "ground-truth.json"))
	if err != nil {
		t.Skip("needs ../shared/testdata/exchange/synthetic, not there")
	}
	var rows []struct {
		File      string    `json:"file"`
		Issues    []string  `json:"issues"`
		ReceiveAt time.Time `json:"receive_at"`
	}
	if err := json.Unmarshal(b, &rows); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		t.Run(row.File, func(t *testing.T) {
			paths := []string{filepath.Join(exchangeData, "synthetic", row.File)}
			if row.File == "pcd01-dup.hl7" || row.File == "pcd01-same-id-different-body.hl7" {
				paths = slices.Insert(paths, 0, filepath.Join(exchangeData, "synthetic", "pcd01-ok.hl7"))
			}
			found, err := Validate(context.Background(), ValidateRequest{Paths: paths, Received: row.ReceiveAt})
			if err != nil {
				t.Fatal(err)
			}
			last := found[len(found)-1]
			var got, want []string
			for _, i := range last.Issues {
				got = append(got, i.Rule)
				if i.Severity == "error" && last.Valid {
					t.Errorf("valid in spite of %+v", i)
				}
			}
			for _, text := range row.Issues {
				rule, _, _ := strings.Cut(text, ":")
				rule, _, _ = strings.Cut(rule, " ")
				want = append(want, rule)
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q: %+v", got, want, last.Issues)
			}
		})
	}
}

func TestValidateFiles(t *testing.T) {
	const ack = "MSH|^~\\&|A|B|C|D|20260301101500||ACK^R01^ACK|1|P|2.6\rMSA|AA|7\r"
	cases := map[string]struct {
		content, as string
		format      string
		valid       bool
		messages    int
		rules       []string
	}{
		"one message":                      {ack, "", "hl7v2", true, 1, nil},
		"frames as they were recorded":     {"\x0b" + ack + "\x1c\r\x0b" + strings.Replace(ack, "|1|P", "|2|P", 1) + "\x1c\r", "", "hl7v2", true, 2, nil},
		"a batch whose count is wrong":     {"BHS|^~\\&|A\r" + ack + "BTS|2\r", "", "hl7v2", false, 1, []string{"batch-count"}},
		"a batch whose count is right":     {"FHS|^~\\&|A\rBHS|^~\\&|A\r" + ack + "BTS|1\rFTS|1\r", "", "hl7v2", true, 1, nil},
		"bytes of nothing known":           {"hello", "", "", false, 0, []string{"format"}},
		"bytes of nothing known, by force": {"hello", "hl7v2", "hl7v2", false, 0, []string{"structure"}},
		"records of an analyser":           {"H|\\^&\rP|1\rL|1|N\r", "", "astm", true, 1, nil},
		"a point-of-care device":           {`<HELLO.R01><HDR><HDR.control_id V="1"/><HDR.version_id V="POCT1"/><HDR.creation_dttm V="2026"/></HDR><DEV><DEV.serial_id V="S1"/></DEV></HELLO.R01>`, "", "astm", true, 1, nil},
		"line ends of a text editor":       {strings.ReplaceAll(ack, "\r", "\n"), "", "hl7v2", true, 1, []string{"writing"}},
		"a patient's name is never quoted": {"MSH|^~\\&|A|B|C|D|20260301||ADT^A01|1|P|2.5.1\rEVN|A01|SECRET\rPID|1||X^^^H||SECRET^SECRET||SECRET\rPV1|1|I\r", "", "hl7v2", false, 1, []string{"datatype", "datatype"}},
		"nothing":                          {"", "", "", false, 0, []string{"format"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "m")
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			found, err := Validate(context.Background(), ValidateRequest{Paths: []string{path}, As: c.as})
			if err != nil {
				t.Fatal(err)
			}
			got := found[0]
			var rules []string
			for _, i := range got.Issues {
				rules = append(rules, i.Rule)
				if strings.Contains(i.Text, "SECRET") || i.Bytes[0] > i.Bytes[1] || i.Bytes[1] > len(c.content) {
					t.Errorf("got %+v", i)
				}
			}
			if got.Format != c.format || got.Valid != c.valid || got.Messages != c.messages || !slices.Equal(rules, c.rules) {
				t.Errorf("got %+v, want %+v", got, c)
			}
		})
	}
}

func TestValidateGoesOnAfterAMissingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m")
	if err := os.WriteFile(path, []byte("H|\\^&\rL|1\r"), 0o600); err != nil {
		t.Fatal(err)
	}
	var told []string
	found, err := Validate(context.Background(), ValidateRequest{Paths: []string{path + "-not-there", path}, Problem: func(s string) { told = append(told, s) }})
	if !errors.Is(err, ErrSomeUnread) || len(found) != 1 || len(told) != 1 {
		t.Errorf("got %+v, %v, %q", found, err, told)
	}
	if _, err := Validate(context.Background(), ValidateRequest{As: "morse"}); err == nil {
		t.Error("an unknown format was taken")
	}
}

// A file in UTF-16 is checked like any other, and its findings name bytes of
// the file and not of what it was widened to.
func TestValidateUTF16(t *testing.T) {
	text := "MSH|^~\\&|A|B|C|D|20260301||ACK|1|P|2.6||||||UNICODE UTF-16\rMSA|OK|1\r"
	raw := []byte("\xff\xfe")
	for _, c := range []byte(text) {
		raw = append(raw, c, 0)
	}
	path := filepath.Join(t.TempDir(), "wide.hl7")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Validate(t.Context(), ValidateRequest{Paths: []string{path}})
	if err != nil || len(got) != 1 || got[0].Format != "hl7v2" || len(got[0].Issues) != 1 {
		t.Fatalf("got %+v, %v", got, err)
	}
	if at := got[0].Issues[0].Bytes; string(raw[at[0]:at[1]]) != "O\x00K\x00" {
		t.Errorf("got %+v, want the place of OK in the file", got[0].Issues[0])
	}
}
