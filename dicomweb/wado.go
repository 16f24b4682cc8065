package dicomweb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"strings"

	"bedrail/format/dicom"
)

const (
	mostMetadata = 2000     // instances in one answer of metadata
	mostHead     = 16 << 20 // of an instance before its pixels
	inlineValue  = 4 << 10  // larger binary values are named by their address
)

// elsewhere names the values that metadata leaves out: pixels, waveforms and
// whatever is large. With an empty base they have no address.
func elsewhere(base string) func(dicom.Field, dicom.VR) string {
	return func(f dicom.Field, v dicom.VR) string {
		large := f.End()-f.Start() > inlineValue
		binary := slices.Contains([]dicom.VR{dicom.OB, dicom.OW, dicom.OD, dicom.OF, dicom.OL, dicom.OV, dicom.UN}, v)
		if f.Tag == dicom.PixelData || large && binary {
			return base + fmt.Sprintf("/bulk/%08X", uint32(f.Tag))
		}
		return ""
	}
}

// of is the search for what stands at a place.
func of(p place) query {
	q := query{level: "instances"}
	for tag, uid := range map[dicom.Tag]string{studyInstance: p.study, seriesInstance: p.series, dicom.SOPInstanceUID: p.instance} {
		if uid != "" {
			q.matches = append(q.matches, match{tag, uid})
		}
	}
	return q
}

// gather are the instances at a place, or a failure when there is none, or
// more than most.
func (t *turn) gather(ctx context.Context, p place, most int) ([]found, error) {
	if err := t.may(t.client.read, "retrieve"); err != nil {
		return nil, err
	}
	var all []found
	more, err := t.each(ctx, of(p), func(f found) bool {
		all = append(all, f)
		return len(all) <= most
	})
	if err != nil {
		return nil, err
	}
	if more {
		return nil, no(http.StatusRequestEntityTooLarge, "more than %d instances are there; ask for each series or instance", most)
	}
	if len(all) == 0 {
		return nil, no(http.StatusNotFound, "there is no such instance")
	}
	slices.SortFunc(all, func(a, b found) int {
		return strings.Compare(a.place.series+" "+a.place.instance, b.place.series+" "+b.place.instance)
	})
	shown := map[string][]string{}
	for _, f := range all {
		shown[f.channel] = append(shown[f.channel], f.message)
	}
	return all, t.disclose(ctx, shown)
}

// metadata answers with the attributes of instances (PS3.18 10.4.1.1.2).
func (t *turn) metadata(p place) error {
	ctx := t.r.Context()
	all, err := t.gather(ctx, p, mostMetadata)
	if err != nil {
		return err
	}
	out := make([]dicom.Set, 0, len(all))
	for _, f := range all {
		m, err := t.config.Env.Shelf.Head(ctx, f.channel, f.message, mostHead)
		if err != nil {
			return err
		}
		d, err := dicom.Parse(m.Body, dicom.Limits{})
		if err != nil || d.Set == nil {
			return fmt.Errorf("an instance that was read once cannot be read again: %w", err)
		}
		set, err := d.Set.ExportBut(elsewhere(t.address(f.place)))
		if err != nil {
			return no(http.StatusConflict, "an instance holds text outside of its character set; retrieve it as it is")
		}
		out = append(out, set)
	}
	return t.write(http.StatusOK, out)
}

// retrieve answers with the instances as they came (PS3.18 10.4.1.1.1): never
// converted.
func (t *turn) retrieve(p place) error {
	if accept := t.r.Header.Get("Accept"); accept != "" && !strings.Contains(accept, mediaDICOM) && !strings.Contains(accept, "*/*") || strings.Contains(accept, mediaJSON) {
		return no(http.StatusNotAcceptable, "instances are given as %s only", mediaDICOM)
	}
	ctx := t.r.Context()
	all, err := t.gather(ctx, p, mostMetadata)
	if err != nil {
		return err
	}
	w := multipart.NewWriter(t.w)
	t.w.Header().Set("Content-Type", fmt.Sprintf(`multipart/related; type="%s"; boundary=%s`, mediaDICOM, w.Boundary()))
	for _, f := range all {
		if err := t.part(ctx, w, f); err != nil {
			t.lobby.Failed("a retrieval broke off: " + err.Error())
			panic(http.ErrAbortHandler) // the other side must not take it for whole
		}
	}
	return w.Close()
}

func (t *turn) part(ctx context.Context, w *multipart.Writer, f found) error {
	body, err := t.config.Env.Shelf.Stream(ctx, f.channel, f.message)
	if err != nil {
		return err
	}
	part, err := w.CreatePart(textproto.MIMEHeader{"Content-Type": {mediaDICOM}})
	if err == nil {
		_, err = io.Copy(part, body)
	}
	return errors.Join(err, body.Close())
}
