package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"bedrail"
	"bedrail/asset"
	"bedrail/format/query"
	"bedrail/traffic"
)

// Device implements asset.Store.
func (s *DB) Device(ctx context.Context, in bedrail.Scope, id string) (d asset.Device, err error) {
	w := deviceScope(in)
	w.and(`device.id = ?`, id)
	err = s.view(ctx, func(tx *sql.Tx) error {
		d, err = scanDevice(tx.QueryRowContext(ctx, `SELECT rev, doc FROM device`+deviceDoc+w.String(), w.args...))
		return orNotFound(err, "there is no device %s", id)
	})
	return d, err
}

// deviceDoc joins the evidence to a device.
const deviceDoc = ` JOIN device_doc ON device_doc.tenant = device.tenant AND device_doc.id = device.id`

// Exposure returns how many advisories touch a device.
func (s *DB) Exposure(ctx context.Context, in bedrail.Scope, id string) (x asset.Exposed, err error) {
	w := deviceScope(in)
	w.and(`device.id = ?`, id)
	err = s.view(ctx, func(tx *sql.Tx) error {
		x = asset.Exposed{}
		to, done := scanExposed(&x)
		err := tx.QueryRowContext(ctx, `SELECT `+exposedColumns+` FROM device`+w.String(), w.args...).Scan(to...)
		done()
		return orNotFound(err, "there is no device %s", id)
	})
	return x, err
}

const dayMicros = int64(24 * time.Hour / time.Microsecond)

// precision is how exactly a device's place is known, as asset.PrecisionOf has
// it.
func precision(now time.Time) string {
	stale := fmt.Sprint(micros(now) - dayMicros)
	return `CASE WHEN device.unit = '' AND device.bed = '' AND device.room = '' THEN 'unknown'
		WHEN device.located_at <> 0 AND device.located_at < ` + stale + ` THEN 'stale'
		WHEN device.bed <> '' THEN 'bed' ELSE 'unit' END`
}

// presence is how a device is present, as asset.StateOf has it.
func presence(now time.Time) string {
	at, fresh := fmt.Sprint(micros(now)), fmt.Sprint(micros(now.Add(-asset.NewFor)))
	return `CASE WHEN device.heard = 0 THEN 'listed' WHEN device.heard + device.gone_after < ` + at + ` THEN 'gone'
		WHEN device.heard + device.quiet_after < ` + at + ` THEN 'quiet' WHEN CASE WHEN device.seen_first > 0 THEN device.seen_first ELSE device.first_seen END > ` + fresh + ` THEN 'new' ELSE 'known' END`
}

// support is how the support of a device's system stands, as asset.Support.At
// has it.
func support(now time.Time) string {
	return fmt.Sprintf(`CASE WHEN device.support = '' THEN 'none' WHEN device.support = 'undecidable' OR device.support_ends = %d THEN device.support
		WHEN device.support_ends <= %d THEN 'over' WHEN device.support_ends <= %d THEN 'ending' ELSE 'supported' END`, int64(never), micros(now), micros(now.Add(asset.EndingWithin)))
}

const deviceExposure = `CASE WHEN device.affected > 0 THEN 'affected' WHEN device.undecidable > 0 THEN 'undecidable' ELSE 'none' END`

