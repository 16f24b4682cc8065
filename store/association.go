package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
)

var _ asset.AssociationStore = (*DB)(nil)

const associationTable = "device_association"

// closedKeys is why a link can be neither kept nor shown.
const closedKeys = "to whom devices belong is kept sealed, and the keys are not at hand"

// Associate implements asset.AssociationStore.
func (s *DB) Associate(ctx context.Context, in bedrail.Scope, links, void []asset.Association, record asset.ImportRecord, entry audit.Entry) (done asset.Associated, err error) {
	if s.keys == nil {
		return done, bedrail.Errorf(bedrail.Unavailable, closedKeys)
	}
	now := record.At
	for _, a := range slices.Concat(links, void) {
		now = a.Told // all were told at once
	}
	err = s.update(ctx, func(tx *sql.Tx) error {
		done = asset.Associated{}
		for _, a := range void {
			if err := s.voidAssociation(ctx, tx, in.Tenant, a, now, &done); err != nil {
				return err
			}
		}
		for _, a := range links {
			if err := s.associate(ctx, tx, in.Tenant, a, now, &done); err != nil {
				return err
			}
		}
		if err := writeImportRecord(ctx, tx, in.Tenant, record); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
	if err == nil && done.Voided > 0 {
		err = s.flushTraces(ctx)
	}
	return done, err
}

// patientIndex is the keyed hash by which a patient's links are found.
func (s *DB) patientIndex(tenant string, p asset.Patient) ([]byte, error) {
	return s.keys.Index(tenant, "device.patient", p.Key())
}

// associate renews the link that the device has to this patient, or makes one.
func (s *DB) associate(ctx context.Context, tx *sql.Tx, tenant string, a asset.Association, now time.Time, done *asset.Associated) error {
	patient, err := s.patientIndex(tenant, a.Patient)
	if err != nil {
		return err
	}
	var had string
	var until int64
	err = tx.QueryRowContext(ctx, `SELECT id, until_at FROM device_association WHERE tenant = $1 AND `+deviceOrBecame+` AND patient = $3 AND (until_at IN (0, $4) OR until_at > $5)
		ORDER BY until_at LIMIT 1`, tenant, a.Device, patient, micros(a.Until), micros(now)).Scan(&had, &until)
	switch {
	case err == nil:
		lasted, ends := until == 0 || until > micros(now), !a.Until.IsZero() && !a.Until.After(now)
		if lasted && ends {
			done.Ended++
		} else {
			done.Renewed++
		}
		_, err = tx.ExecContext(ctx, `UPDATE device_association SET told_at = $1, source = $2, until_at = $3, `+remembers("$6")+` WHERE tenant = $4 AND id = $5`,
			micros(a.Told), a.Source, micros(a.Until), tenant, had, a.Import)
		return err
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	if a.Until.IsZero() || a.Until.After(now) { // nobody else has it any more
		res, err := tx.ExecContext(ctx, `UPDATE device_association SET until_at = $3, `+remembers("$4")+` WHERE tenant = $1 AND `+deviceOrBecame+` AND (until_at = 0 OR until_at > $3)`,
			tenant, a.Device, micros(now), a.Import)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		done.Ended += int(n)
	}
	done.New++
	return s.insertAssociation(ctx, tx, tenant, a, patient)
}

func (s *DB) insertAssociation(ctx context.Context, tx *sql.Tx, tenant string, a asset.Association, patient []byte) error {
	key, wrapped, err := s.keys.NewKey(tenant, a.ID)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO sealed_key (tenant, record, kek, wrapped) VALUES ($1, $2, $3, $4)`, tenant, a.ID, int64(wrapped.KEK), wrapped.Data); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO device_association (tenant, id, device, since_at, until_at, told_at, source, patient, sealed, import) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		tenant, a.ID, a.Device, micros(a.Since), micros(a.Until), micros(a.Told), a.Source, patient, key.Seal(associationTable, "patient", []byte(a.Patient)), a.Import)
	return err
}

// remembers is how a row is set that an import, which a parameter names,
// changes: with what it was before the first change of this import.
func remembers(by string) string {
	was := func(column, now string) string {
		return column + ` = CASE WHEN changed_by = ` + by + ` THEN ` + column + ` ELSE ` + now + ` END`
	}
	return was("until_was", "until_at") + `, ` + was("told_was", "told_at") + `, ` + was("source_was", "source") + `, changed_by = ` + by
}

// dissociate takes back what an import told: the links that it made are
// forgotten, and those that it changed are as they were. A link under legal
// hold is kept; it ends.
func dissociate(ctx context.Context, tx *sql.Tx, tenant, id string, now time.Time) error {
	made, err := strings1(ctx, tx, `SELECT id FROM device_association WHERE tenant = $1 AND import = $2 AND legal_hold = 0`, tenant, id)
	if err != nil {
		return err
	}
	if err := forgetAssociations(ctx, tx, tenant, made); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE device_association SET until_at = until_was, told_at = told_was, source = source_was, changed_by = '' WHERE tenant = $1 AND changed_by = $2`, tenant, id); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE device_association SET until_at = $3 WHERE tenant = $1 AND import = $2 AND (until_at = 0 OR until_at > $3)`, tenant, id, micros(now))
	return err
}

// ImportedLinks implements asset.AssociationStore.
func (s *DB) ImportedLinks(ctx context.Context, in bedrail.Scope, id string) (links asset.ImportedLinks, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		const told = `SELECT COALESCE(SUM(CASE WHEN changed_by = $2 OR legal_hold = 0 THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN import = $2 AND legal_hold = 1 THEN 1 ELSE 0 END), 0)
			FROM device_association WHERE tenant = $1 AND (import = $2 OR changed_by = $2)`
		if err := tx.QueryRowContext(ctx, told, in.Tenant, id).Scan(&links.Free, &links.Held); err != nil {
			return err
		}
		links.Devices, err = strings1(ctx, tx, `SELECT DISTINCT COALESCE(b.device, a.device) FROM device_association a
			LEFT JOIN device_became b ON b.tenant = a.tenant AND b.old = a.device WHERE a.tenant = $1 AND a.legal_hold = 1`, in.Tenant)
		return err
	})
	return links, err
}

// HoldAssociations implements asset.AssociationStore.
func (s *DB) HoldAssociations(ctx context.Context, in bedrail.Scope, device string, hold bool, entry audit.Entry) (n int, err error) {
	err = s.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE device_association SET legal_hold = $3 WHERE tenant = $1 AND `+deviceOrBecame, in.Tenant, device, number(hold))
		if err != nil {
			return err
		}
		held, err := res.RowsAffected()
		if n = int(held); err != nil || n == 0 {
			return err // nothing to write down
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
	return n, err
}

// voidAssociation forgets the links of a device to a patient, which were
// entered in error; those under legal hold end.
func (s *DB) voidAssociation(ctx context.Context, tx *sql.Tx, tenant string, a asset.Association, now time.Time, done *asset.Associated) error {
	patient, err := s.patientIndex(tenant, a.Patient)
	if err != nil {
		return err
	}
	ids, err := strings1(ctx, tx, `SELECT id FROM device_association WHERE tenant = $1 AND `+deviceOrBecame+` AND patient = $3 AND legal_hold = 0`, tenant, a.Device, patient)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE device_association SET until_at = $4, `+remembers("$5")+` WHERE tenant = $1 AND `+deviceOrBecame+` AND patient = $3 AND legal_hold = 1 AND (until_at = 0 OR until_at > $4)`,
		tenant, a.Device, patient, micros(now), a.Import); err != nil {
		return err
	}
	done.Voided += len(ids)
	return forgetAssociations(ctx, tx, tenant, ids)
}

// forgetAssociations removes links together with the keys that open them.
func forgetAssociations(ctx context.Context, tx *sql.Tx, tenant string, ids []string) error {
	for _, id := range ids {
		for _, text := range []string{`DELETE FROM sealed_key WHERE tenant = $1 AND record = $2`, `DELETE FROM device_association WHERE tenant = $1 AND id = $2`} {
			if _, err := tx.ExecContext(ctx, text, tenant, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// sweepAssociations forgets the links that no feed has told since oldest.
func (s *DB) sweepAssociations(ctx context.Context, tenant string, oldest int64) (total int64, err error) {
	for {
		var ids []string
		err := s.update(ctx, func(tx *sql.Tx) (err error) {
			if ids, err = strings1(ctx, tx, fmt.Sprintf(`SELECT id FROM device_association WHERE tenant = $1 AND told_at < $2 AND legal_hold = 0 LIMIT %d`, sweepChunk), tenant, oldest); err != nil {
				return err
			}
			return forgetAssociations(ctx, tx, tenant, ids)
		})
		total += int64(len(ids))
		if err != nil || len(ids) < sweepChunk {
			return total, err
		}
	}
}

// Associations implements asset.AssociationStore.
func (s *DB) Associations(ctx context.Context, in bedrail.Scope, device string) (all []asset.Association, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		all, err = s.associationsOf(ctx, tx, in.Tenant, device, false)
		return err
	})
	return all, err
}

// RevealAssociations implements asset.AssociationStore.
func (s *DB) RevealAssociations(ctx context.Context, in bedrail.Scope, device string, entry audit.Entry) (all []asset.Association, err error) {
	if s.keys == nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, closedKeys)
	}
	err = s.update(ctx, func(tx *sql.Tx) error { // nobody is shown without the entry
		if all, err = s.associationsOf(ctx, tx, in.Tenant, device, true); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

const associationColumns = `a.id, a.device, a.since_at, a.until_at, a.told_at, a.source, a.legal_hold, a.sealed, k.kek, k.wrapped`

func (s *DB) associationsOf(ctx context.Context, tx *sql.Tx, tenant, device string, open bool) ([]asset.Association, error) {
	out := []asset.Association{}
	return out, eachRow(ctx, tx, func(row scanner) error {
		a, err := s.scanAssociation(row, tenant, open)
		out = append(out, a)
		return err
	}, `SELECT `+associationColumns+` FROM device_association a LEFT JOIN sealed_key k ON k.tenant = a.tenant AND k.record = a.id
		WHERE a.tenant = $1 AND (a.device = $2 OR a.device IN (SELECT old FROM device_became WHERE device_became.tenant = $1 AND device_became.device = $2))
		ORDER BY CASE WHEN a.until_at = 0 THEN 0 ELSE 1 END, a.told_at DESC, a.id DESC`, tenant, device)
}

func (s *DB) scanAssociation(row scanner, tenant string, open bool) (a asset.Association, err error) {
	var since, until, told int64
	var held int
	var sealed, wrapped []byte
	var kek sql.NullInt64
	if err := row.Scan(&a.ID, &a.Device, &since, &until, &told, &a.Source, &held, &sealed, &kek, &wrapped); err != nil {
		return a, err
	}
	a.Held = held != 0
	a.Since, a.Until, a.Told = timeOf(since), timeOf(until), timeOf(told)
	if !open || !kek.Valid {
		return a, nil
	}
	key, err := s.keys.OpenKey(tenant, a.ID, sealWrapped(kek.Int64, wrapped))
	if err != nil {
		return a, err
	}
	plain, err := key.Open(associationTable, "patient", sealed)
	a.Patient = asset.Patient(plain)
	return a, err
}

// AssociatedWith implements asset.AssociationStore.
func (s *DB) AssociatedWith(ctx context.Context, in bedrail.Scope, p asset.Patient, entry audit.Entry) (all []asset.Association, err error) {
	if s.keys == nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, closedKeys)
	}
	patient, err := s.patientIndex(in.Tenant, p)
	if err != nil {
		return nil, err
	}
	w := deviceScope(in)
	w.and(`a.patient = ?`, patient)
	err = s.update(ctx, func(tx *sql.Tx) error {
		all = []asset.Association{}
		err := eachRow(ctx, tx, func(row scanner) error {
			a, err := s.scanAssociation(row, in.Tenant, false)
			all = append(all, a)
			return err
		}, `SELECT a.id, device.id, a.since_at, a.until_at, a.told_at, a.source, a.legal_hold, a.sealed, NULL, NULL
			FROM device_association a LEFT JOIN device_became b ON b.tenant = a.tenant AND b.old = a.device
			JOIN device ON device.tenant = a.tenant AND device.id = COALESCE(b.device, a.device)`+w.String()+` ORDER BY a.until_at, a.told_at DESC, a.id`, w.args...)
		if err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}
