package knowledge

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"html/template"
	"io"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

//go:embed page.html
var pageText string

// seam is what stands between what is signed and its signature.
const seam = "\n<!-- bedrail evidence: everything above this line is signed -->\n"

// A Page is what an evidence page shows.
type Page struct {
	View
	Publisher string // the hospital
	By        string // who asked
	Made      time.Time
	Data      string // the view as JSON, for programs
}

// Write writes the evidence page of a view: one file that a browser shows and
// prints, that needs nothing from elsewhere, and whose signature covers all
// that it shows. sign may be nil; then the page says that it is not signed.
func Write(w io.Writer, v View, publisher, by string, made time.Time, sign func(string) (string, error)) error {
	t, err := template.New("evidence").Funcs(template.FuncMap{
		"time": func(t time.Time) string {
			if t.IsZero() {
				return "–"
			}
			return t.UTC().Format("2006-01-02 15:04:05 UTC")
		},
		"join": strings.Join,
	}).Parse(pageText)
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	var body bytes.Buffer
	if err := t.Execute(&body, Page{View: v, Publisher: publisher, By: by, Made: made, Data: string(data)}); err != nil {
		return err
	}
	sum := sha256.Sum256(body.Bytes())
	tail := "<section><h2>Signature</h2><p>Not signed: the key was not at hand.</p></section>\n</main></body></html>\n"
	if sign != nil {
		signed, err := sign(signedText(v, hex.EncodeToString(sum[:])))
		if err != nil {
			return err
		}
		if signed != "" {
			tail = "<section><h2>Signature</h2><pre>" + html.EscapeString(signed) + "</pre></section>\n</main></body></html>\n"
		}
	}
	_, err = io.WriteString(w, body.String()+seam+tail)
	return err
}

func signedText(v View, sum string) string {
	return fmt.Sprintf("bedrail evidence\nasked %s\nsha256 %s\n", strings.ReplaceAll(v.Asked, "\n", " "), sum)
}

// A Verdict is what checking a page came to.
type Verdict struct {
	Valid  bool   `json:"valid"`
	Asked  string `json:"asked,omitempty"`
	SHA256 string `json:"sha256"`
	Signer string `json:"signer,omitempty"`
	Reason string `json:"reason"`
}

// maxPage bounds a page that is checked.
const maxPage = 64 << 20

// Verify checks a page with nothing but a public key: whether all that it
// shows is what was signed.
func Verify(r io.Reader, known note.Verifiers) (Verdict, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxPage+1))
	if err != nil {
		return Verdict{}, err
	}
	if len(raw) > maxPage {
		return Verdict{}, fmt.Errorf("the page is larger than %d MiB", maxPage>>20)
	}
	shown, tail, found := strings.Cut(string(raw), seam)
	if !found {
		return Verdict{}, errors.New("this is no evidence page of Bedrail: the line before the signature is missing")
	}
	sum := sha256.Sum256([]byte(shown))
	v := Verdict{SHA256: hex.EncodeToString(sum[:])}
	_, rest, found := strings.Cut(tail, "<pre>")
	signed, end, closed := strings.Cut(rest, "</pre>")
	if !found || !closed {
		v.Reason = "the page is not signed"
		return v, nil
	}
	if strings.TrimSpace(end) != "</section>\n</main></body></html>" {
		v.Reason = "something was added after the signature"
		return v, nil
	}
	n, err := note.Open([]byte(html.UnescapeString(signed)), known)
	if err != nil {
		v.Reason = "the signature does not verify with this key: " + err.Error()
		return v, nil
	}
	v.Signer = n.Sigs[0].Name
	for line := range strings.SplitSeq(n.Text, "\n") {
		if asked, ok := strings.CutPrefix(line, "asked "); ok {
			v.Asked = asked
		}
	}
	v.Valid = strings.HasPrefix(n.Text, "bedrail evidence\n") && strings.HasSuffix(n.Text, "\nsha256 "+v.SHA256+"\n")
	v.Reason = "everything that the page shows is what was signed"
	if !v.Valid {
		v.Reason = "the page was altered after it was signed"
	}
	return v, nil
}