// deviceFields are what the list of devices can be filtered and sorted by.
func deviceFields(tenant string, now time.Time) fields {
	word := func(kind string) field {
		return listedField("device.id", `SELECT device_word.device FROM device_word WHERE device_word.tenant = ? AND device_word.kind = '`+kind+`'`,
			textField("device_word.value"), tenant)
	}
	return fields{
		"name": textField("device.name"), "class": wordField("device.class", append(asset.Classes(), "")...), "manufacturer": textField("device.manufacturer"), "model": textField("device.model"),
		"serial": textField("device.serial"), "version": textField("device.version"), "os": textField("device.os"), "site": textField("device.site"),
		"building": textField("device.building"), "floor": textField("device.floor"), "unit": textField("device.unit"), "room": textField("device.room"),
		"bed": textField("device.bed"), "location": wordField(precision(now), "bed", "unit", "stale", "unknown"),
		"ip": word("ip"), "mac": word("mac"), "host": word("host"), "tag": word("tag"), "protocol": word("protocol"), "role": word("role"),
		"posture": word("posture"), "state": wordField(presence(now), "new", "known", "quiet", "gone", "listed"), "attachment": textField("device.attachment"),
		"randomised": yesField("device.randomised > 0"), "weaknesses": numberField("device.weaknesses"), "heard": timeField("device.heard"),
		"use":      yesField(fmt.Sprintf(`EXISTS (SELECT 1 FROM device_use WHERE device_use.tenant = device.tenant AND device_use.device = device.id AND device_use.last_at > %d)`, micros(now.Add(-asset.InUseFor)))),
		"status":   wordField("device.status", "confirmed", "likely", "candidate", "conflict", "unknown"),
		"conflict": yesField("device.conflicts > 0"), "disagrees": word("disagrees"), "exposure": wordField(deviceExposure, "affected", "undecidable", "none"),
		"support": wordField(support(now), asset.SupportStates()...), "support_ends": timeField("device.support_ends"),
		"behind": textField("device.behind"), "first_seen": timeField("device.seen_first"), "last_seen": timeField("device.last_seen"),
		"known_since": timeField("device.first_seen"), "reported": timeField("device.reported"),
		"asset_tag": textField("device.asset_tag"), "id": textField("device.id"), "affected": numberField("device.affected"),
	}
}

// Devices implements asset.Store.
func (s *DB) Devices(ctx context.Context, in bedrail.Scope, req query.Request) (page query.Page[asset.Summary], err error) {
	now := s.clock.Now()
	w := deviceScope(in)
	at, asked := s.marks(), req.Filter.String()
	from, rest, match := s.dialect.search(&w, req.Filter)
	req.Filter = rest
	l := listing{columns: `device.id, device.rev, ` + exposedColumns, from: from, where: w,
		fields: deviceFields(in.Tenant, now), key: `device.id`, sort: []query.SortKey{{Field: "name"}}}
	var whole *order // of the whole list, which was not asked for and will be
	err = s.view(ctx, func(tx *sql.Tx) error {
		switch {
		case req.Cursor == "" && (asked != "" || req.Offset > 0 || !indexed(req.Sort)):
			page, err = s.devicePage(ctx, tx, in, l, asked, match, req, at, now)
		default:
			if req.Cursor == "" {
				o, err := l.order(req)
				if err != nil {
					return err
				}
				version, age := s.serves(at, byName(req.Sort))
				s.rankings.outdate(rankKey(in, "", o.name), version, age, time.Now())
				whole = &o
			}
			if asked == "" {
				var n int
				if n, err = s.countedDevices(ctx, tx, in, at); err != nil {
					return err
				}
				l.total = &n
			}
			page, err = listPage(ctx, tx, l, req, now, scanSummary)
		}
		if err != nil {
			return err
		}
		return summarise(ctx, tx, in.Tenant, page.Items, now)
	})
	if err == nil && whole == nil && s.sole && match != "" && byName(req.Sort) {
		o, _ := l.order(req) // the page was found by it
		whole = &o           // the next words are looked up in it
	}
	if err == nil && whole != nil && page.Total > longList {
		l.from, l.where = "device", deviceScope(in)
		s.rankAhead(in, l, *whole, byName(req.Sort), at, now)
	}
	return page, err
}

// indexed reports whether the whole list lies in this order in an index, so
// that its first page is found at once. For a place far down all before it
// would be walked past, at each page again.
func indexed(sort []query.SortKey) bool {
	return byName(sort) || len(sort) == 1 && sort[0].Field == "last_seen"
}

// byName reports whether a list stands in the order of names.
func byName(sort []query.SortKey) bool {
	return len(sort) == 0 || len(sort) == 1 && sort[0].Field == "name"
}

func scanSummary(row scanner) (asset.Summary, error) {
	var a asset.Summary
	to, done := scanExposed(&a.Exposure)
	err := row.Scan(append([]any{&a.ID, &a.Version}, to...)...)
	done()
	return a, err
}

// withoutEvidence reads past the evidence of a device, which no list shows and
// which is most of its document.
var withoutEvidence = jsonv2.WithUnmarshalers(jsonv2.UnmarshalFromFunc(func(d *jsontext.Decoder, _ *[]asset.Evidence) error { return d.SkipValue() }))

