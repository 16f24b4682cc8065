package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/query"
	"bedrail/sbom"
)

var _ sbom.Store = (*DB)(nil)

// SaveBill implements sbom.Store.
func (s *DB) SaveBill(ctx context.Context, in bedrail.Scope, b sbom.Bill, entry audit.Entry) (fresh bool, err error) {
	components, err := packComponents(b.Components)
	if err != nil {
		return false, err
	}
	head := b
	head.Components = nil
	doc, err := json.Marshal(head)
	if err != nil {
		return false, err
	}
	err = s.update(ctx, func(tx *sql.Tx) error {
		fresh = false
		var known, digest string
		err := tx.QueryRowContext(ctx, `SELECT id, digest FROM bill WHERE tenant = $1 AND lower(manufacturer) = lower($2) AND lower(model) = lower($3) AND lower(version) = lower($4)`,
			in.Tenant, b.Model.Manufacturer, b.Model.Model, b.Model.Version).Scan(&known, &digest)
		if err == nil && known == b.ID {
			return nil
		}
		if err != nil && err != sql.ErrNoRows {
			return err
		}
		if err := replaceBill(ctx, tx, in.Tenant, known, digest, b, string(doc), components); err != nil {
			return err
		}
		fresh = true
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
	return fresh, err
}

// replaceBill puts b in place of the model's bill named old, and drops its
// content when no other bill needs it.
func replaceBill(ctx context.Context, tx *sql.Tx, tenant, old, oldDigest string, b sbom.Bill, doc string, components []byte) error {
	if old != "" {
		if _, err := tx.ExecContext(ctx, `DELETE FROM bill WHERE tenant = $1 AND id = $2`, tenant, old); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO bill (tenant, id, manufacturer, model, version, name, digest, format, components, score, imported_at, doc)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		tenant, b.ID, b.Model.Manufacturer, b.Model.Model, b.Model.Version, b.Name, b.Digest, b.Format, len(b.Components), b.Quality.Score, micros(b.ImportedAt), doc)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO bill_content (tenant, digest, components) VALUES ($1, $2, $3) ON CONFLICT (tenant, digest) DO NOTHING`,
		tenant, b.Digest, components)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		DELETE FROM bill_content WHERE tenant = $1 AND digest = $2
			AND NOT EXISTS (SELECT 1 FROM bill WHERE bill.tenant = bill_content.tenant AND bill.digest = bill_content.digest)`, tenant, oldDigest)
	return err
}

func packComponents(components []sbom.Component) ([]byte, error) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if err := json.NewEncoder(z).Encode(components); err != nil {
		return nil, err
	}
	err := z.Close()
	return packed.Bytes(), err
}

func unpackComponents(packed []byte) (components []sbom.Component, err error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	err = json.NewDecoder(z).Decode(&components)
	return components, err
}

const billColumns = `bill.doc, bill_content.components`

const billTables = ` FROM bill JOIN bill_content ON bill_content.tenant = bill.tenant AND bill_content.digest = bill.digest`

func scanBill(row scanner) (b sbom.Bill, err error) {
	var doc string
	var packed []byte
	if err := row.Scan(&doc, &packed); err != nil {
		return b, err
	}
	if err := json.Unmarshal([]byte(doc), &b); err != nil {
		return b, fmt.Errorf("reading a bill: %w", err)
	}
	b.Components, err = unpackComponents(packed)
	return b, err
}

// Bill implements sbom.Store.
func (s *DB) Bill(ctx context.Context, in bedrail.Scope, id string) (b sbom.Bill, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		b, err = scanBill(tx.QueryRowContext(ctx, `SELECT `+billColumns+billTables+` WHERE bill.tenant = $1 AND bill.id = $2`, in.Tenant, id))
		if errors.Is(err, sql.ErrNoRows) {
			b, err = scanPastBill(tx.QueryRowContext(ctx, `SELECT `+pastBills+` WHERE o.tenant = $1 AND o.id = $2 ORDER BY o.known_at DESC LIMIT 1`, in.Tenant, id))
		}
		return orNotFound(err, "there is no bill %s", id)
	})
	return b, err
}

