package table

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// readXLSX reads the first visible sheet of a workbook (ECMA-376 part 1). A
// zip's directory stands at its end, so the file is held in memory, within
// its limit; its parts are inflated as a stream and never held whole.
func readXLSX(in io.Reader, lim Limits, each func(Row) error, bad func(int, string)) error {
	data, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return fmt.Errorf("the workbook is damaged: %w", err)
	}
	w := workbook{zip: z, lim: lim}
	sheet, err := w.firstSheet()
	if err != nil {
		return err
	}
	if err := w.readStrings(); err != nil {
		return err
	}
	return w.readSheet(sheet, each, bad)
}

type workbook struct {
	zip     *zip.Reader
	lim     Limits
	strings []string
}

func (w *workbook) open(name string) (io.ReadCloser, error) {
	for _, f := range w.zip.File {
		if strings.EqualFold(strings.TrimPrefix(f.Name, "/"), name) {
			part, err := f.Open()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			return struct {
				io.Reader
				io.Closer
			}{&capped{r: part, left: w.lim.Inflated, limit: w.lim.Inflated}, part}, nil
		}
	}
	return nil, fmt.Errorf("the workbook has no part %s", name)
}

// decode reads a small part; the parts read so hold names, not cells.
func (w *workbook) decode(name string, into any) error {
	part, err := w.open(name)
	if err != nil {
		return err
	}
	defer part.Close()
	if err := xml.NewDecoder(io.LimitReader(part, 4<<20)).Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (w *workbook) firstSheet() (string, error) {
	var book struct {
		Sheets []struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
			ID    string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := w.decode("xl/workbook.xml", &book); err != nil {
		return "", err
	}
	var rels struct {
		Items []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := w.decode("xl/_rels/workbook.xml.rels", &rels); err != nil {
		return "", err
	}
	for _, s := range book.Sheets {
		if s.State != "" && s.State != "visible" {
			continue
		}
		for _, r := range rels.Items {
			if r.ID != s.ID {
				continue
			}
			if target, ok := strings.CutPrefix(r.Target, "/"); ok {
				return target, nil
			}
			return path.Join("xl", r.Target), nil
		}
	}
	return "", errors.New("the workbook has no visible sheet")
}

// readStrings reads the table of shared strings, if there is one.
func (w *workbook) readStrings() error {
	part, err := w.open("xl/sharedStrings.xml")
	if err != nil {
		return nil // cells may hold their text inline
	}
	defer part.Close()
	dec := xml.NewDecoder(part)
	var text strings.Builder
	var total int64
	inText, phonetic := false, false
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("xl/sharedStrings.xml, byte %d: %w", dec.InputOffset(), err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "si":
				text.Reset()
			case "rPh":
				phonetic = true
			case "t":
				inText = !phonetic
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "si":
				w.strings = append(w.strings, text.String())
			case "rPh":
				phonetic = false
			case "t":
				inText = false
			}
		case xml.CharData:
			if total += int64(len(t)) + 16; total > w.lim.Strings {
				return fmt.Errorf("xl/sharedStrings.xml: more than %d MiB of text: %w", w.lim.Strings>>20, ErrTooLarge)
			}
			if inText && text.Len() < w.lim.Cell {
				text.Write(t)
			}
		}
	}
}

// A sheetReader walks one sheet's XML and hands out its rows.
type sheetReader struct {
	w      *workbook
	row    Row
	column int
	kind   string
	text   strings.Builder
	inText bool
	rows   int
}

func (w *workbook) readSheet(name string, each func(Row) error, bad func(int, string)) error {
	part, err := w.open(name)
	if err != nil {
		return err
	}
	defer part.Close()
	dec := xml.NewDecoder(part)
	s := sheetReader{w: w}
	for {
		tok, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s, row %d, byte %d: %w", name, s.row.Line, dec.InputOffset(), err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			s.start(t)
		case xml.CharData:
			if s.inText && s.text.Len() < w.lim.Cell {
				s.text.Write(t)
			}
		case xml.EndElement:
			if err := s.end(t.Name.Local, bad); err != nil {
				return err
			}
			if t.Name.Local != "row" || empty(s.row.Cells) {
				continue
			}
			if s.rows++; s.rows > w.lim.Rows {
				return fmt.Errorf("%s, row %d: more than %d rows: %w", name, s.row.Line, w.lim.Rows, ErrTooLarge)
			}
			if err := each(s.row); err != nil {
				return err
			}
		}
	}
}

func (s *sheetReader) start(t xml.StartElement) {
	switch t.Name.Local {
	case "row":
		line := s.row.Line + 1
		if n, err := strconv.Atoi(attr(t, "r")); err == nil && n > 0 {
			line = n
		}
		s.row, s.column = Row{Line: line}, -1
	case "c":
		s.column++
		if c := columnOf(attr(t, "r")); c >= 0 {
			s.column = c
		}
		s.kind = attr(t, "t")
		s.text.Reset()
	case "v", "t":
		s.inText = true
	}
}

func (s *sheetReader) end(name string, bad func(int, string)) error {
	switch name {
	case "v", "t":
		s.inText = false
	case "c":
		if s.column < 0 || s.column >= s.w.lim.Columns {
			return nil
		}
		text := s.text.String()
		if s.kind == "s" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 || n >= len(s.w.strings) {
				bad(s.row.Line, fmt.Sprintf("column %d names a shared string that is not there", s.column+1))
				return nil
			}
			text = s.w.strings[n]
		}
		for len(s.row.Cells) <= s.column {
			s.row.Cells = append(s.row.Cells, "")
		}
		s.row.Cells[s.column] = strings.TrimSpace(text)
	}
	return nil
}

func attr(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// columnOf returns the column of a reference such as "BC12", from 0, or -1.
func columnOf(ref string) int {
	n := 0
	for i := 0; i < len(ref) && i < 3; i++ {
		if ref[i] < 'A' || ref[i] > 'Z' {
			break
		}
		n = n*26 + int(ref[i]-'A') + 1
	}
	return n - 1
}