// summarise fills in the rows of a page from their documents. It is a second
// query so that sorting a long list does not carry all documents along.
func summarise(ctx context.Context, tx *sql.Tx, tenant string, items []asset.Summary, now time.Time) error {
	if len(items) == 0 {
		return nil
	}
	at := make(map[string]*asset.Summary, len(items))
	var w where
	w.and(`tenant = ?`, tenant)
	marks := make([]string, len(items))
	for i := range items {
		at[items[i].ID] = &items[i]
		marks[i] = w.arg(items[i].ID)
	}
	w.and(`id IN (` + strings.Join(marks, ", ") + `)`)
	return eachRow(ctx, tx, func(row scanner) error {
		var d asset.Device
		var doc []byte
		if err := row.Scan(&doc); err != nil {
			return err
		}
		if err := jsonv2.Unmarshal(doc, &d, withoutEvidence); err != nil {
			return fmt.Errorf("reading a device: %w", err)
		}
		one := at[d.ID]
		d.Version = one.Version
		*one = asset.SummaryOf(d, one.Exposure, now)
		return nil
	}, `SELECT doc FROM device_doc`+w.String(), w.args...)
}

// maxFacetValues is how many values of one field are told apart.
const maxFacetValues = 200

// DeviceFacets implements asset.Store.
func (s *DB) DeviceFacets(ctx context.Context, in bedrail.Scope, names []string, filter query.Filter) ([]asset.Facet, error) {
	now, at := s.clock.Now(), s.marks()
	known := deviceFields(in.Tenant, now)
	out := make([]asset.Facet, 0, len(names))
	err := s.view(ctx, func(tx *sql.Tx) error {
		out = out[:0]
		for _, name := range names {
			f, ok := known[name]
			if !ok || f.kind == timeKind || f.kind == numberKind {
				return bedrail.Errorf(bedrail.Invalid, "devices cannot be counted by %q", name)
			}
			w := deviceScope(in)
			from, rest, _ := s.dialect.search(&w, filter)
			if err := w.filter(rest, known, nil, now); err != nil {
				return err
			}
			key := rankKey(in, filter.String(), "facet "+name)
			version, age := s.serves(at, len(filter) == 0 && (name == "site" || name == "unit"))
			list, err := s.rankings.get(ctx, key, version, age, false, func() (list ranking, err error) {
				list.tally, err = countBy(ctx, tx, from, name, f, w)
				return list, err
			})
			if err != nil {
				return err
			}
			out = append(out, asset.Facet{Field: name, Values: slices.Clone(list.tally)})
		}
		return nil
	})
	return out, err
}

func countBy(ctx context.Context, tx *sql.Tx, from, name string, f field, w where) ([]asset.Tally, error) {
	expr := f.expr
	switch f.kind {
	case memberKind:
		from += ` JOIN device_word ON device_word.tenant = device.tenant AND device_word.device = device.id`
		w.and(`device_word.kind = ?`, name)
		expr = `device_word.value`
	case yesKind:
		expr = `CASE WHEN ` + f.expr + ` THEN 'yes' ELSE 'no' END`
	}
	tally := []asset.Tally{}
	err := eachRow(ctx, tx, func(row scanner) error {
		var t asset.Tally
		if err := row.Scan(&t.Value, &t.Count); err != nil {
			return err
		}
		tally = append(tally, t)
		return nil
	}, fmt.Sprintf(`SELECT value, COUNT(*) FROM (SELECT %s AS value FROM %s%s) AS v GROUP BY value ORDER BY 2 DESC, 1 LIMIT %d`, expr, from, w.String(), maxFacetValues),
		w.args...)
	return tally, err
}

// DeviceCounts implements asset.Store.
func (s *DB) DeviceCounts(ctx context.Context, in bedrail.Scope) (asset.Counts, error) {
	var c asset.Counts
	facets, err := s.DeviceFacets(ctx, in, []string{"class", "status", "location"}, nil)
	if err != nil {
		return c, err
	}
	c.ByClass, c.ByStatus = facets[0].Values, facets[1].Values
	for _, t := range facets[2].Values {
		c.Total += t.Count
		switch t.Value {
		case "bed":
			c.Location.Bed = t.Count
		case "unit":
			c.Location.Unit = t.Count
		case "stale":
			c.Location.Stale = t.Count
		default:
			c.Location.Unknown = t.Count
		}
	}
	return c, nil
}