// pastBills are bills that another replaced; what was in them may be in use by
// another bill still.
const pastBills = `o.doc, COALESCE(c.components, p.components), o.gone_at FROM bill_past o
	LEFT JOIN bill_content c ON c.tenant = o.tenant AND c.digest = o.digest
	LEFT JOIN bill_content_past p ON p.tenant = o.tenant AND p.digest = o.digest`

func scanPastBill(row scanner) (b sbom.Bill, err error) {
	var doc string
	var packed []byte
	var gone int64
	if err := row.Scan(&doc, &packed, &gone); err != nil {
		return b, err
	}
	if err := json.Unmarshal([]byte(doc), &b); err != nil {
		return b, fmt.Errorf("reading a bill: %w", err)
	}
	b.ReplacedAt = timeOf(gone)
	b.Components, err = unpackComponents(packed)
	return b, err
}

// BillHistory implements sbom.Store.
func (s *DB) BillHistory(ctx context.Context, in bedrail.Scope, manufacturer, model string, fn func(sbom.Bill) error) error {
	return s.view(ctx, func(tx *sql.Tx) error {
		err := eachRow(ctx, tx, func(row scanner) error {
			b, err := scanPastBill(row)
			if err != nil {
				return err
			}
			return fn(b)
		}, `SELECT `+pastBills+` WHERE o.tenant = $1 AND lower(o.manufacturer) = lower($2) AND lower(o.model) = lower($3) ORDER BY o.known_at`, in.Tenant, manufacturer, model)
		if err != nil {
			return err
		}
		return eachRow(ctx, tx, func(row scanner) error {
			b, err := scanBill(row)
			if err != nil {
				return err
			}
			return fn(b)
		}, `SELECT `+billColumns+billTables+` WHERE bill.tenant = $1 AND lower(bill.manufacturer) = lower($2) AND lower(bill.model) = lower($3) ORDER BY bill.imported_at`, in.Tenant, manufacturer, model)
	})
}

// Bills implements sbom.Store.
func (s *DB) Bills(ctx context.Context, in bedrail.Scope, req query.Request) (page query.Page[sbom.Summary], err error) {
	l := listing{columns: `doc, components`, from: `bill`, key: `id`, sort: query.ParseSort("manufacturer,model,version"),
		fields: fields{
			"manufacturer": textField(`manufacturer`),
			"model":        textField(`model`),
			"version":      textField(`version`),
			"format":       textField(`format`),
			"name":         textField(`name`),
			"components":   numberField(`components`),
			"quality":      numberField(`score`),
			"imported":     timeField(`imported_at`),
		},
		free: []string{`name`, `manufacturer`, `model`}}
	l.where.and(`tenant = ?`, in.Tenant)
	err = s.view(ctx, func(tx *sql.Tx) error {
		page, err = listPage(ctx, tx, l, req, s.clock.Now(), scanBillSummary)
		return err
	})
	return page, err
}

func scanBillSummary(row scanner) (sbom.Summary, error) {
	var doc string
	var b sbom.Bill
	var components int
	if err := row.Scan(&doc, &components); err != nil {
		return sbom.Summary{}, err
	}
	err := json.Unmarshal([]byte(doc), &b)
	return sbom.Summary{
		ID: b.ID, Name: b.Name, Model: b.Model, Format: b.Format, SpecVersion: b.SpecVersion, Components: components, Digest: b.Digest,
		ImportedAt: b.ImportedAt.Format(time.RFC3339Nano), Quality: b.Quality, Warnings: b.Warnings,
	}, err
}

// EachBill calls fn for every bill with its components.
func (s *DB) EachBill(ctx context.Context, in bedrail.Scope, fn func(sbom.Bill) error) error {
	return s.view(ctx, func(tx *sql.Tx) error {
		return eachRow(ctx, tx, func(row scanner) error {
			b, err := scanBill(row)
			if err != nil {
				return err
			}
			return fn(b)
		}, `SELECT `+billColumns+billTables+` WHERE bill.tenant = $1 ORDER BY bill.id`, in.Tenant)
	})
}
