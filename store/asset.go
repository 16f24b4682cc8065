package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/traffic"
)

var _ asset.Store = (*DB)(nil)

// AssetState implements asset.Store.
func (s *DB) AssetState(ctx context.Context, tenant string) (asset.State, error) {
	st := asset.State{Known: map[string]string{}, Devices: map[string]asset.Revision{}, Applied: map[string]asset.Position{}}
	err := s.view(ctx, func(tx *sql.Tx) error {
		for _, read := range []func(context.Context, *sql.Tx, string, *asset.State) error{readSightings, readLinks, readKeys, readRevisions, readApplied, readPlaces} {
			if err := read(ctx, tx, tenant, &st); err != nil {
				return err
			}
		}
		return nil
	})
	return st, err
}

// eachRow runs a query and hands each row to scan.
func eachRow(ctx context.Context, tx *sql.Tx, scan func(scanner) error, text string, args ...any) error {
	rows, err := tx.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func readSightings(ctx context.Context, tx *sql.Tx, tenant string, st *asset.State) error {
	return eachDoc(ctx, tx, "a sighting", func(one asset.Sighting) { st.Sightings = append(st.Sightings, one) },
		`SELECT doc FROM sighting WHERE tenant = $1 ORDER BY key`, tenant)
}

func readLinks(ctx context.Context, tx *sql.Tx, tenant string, st *asset.State) error {
	return eachDoc(ctx, tx, "a merge", func(l asset.Link) { st.Links = append(st.Links, l) }, `SELECT doc FROM device_link WHERE tenant = $1 ORDER BY id`, tenant)
}

func readKeys(ctx context.Context, tx *sql.Tx, tenant string, st *asset.State) error {
	return eachRow(ctx, tx, func(row scanner) error {
		var key, device string
		if err := row.Scan(&key, &device); err != nil {
			return err
		}
		st.Known[key] = device
		return nil
	}, `SELECT key, device FROM device_key WHERE tenant = $1`, tenant)
}

func readRevisions(ctx context.Context, tx *sql.Tx, tenant string, st *asset.State) error {
	return eachRow(ctx, tx, func(row scanner) error {
		d, err := scanDevice(row)
		if err != nil {
			return err
		}
		st.Devices[d.ID] = asset.Revision{Number: d.Version, Device: &d}
		return nil
	}, `SELECT rev, doc FROM device JOIN device_doc USING (tenant, id) WHERE tenant = $1`, tenant)
}

func readApplied(ctx context.Context, tx *sql.Tx, tenant string, st *asset.State) error {
	return eachRow(ctx, tx, func(row scanner) error {
		var p asset.Position
		var seq int64
		if err := row.Scan(&p.Stream, &seq, &p.Epoch); err != nil {
			return err
		}
		p.Seq = uint64(seq)
		st.Applied[p.Stream] = p
		return nil
	}, `SELECT stream, seq, epoch FROM applied WHERE tenant = $1`, tenant)
}

func scanDevice(row scanner) (asset.Device, error) {
	var d asset.Device
	var rev int64
	var doc []byte
	if err := row.Scan(&rev, &doc); err != nil {
		return d, err
	}
	if err := json.Unmarshal(doc, &d); err != nil {
		return d, fmt.Errorf("reading a device: %w", err)
	}
	d.Version = rev
	return d, nil
}

// ApplyAssets implements asset.Store.
func (s *DB) ApplyAssets(ctx context.Context, tenant string, d asset.Delta, entry *audit.Entry) (bool, error) {
	fresh, placed := false, false
	err := s.update(ctx, func(tx *sql.Tx) error {
		var err error
		if fresh, err = advance(ctx, tx, tenant, d.At); err != nil || !fresh {
			return err
		}
		if placed, err = s.placesAnew(ctx, tx, tenant, &d); err != nil {
			return err
		}
		for _, write := range []func(context.Context, *sql.Tx, string, *asset.Delta) error{
			s.writeSightings, s.writeDevices, removeDevices, writeLinks, s.writeBefore, s.writeEvents, s.writeConversations, s.writeUses, writeCoverage, s.writeStand, s.writePlaces, writeImport, writeOverheard} {
			if err := write(ctx, tx, tenant, &d); err != nil {
				return err
			}
		}
		if entry == nil {
			return nil
		}
		return s.appendEntry(ctx, tx, tenant, *entry)
	})
	if err == nil && fresh && len(d.Devices)+len(d.Gone) > 0 {
		s.devicesAt.Add(1)
	}
	if err == nil && fresh && placed {
		s.placedAt.Add(1)
	}
	if err == nil && d.Unimported != nil { // keys of links may be gone with it
		err = s.flushTraces(ctx)
	}
	return fresh && err == nil, err
}

// advance moves the marks of p forward: of the stream and, for what a remote
// sensor said, of the sensor's own numbering. It reports false when one of them
// is already past p.
func advance(ctx context.Context, tx *sql.Tx, tenant string, p asset.Position) (bool, error) {
	if p.Stream == "" {
		return true, nil
	}
	fresh, err := advanceOne(ctx, tx, tenant, p)
	if err != nil || !fresh || p.Sensor == "" {
		return fresh, err
	}
	return advanceOne(ctx, tx, tenant, p.OfSensor())
}

func advanceOne(ctx context.Context, tx *sql.Tx, tenant string, p asset.Position) (bool, error) {
	res, err := tx.ExecContext(ctx, `
		INSERT INTO applied (tenant, stream, seq, epoch) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant, stream) DO UPDATE SET seq = excluded.seq, epoch = excluded.epoch
		WHERE applied.epoch <> excluded.epoch OR applied.seq < excluded.seq`, tenant, p.Stream, int64(p.Seq), p.Epoch)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

func (s *DB) writeSightings(ctx context.Context, tx *sql.Tx, tenant string, d *asset.Delta) error {
	in := s.newInsert(`sighting (tenant, key, doc)`, 3, `ON CONFLICT (tenant, key) DO UPDATE SET doc = excluded.doc`)
	for i := range d.Sightings {
		doc, err := json.Marshal(&d.Sightings[i])
		if err != nil {
			return err
		}
		in.add(tenant, d.Sightings[i].Key.String(), string(doc))
	}
	if err := in.run(ctx, tx); err != nil {
		return err
	}
	for _, k := range d.Forgotten {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sighting WHERE tenant = $1 AND key = $2`, tenant, k.String()); err != nil {
			return err
		}
	}
	return nil
}

func (s *DB) writeDevices(ctx context.Context, tx *sql.Tx, tenant string, d *asset.Delta) error {
	rows := s.newInsert(`device (tenant, id, name, class, manufacturer, model, serial, version, os, status, site, building, floor, unit, room, bed,
		located_at, behind, asset_tag, conflicts, first_seen, last_seen, rev, search, number,
		heard, quiet_after, gone_after, attachment, weaknesses, randomised, seen_first, reported)`, 33, `ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, class = excluded.class, manufacturer = excluded.manufacturer,
		model = excluded.model, serial = excluded.serial, version = excluded.version, os = excluded.os, status = excluded.status, site = excluded.site,
		building = excluded.building, floor = excluded.floor, unit = excluded.unit, room = excluded.room, bed = excluded.bed,
		located_at = excluded.located_at, behind = excluded.behind, asset_tag = excluded.asset_tag, conflicts = excluded.conflicts,
		first_seen = excluded.first_seen, last_seen = excluded.last_seen, rev = excluded.rev, search = excluded.search,
		heard = excluded.heard, quiet_after = excluded.quiet_after, gone_after = excluded.gone_after, attachment = excluded.attachment,
		weaknesses = excluded.weaknesses, randomised = excluded.randomised, seen_first = excluded.seen_first, reported = excluded.reported`)
	docs := s.newInsert(`device_doc (tenant, id, doc)`, 3, `ON CONFLICT (tenant, id) DO UPDATE SET doc = excluded.doc`)
	words := s.newInsert(`device_word (tenant, kind, value, device)`, 4, `ON CONFLICT DO NOTHING`)
	keys := s.newInsert(`device_key (tenant, key, device)`, 3, `ON CONFLICT (tenant, key) DO UPDATE SET device = excluded.device`)
	seen := map[string]bool{} // a key belongs to one device; PostgreSQL takes a row once in a statement
	for i := range d.Devices {
		k := &d.Devices[i]
		doc, err := json.Marshal(k.Device)
		if err != nil {
			return err
		}
		l := k.Location
		rows.add(tenant, k.ID, k.Name(), k.Class.Known(), k.Manufacturer.Known(), k.Model.Known(), k.SerialNumber.Known(), k.SoftwareVersion.Known(),
			k.OperatingSystem.Known(), string(overall(k.Device)), l.Site, l.Building, l.Floor, l.Unit, l.Room, l.Bed, micros(l.Seen), k.Behind, k.AssetTag,
			len(k.Conflicts), micros(cmp.Or(k.KnownSince, k.FirstSeen)), micros(k.LastSeen), k.Version, searchText(k.Device), searchNumber(tenant, k.ID),
			micros(k.Rhythm.Heard), k.Rhythm.QuietAfter().Microseconds(), k.Rhythm.GoneAfter().Microseconds(), k.Attachment.Known(), len(k.Posture), number(k.Randomised),
			micros(k.FirstSeen), micros(k.Reported()))
		docs.add(tenant, k.ID, string(doc))
		if k.Version > 1 { // a new one has no words yet
			if _, err := tx.ExecContext(ctx, `DELETE FROM device_word WHERE tenant = $1 AND device = $2`, tenant, k.ID); err != nil {
				return err
			}
		}
		addWords(words, tenant, k.Device)
		for _, key := range k.Keys {
			if !seen[key] {
				seen[key] = true
				keys.add(tenant, key, k.ID)
			}
		}
	}
	for _, in := range []*insert{rows, docs, words, keys} {
		if err := in.run(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// fewDevices is how many are heard of at once in everyday traffic.
const fewDevices = 500

// placesAnew reports whether the delta may change who is on the list of a site
// or unit, or the order of their names. Most say only that a device was heard
// again. It is asked before they are written.
func (s *DB) placesAnew(ctx context.Context, tx *sql.Tx, tenant string, d *asset.Delta) (bool, error) {
	if len(d.Devices)+len(d.Gone) == 0 {
		return false, nil
	}
	if !s.sole || len(d.Gone) > 0 || len(d.Devices) > fewDevices {
		return true, nil
	}
	type place struct{ name, site, unit string }
	now := make(map[string]place, len(d.Devices))
	var w where
	w.and(`tenant = ?`, tenant)
	marks := make([]string, len(d.Devices))
	for i := range d.Devices {
		k := &d.Devices[i]
		now[k.ID] = place{k.Name(), k.Location.Site, k.Location.Unit}
		marks[i] = w.arg(k.ID)
	}
	w.and(`id IN (` + strings.Join(marks, ", ") + `)`)
	err := eachRow(ctx, tx, func(row scanner) error {
		var id string
		var was place
		if err := row.Scan(&id, &was.name, &was.site, &was.unit); err != nil {
			return err
		}
		if now[id] == was {
			delete(now, id)
		}
		return nil
	}, `SELECT id, COALESCE(name, ''), COALESCE(site, ''), COALESCE(unit, '') FROM device`+w.String(), w.args...)
	return len(now) > 0, err
}

// overall is how far it is known what the device is.
func overall(d asset.Device) asset.Status {
	if d.Model.Status != asset.Unknown && d.Model.Status != "" {
		return d.Model.Status
	}
	if d.Manufacturer.Status != "" {
		return d.Manufacturer.Status
	}
	return asset.Unknown
}

func addWords(in *insert, tenant string, d asset.Device) {
	add := func(kind, value string) { in.add(tenant, kind, value, d.ID) }
	for _, ip := range d.Addresses {
		add("ip", ip.String())
	}
	for _, m := range d.MACs {
		add("mac", string(m))
	}
	for _, h := range d.Hostnames {
		add("host", h)
	}
	for _, t := range d.Tags {
		add("tag", t)
	}
	for _, p := range d.Protocols {
		add("protocol", p)
	}
	for _, r := range d.Roles {
		add("role", r)
	}
	for _, w := range d.Posture {
		add("posture", string(w.Code))
	}
	for _, c := range d.Conflicts {
		add("disagrees", string(c.Attribute))
	}
}

func removeDevices(ctx context.Context, tx *sql.Tx, tenant string, d *asset.Delta) error {
	for _, id := range d.Gone {
		for _, text := range []string{`DELETE FROM device WHERE tenant = $1 AND id = $2`, `DELETE FROM device_doc WHERE tenant = $1 AND id = $2`,
			`DELETE FROM device_word WHERE tenant = $1 AND device = $2`,
			`DELETE FROM device_key WHERE tenant = $1 AND device = $2`} {
			if _, err := tx.ExecContext(ctx, text, tenant, id); err != nil {
				return err
			}
		}
	}
	return writeBecame(ctx, tx, tenant, d)
}

// writeBecame keeps which device one that is no more has become part of, and
// forgets it of one that is there again. What had become the one that is gone
// follows it.
func writeBecame(ctx context.Context, tx *sql.Tx, tenant string, d *asset.Delta) error {
	for _, old := range slices.Sorted(maps.Keys(d.Became)) {
		for _, text := range []string{
			`INSERT INTO device_became (tenant, old, device) VALUES ($1, $2, $3) ON CONFLICT (tenant, old) DO UPDATE SET device = excluded.device`,
			`UPDATE device_became SET device = $3 WHERE tenant = $1 AND device = $2`} {
			if _, err := tx.ExecContext(ctx, text, tenant, old, d.Became[old]); err != nil {
				return err
			}
		}
	}
	var some bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM device_became WHERE tenant = $1)`, tenant).Scan(&some); err != nil || !some {
		return err
	}
	for i := range d.Devices {
		if d.Devices[i].Version > 1 {
			continue // it was there before
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM device_became WHERE tenant = $1 AND old = $2`, tenant, d.Devices[i].ID); err != nil {
			return err
		}
	}
	return nil
}

func writeLinks(ctx context.Context, tx *sql.Tx, tenant string, d *asset.Delta) error {
	for _, l := range d.Links {
		doc, err := json.Marshal(l)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO device_link (tenant, id, doc) VALUES ($1, $2, $3)
			ON CONFLICT (tenant, id) DO UPDATE SET doc = excluded.doc`, tenant, l.ID, string(doc)); err != nil {
			return err
		}
	}
	return nil
}

func (s *DB) writeBefore(ctx context.Context, tx *sql.Tx, tenant string, d *asset.Delta) error {
	in := s.newInsert(`device_batch (tenant, batch, device, doc)`, 4, `ON CONFLICT (tenant, batch, device) DO NOTHING`)
	for i := range d.Before {
		doc, err := json.Marshal(&d.Before[i])
		if err != nil {
			return err
		}
		in.add(tenant, d.Batch, d.Before[i].Device, string(doc))
	}
	return in.run(ctx, tx)
}

// BulkBefore implements asset.Store.
func (s *DB) BulkBefore(ctx context.Context, in bedrail.Scope, batch string) ([]asset.BulkBefore, error) {
	w := deviceScope(in)
	w.and(`b.batch = ?`, batch)
	out := []asset.BulkBefore{}
	err := s.view(ctx, func(tx *sql.Tx) error {
		out = out[:0]
		err := eachRow(ctx, tx, func(row scanner) error {
			var doc []byte
			var one asset.BulkBefore
			if err := row.Scan(&doc); err != nil {
				return err
			}
			if err := json.Unmarshal(doc, &one); err != nil {
				return fmt.Errorf("reading what a device was: %w", err)
			}
			out = append(out, one)
			return nil
		}, `SELECT b.doc FROM device_batch b JOIN device ON device.tenant = b.tenant AND device.id = b.device`+w.String()+` ORDER BY b.device`, w.args...)
		if err == nil && len(out) == 0 {
			return bedrail.Errorf(bedrail.NotFound, "there is no change %s that could be undone", batch)
		}
		return err
	})
	return out, err
}

// BulksOf implements asset.Store.
func (s *DB) BulksOf(ctx context.Context, in bedrail.Scope, device string) ([]asset.BulkPart, error) {
	w := deviceScope(in)
	w.and(`b.device = ?`, device)
	out := []asset.BulkPart{}
	err := s.view(ctx, func(tx *sql.Tx) error {
		out = out[:0]
		return eachRow(ctx, tx, func(row scanner) error {
			var doc []byte
			var one asset.BulkPart
			if err := row.Scan(&one.ID, &doc); err != nil {
				return err
			}
			if err := json.Unmarshal(doc, &one.Before); err != nil {
				return fmt.Errorf("reading what a device was: %w", err)
			}
			out = append(out, one)
			return nil
		}, `SELECT b.batch, b.doc FROM device_batch b JOIN device ON device.tenant = b.tenant AND device.id = b.device`+w.String()+` ORDER BY b.batch DESC LIMIT 200`, w.args...)
	})
	return out, err
}

func (s *DB) writeEvents(ctx context.Context, tx *sql.Tx, tenant string, d *asset.Delta) error {
	in := s.newInsert(`device_event (tenant, device, at, kind, text, by_id, code, args)`, 8, `ON CONFLICT DO NOTHING`)
	for _, e := range d.Events {
		args, err := json.Marshal(e.Args)
		if err != nil {
			return err
		}
		in.add(tenant, e.Device, micros(e.At), e.Kind, e.Text, e.By, e.Code, string(args))
	}
	return in.run(ctx, tx)
}

// rollKey names an hourly row.
type rollKey struct {
	hour                                 int64
	site, client, server, transport, mac string
	port                                 uint16
}

// writeConversations adds the minutes to their hours. Minutes of one row are
// summed first: PostgreSQL takes a row once in a statement.
func (s *DB) writeConversations(ctx context.Context, tx *sql.Tx, tenant string, d *asset.Delta) error {
	sums := map[rollKey]*traffic.Conversation{}
	last := map[rollKey]time.Time{}
	var order []rollKey
	for i := range d.Conversations {
		c := d.Conversations[i]
		k := rollKey{c.Minute.Truncate(time.Hour).UnixMicro(), c.Site, c.Client.String(), c.Server.String(), c.Transport, string(c.ClientMAC) + string(c.ServerMAC), c.Port}
		last[k] = c.Minute.Add(time.Minute)
		if sum := sums[k]; sum != nil {
			sum.Packets, sum.BytesUp, sum.BytesDown, sum.Encrypted = sum.Packets+c.Packets, sum.BytesUp+c.BytesUp, sum.BytesDown+c.BytesDown, sum.Encrypted || c.Encrypted
			if c.Protocol != "" {
				sum.Protocol = c.Protocol
			}
			continue
		}
		sums[k] = &c
		order = append(order, k)
	}
	in := s.newInsert(`conversation (tenant, hour, site, client, server, transport, port, client_mac, server_mac, vlan, protocol, encrypted, packets,
		bytes_up, bytes_down, first_at, last_at)`, 17, `ON CONFLICT (tenant, hour, site, client, server, transport, port, client_mac, server_mac) DO UPDATE SET
		protocol = CASE WHEN excluded.protocol = '' THEN conversation.protocol ELSE excluded.protocol END,
		encrypted = CASE WHEN excluded.encrypted > conversation.encrypted THEN excluded.encrypted ELSE conversation.encrypted END,
		packets = conversation.packets + excluded.packets, bytes_up = conversation.bytes_up + excluded.bytes_up,
		bytes_down = conversation.bytes_down + excluded.bytes_down,
		first_at = CASE WHEN excluded.first_at < conversation.first_at THEN excluded.first_at ELSE conversation.first_at END,
		last_at = CASE WHEN excluded.last_at > conversation.last_at THEN excluded.last_at ELSE conversation.last_at END`)
	for _, k := range order {
		c := sums[k]
		in.add(tenant, k.hour, c.Site, k.client, k.server, c.Transport, int64(c.Port), string(c.ClientMAC), string(c.ServerMAC), int64(c.VLAN), c.Protocol,
			number(c.Encrypted), int64(c.Packets), int64(c.BytesUp), int64(c.BytesDown), micros(c.Minute), micros(last[k]))
	}
	return in.run(ctx, tx)
}

func writeCoverage(ctx context.Context, tx *sql.Tx, tenant string, d *asset.Delta) error {
	c := d.Coverage
	if c == nil {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO coverage (tenant, site, sensor, from_at, until_at, packets, bytes, dropped, evicted, truncated, malformed, missing)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (tenant, site, sensor, from_at) DO UPDATE SET until_at = excluded.until_at, packets = coverage.packets + excluded.packets,
		bytes = coverage.bytes + excluded.bytes, dropped = coverage.dropped + excluded.dropped, evicted = coverage.evicted + excluded.evicted,
		truncated = coverage.truncated + excluded.truncated, malformed = coverage.malformed + excluded.malformed,
		missing = coverage.missing + excluded.missing`,
		tenant, d.Site, d.Sensor, micros(c.From), micros(c.Until), int64(c.Packets), int64(c.Bytes), int64(c.Dropped), int64(c.Evicted), int64(c.Truncated),
		int64(c.Malformed), int64(c.Missing))
	return err
}

// SaveExposures keeps with each device how many advisories touch it, so that
// lists can show it and filter by it. Devices that are not named keep theirs.
func (s *DB) SaveExposures(ctx context.Context, tenant string, counts map[string]asset.Exposed) error {
	defer s.devicesAt.Add(1)
	return s.update(ctx, func(tx *sql.Tx) error {
		for id, x := range counts {
			if _, err := tx.ExecContext(ctx, `UPDATE device SET affected = $1, undecidable = $2, highest = $3, support = $4, support_ends = $5, support_of = $6 WHERE tenant = $7 AND id = $8`,
				x.Affected, x.Undecidable, x.Highest, string(x.Support.State), supportEnds(x.Support), x.Support.Of, tenant, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// never stands where no end of support is known: it sorts behind all days.
const never = 253402214400000000 // 9999-12-31, in microseconds

func supportEnds(s asset.Support) int64 {
	day, err := time.Parse(time.DateOnly, s.Ends)
	if err != nil {
		return never
	}
	return micros(day)
}

// exposedColumns are what SaveExposures keeps, as scanExposed reads them.
const exposedColumns = `device.affected, device.undecidable, device.highest, device.support, device.support_ends, device.support_of`

// scanExposed returns where to read exposedColumns to, and what then makes x of them.
func scanExposed(x *asset.Exposed) (to []any, done func()) {
	var state string
	var ends int64
	return []any{&x.Affected, &x.Undecidable, &x.Highest, &state, &ends, &x.Support.Of}, func() {
		x.Support.State = asset.SupportState(state)
		if ends < never {
			x.Support.Ends = timeOf(ends).Format(time.DateOnly)
		}
	}
}

// deviceScope admits the devices within in.
func deviceScope(in bedrail.Scope) where {
	var w where
	w.scope(in, "device.tenant", "device.site", "device.unit")
	return w
}