// Models implements asset.Store.
func (s *DB) Models(ctx context.Context, in bedrail.Scope) ([]asset.ModelCount, error) {
	w := deviceScope(in)
	out := []asset.ModelCount{}
	err := s.view(ctx, func(tx *sql.Tx) error {
		out = out[:0]
		return eachRow(ctx, tx, func(row scanner) error {
			var m asset.ModelCount
			if err := row.Scan(&m.Manufacturer, &m.Model, &m.Version, &m.Class, &m.OperatingSystem, &m.Devices); err != nil {
				return err
			}
			out = append(out, m)
			return nil
		}, `SELECT manufacturer, model, version, class, os, COUNT(*) FROM device`+w.String()+` GROUP BY manufacturer, model, version, class, os ORDER BY 1, 2, 3, 4, 5`, w.args...)
	})
	return out, err
}

// EachDevice hands every device within in to each, in the order of their ids,
// a thousand at a time, so that no reader stays open while each works.
func (s *DB) EachDevice(ctx context.Context, in bedrail.Scope, each func(asset.Device) error) error {
	after := ""
	for {
		w := deviceScope(in)
		w.and(`device.id > ?`, after)
		var some []asset.Device
		err := s.view(ctx, func(tx *sql.Tx) error {
			some = some[:0]
			return eachRow(ctx, tx, func(row scanner) error {
				d, err := scanDevice(row)
				some = append(some, d)
				return err
			}, `SELECT rev, doc FROM device`+deviceDoc+w.String()+` ORDER BY device.id LIMIT 1000`, w.args...)
		})
		if err != nil || len(some) == 0 {
			return err
		}
		for _, d := range some {
			if err := each(d); err != nil {
				return err
			}
		}
		after = some[len(some)-1].ID
	}
}

// DeviceEvents implements asset.Store.
func (s *DB) DeviceEvents(ctx context.Context, in bedrail.Scope, id string) ([]asset.Event, error) {
	out := []asset.Event{}
	err := s.view(ctx, func(tx *sql.Tx) error {
		out = out[:0]
		return eachRow(ctx, tx, func(row scanner) error {
			e := asset.Event{Device: id}
			var at int64
			var args string
			if err := row.Scan(&at, &e.Kind, &e.Text, &e.By, &e.Code, &args); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(args), &e.Args); err != nil {
				return fmt.Errorf("reading what happened to a device: %w", err)
			}
			e.At = timeOf(at)
			out = append(out, e)
			return nil
		}, `SELECT at, kind, text, by_id, code, args FROM device_event WHERE tenant = $1 AND `+deviceOrBecame+` ORDER BY at DESC, kind LIMIT 500`, in.Tenant, id)
	})
	return out, err
}

// DeviceConversations implements asset.Store.
func (s *DB) DeviceConversations(ctx context.Context, in bedrail.Scope, id string, since time.Time) ([]asset.Talk, error) {
	d, err := s.Device(ctx, in, id)
	if err != nil {
		return nil, err
	}
	var out []asset.Talk
	err = s.view(ctx, func(tx *sql.Tx) error {
		out = []asset.Talk{}
		for _, side := range []string{"client", "server"} {
			if err := talks(ctx, tx, in.Tenant, d, side, since, &out); err != nil {
				return err
			}
		}
		return namePeers(ctx, tx, in, out)
	})
	slices.SortFunc(out, func(a, b asset.Talk) int {
		return cmp.Or(cmp.Compare(b.BytesUp+b.BytesDown, a.BytesUp+a.BytesDown), cmp.Compare(a.Peer.Address, b.Peer.Address), cmp.Compare(a.Port, b.Port))
	})
	return out, err
}

// talks reads the hours in which the device was on one side.
func talks(ctx context.Context, tx *sql.Tx, tenant string, d asset.Device, side string, since time.Time, out *[]asset.Talk) error {
	w, ok := sideOf(tenant, d, side, since)
	if !ok {
		return nil
	}
	peer, direction := "server", "out"
	if side == "server" {
		peer, direction = "client", "in"
	}
	old := strings.Replace(w.String(), "hour", "day", 1) // the same arguments serve both
	columns := `transport, port, protocol, encrypted, packets, bytes_up, bytes_down, first_at, last_at`
	from := `(SELECT ` + peer + `, ` + columns + ` FROM conversation` + w.String() + ` UNION ALL SELECT ` + peer + `, ` + columns + ` FROM conversation_day` + old + `) AS talk`
	return eachRow(ctx, tx, func(row scanner) error {
		t := asset.Talk{Direction: direction}
		var encrypted, first, last int64
		var up, down, packets int64
		if err := row.Scan(&t.Peer.Address, &t.Transport, &t.Port, &t.Protocol, &encrypted, &packets, &up, &down, &first, &last); err != nil {
			return err
		}
		t.Encrypted, t.Packets, t.BytesUp, t.BytesDown, t.First, t.Last = encrypted > 0, uint64(packets), uint64(up), uint64(down), timeOf(first), timeOf(last)
		*out = append(*out, t)
		return nil
	}, `SELECT `+peer+`, transport, port, MAX(protocol), MAX(encrypted), SUM(packets), SUM(bytes_up), SUM(bytes_down), MIN(first_at), MAX(last_at)
		FROM `+from+` GROUP BY `+peer+`, transport, port ORDER BY SUM(bytes_up) + SUM(bytes_down) DESC LIMIT 500`, w.args...)
}

// namePeers says which devices the peers are, as far as the asker may know
// them.
func namePeers(ctx context.Context, tx *sql.Tx, in bedrail.Scope, out []asset.Talk) error {
	names := map[string]asset.Peer{}
	for i := range out {
		address := out[i].Peer.Address
		p, known := names[address]
		if !known {
			p = asset.Peer{Address: address}
			w := deviceScope(in)
			w.and(`device.id IN (SELECT device_word.device FROM device_word WHERE device_word.tenant = device.tenant AND device_word.kind = 'ip' AND device_word.value = ?)`, address)
			err := tx.QueryRowContext(ctx, `SELECT device.id, device.name FROM device`+w.String()+` ORDER BY device.last_seen DESC LIMIT 1`, w.args...).Scan(&p.Device, &p.Name)
			if err != nil && err != sql.ErrNoRows {
				return err
			}
			names[address] = p
		}
		out[i].Peer = p
	}
	return nil
}

// CoverageSince sums what the sensors saw and missed since a time.
func (s *DB) CoverageSince(ctx context.Context, in bedrail.Scope, since time.Time) (total traffic.Coverage, sensors int, err error) {
	var w where
	w.scope(in, "tenant", "site", "")
	w.and(`until_at >= ?`, micros(since))
	err = s.view(ctx, func(tx *sql.Tx) error {
		var from, until, packets, bytes, dropped, evicted, truncated, malformed, missing int64
		const columns = `site, sensor, from_at, until_at, packets, bytes, dropped, evicted, truncated, malformed, missing`
		err := tx.QueryRowContext(ctx, `SELECT COALESCE(MIN(from_at), 0), COALESCE(MAX(until_at), 0), COALESCE(SUM(packets), 0), COALESCE(SUM(bytes), 0), COALESCE(SUM(dropped), 0),
			COALESCE(SUM(evicted), 0), COALESCE(SUM(truncated), 0), COALESCE(SUM(malformed), 0), COALESCE(SUM(missing), 0), COUNT(DISTINCT site || '/' || sensor)
			FROM (SELECT `+columns+` FROM coverage`+w.String()+` UNION ALL SELECT `+columns+` FROM coverage_day`+w.String()+`) AS seen`, w.args...).
			Scan(&from, &until, &packets, &bytes, &dropped, &evicted, &truncated, &malformed, &missing, &sensors)
		total = traffic.Coverage{From: timeOf(from), Until: timeOf(until), Packets: uint64(packets), Bytes: uint64(bytes), Dropped: uint64(dropped),
			Evicted: uint64(evicted), Truncated: uint64(truncated), Malformed: uint64(malformed), Missing: uint64(missing)}
		return err
	})
	return total, sensors, err
}
