package store

import (
	"archive/zip"
	"bufio"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bedrail"
	"bedrail/audit"
)

// A Manifest says what an export holds. It is signed like a checkpoint.
type Manifest struct {
	Format  int             `json:"format"`
	Made    time.Time       `json:"made"`
	Engine  string          `json:"engine"`
	Schema  int64           `json:"schema"`            // version of the migrations
	Keyring string          `json:"keyring,omitempty"` // whose keys open what is sealed
	Tables  []TableManifest `json:"tables"`
	Audit   []AuditManifest `json:"audit"`
	Bodies  []BodyManifest  `json:"bodies,omitempty"` // of messages too large for a row
}

// A TableManifest says what one table holds.
type TableManifest struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Rows    int64    `json:"rows"`
	SHA256  string   `json:"sha256"` // of the lines
}

// An AuditManifest says how far the audit record of a tenant went.
type AuditManifest struct {
	Tenant string `json:"tenant"`
	Size   int64  `json:"size"`
	Root   string `json:"root"`
}

const (
	exportFormat = 1
	manifestFile = "manifest"
)

// Export writes the whole store to w, as of one moment and the same for either
// engine: a zip of JSON lines, one file a table, and a manifest that sign
// signs. What is sealed stays sealed; no key is in it.
func (s *DB) Export(ctx context.Context, w io.Writer, seal *audit.Seal) (Manifest, error) {
	m := Manifest{Format: exportFormat, Made: s.clock.Now(), Engine: s.Engine(), Tables: []TableManifest{}, Audit: []AuditManifest{}}
	z := zip.NewWriter(w)
	err := s.view(ctx, func(tx *sql.Tx) (err error) {
		if m.Schema, err = schemaVersion(ctx, tx); err != nil {
			return err
		}
		tables, err := s.tables(ctx, tx)
		if err != nil {
			return err
		}
		for _, name := range tables {
			t, err := s.exportTable(ctx, tx, z, name)
			if err != nil {
				return fmt.Errorf("exporting table %s: %w", name, err)
			}
			m.Tables = append(m.Tables, t)
		}
		if m.Audit, err = auditManifest(ctx, tx); err != nil {
			return err
		}
		if m.Bodies, err = s.exportBodies(ctx, tx, z); err != nil {
			return err
		}
		err = tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'keyring'`).Scan(&m.Keyring)
		if errors.Is(err, sql.ErrNoRows) {
			err = nil
		}
		return err
	})
	if err != nil {
		return m, err
	}
	return m, errors.Join(writeManifest(z, m, seal), z.Close())
}

func schemaVersion(ctx context.Context, tx *sql.Tx) (v int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT MAX(version_id) FROM goose_db_version`).Scan(&v)
	return v, err
}

func auditManifest(ctx context.Context, tx *sql.Tx) ([]AuditManifest, error) {
	rows, err := tx.QueryContext(ctx, `SELECT tenant, size, root FROM audit_head ORDER BY tenant`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []AuditManifest{}
	for rows.Next() {
		var a AuditManifest
		var root []byte
		if err := rows.Scan(&a.Tenant, &a.Size, &root); err != nil {
			return nil, err
		}
		a.Root = base64.StdEncoding.EncodeToString(root)
		all = append(all, a)
	}
	return all, rows.Err()
}

func writeManifest(z *zip.Writer, m Manifest, seal *audit.Seal) error {
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	signed, err := seal.SignText(string(text) + "\n")
	if err != nil {
		return err
	}
	f, err := z.Create(manifestFile)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, signed)
	return err
}

// createTable finds the tables that a migration makes.
var createTable = regexp.MustCompile(`(?im)^\s*CREATE TABLE (?:IF NOT EXISTS )?"?(\w+)"?`)

// tables returns the tables of the store in the order in which the migrations
// make them, so that what others refer to comes first. Search indexes are left
// out: triggers fill them again.
func (s *DB) tables(ctx context.Context, tx *sql.Tx) ([]string, error) {
	there, err := s.tablesThere(ctx, tx)
	if err != nil {
		return nil, err
	}
	steps, err := fs.Glob(migrations, "migrate/"+s.dialect.String()+"/*.sql")
	if err != nil {
		return nil, err
	}
	var ordered []string
	for _, step := range steps { // Glob sorts
		text, err := fs.ReadFile(migrations, step)
		if err != nil {
			return nil, err
		}
		for _, found := range createTable.FindAllStringSubmatch(string(text), -1) {
			if name := found[1]; there[name] && !slices.Contains(ordered, name) {
				ordered = append(ordered, name)
			}
		}
	}
	if len(ordered) != len(there) {
		for _, name := range ordered {
			delete(there, name)
		}
		return nil, fmt.Errorf("the store has tables that no migration makes: %v", there)
	}
	return ordered, nil
}

func (s *DB) tablesThere(ctx context.Context, tx *sql.Tx) (map[string]bool, error) {
	text := `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'`
	if s.dialect == postgres {
		text = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'`
	}
	names, err := strings1(ctx, tx, text)
	there := make(map[string]bool, len(names))
	for _, n := range names {
		there[n] = n != "goose_db_version"
	}
	delete(there, "goose_db_version")
	return there, err
}

func (s *DB) columns(ctx context.Context, tx *sql.Tx, table string) ([]string, error) {
	text := `SELECT name FROM pragma_table_xinfo($1) WHERE hidden = 0 ORDER BY cid`
	if s.dialect == postgres {
		text = `SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema()
			AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position`
	}
	return strings1(ctx, tx, text, table)
}

// strings1 returns the one column that text selects.
func strings1(ctx context.Context, tx *sql.Tx, text string, args ...any) (all []string, err error) {
	rows, err := tx.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

func (s *DB) exportTable(ctx context.Context, tx *sql.Tx, z *zip.Writer, name string) (TableManifest, error) {
	t := TableManifest{Name: name}
	var err error
	if t.Columns, err = s.columns(ctx, tx, name); err != nil {
		return t, err
	}
	f, err := z.Create("tables/" + name + ".jsonl")
	if err != nil {
		return t, err
	}
	sum := sha256.New()
	out := bufio.NewWriterSize(io.MultiWriter(f, sum), 64<<10)
	rows, err := tx.QueryContext(ctx, `SELECT `+quoted(t.Columns)+` FROM "`+name+`"`)
	if err != nil {
		return t, err
	}
	defer rows.Close()
	values := make([]any, len(t.Columns))
	dest := make([]any, len(values))
	for i := range values {
		dest[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return t, err
		}
		line, err := exportRow(values)
		if err != nil {
			return t, err
		}
		if _, err := out.Write(line); err != nil {
			return t, err
		}
		t.Rows++
	}
	if err := errors.Join(rows.Err(), out.Flush()); err != nil {
		return t, err
	}
	t.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return t, nil
}

func quoted(columns []string) string { return `"` + strings.Join(columns, `", "`) + `"` }

// exportRow writes a row as a JSON array; bytes become {"b64": "..."}.
func exportRow(values []any) ([]byte, error) {
	out := make([]any, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case []byte:
			out[i] = map[string]string{"b64": base64.StdEncoding.EncodeToString(v)}
		case nil, string, int64, float64, bool:
			out[i] = v
		default:
			return nil, fmt.Errorf("column %d has a value of type %T", i, v)
		}
	}
	line, err := json.Marshal(out)
	return append(line, '\n'), err
}

// OpenManifest reads the manifest of an export and checks who signed it.
func OpenManifest(z *zip.Reader, known note.Verifiers) (Manifest, error) {
	var m Manifest
	text, err := fs.ReadFile(z, manifestFile)
	if err != nil {
		return m, bedrail.Errorf(bedrail.Invalid, "there is no manifest in it; it is not a whole backup: %w", err)
	}
	n, err := note.Open(text, known)
	if err != nil {
		return m, bedrail.Errorf(bedrail.Invalid, "its manifest is not signed by the audit key of this installation: %w", err)
	}
	if err := json.Unmarshal([]byte(n.Text), &m); err != nil || m.Format != exportFormat {
		return m, bedrail.Errorf(bedrail.Invalid, "its manifest has a form that this program does not know")
	}
	return m, nil
}

// Import opens an empty store at c and fills it from an export. It is the way
// from one engine to the other, and what restoring a backup does.
func Import(ctx context.Context, c Config, z *zip.Reader, m Manifest) error {
	s := &DB{clock: c.Clock, keys: c.Keys, bodies: c.bodies(), prepared: make(map[string]*statement)}
	if err := s.connect(c); err != nil {
		return err
	}
	defer func() { s.read.Close(); s.write.Close() }()
	p, err := s.provider()
	if err != nil {
		return err
	}
	if has, err := p.HasPending(ctx); err != nil || !has {
		return errors.Join(err, bedrail.Errorf(bedrail.Conflict, "there is a store already; a backup is restored only into an empty place"))
	}
	if _, err := p.UpTo(ctx, m.Schema); err != nil {
		return fmt.Errorf("making the schema of the backup: %w", err)
	}
	if err := s.importTables(ctx, z, m); err != nil {
		return s.dialect.kind(err)
	}
	if err := s.importBodies(z, m); err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

func (s *DB) importTables(ctx context.Context, z *zip.Reader, m Manifest) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, t := range m.Tables {
		if err := s.importTable(ctx, tx, z, t); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
	}
	return tx.Commit()
}

func (s *DB) importTable(ctx context.Context, tx *sql.Tx, z *zip.Reader, t TableManifest) error {
	known, err := s.columns(ctx, tx, t.Name)
	if err != nil {
		return err
	}
	if !slices.Equal(known, t.Columns) {
		return bedrail.Errorf(bedrail.Invalid, "its columns are %v and the backup has %v", known, t.Columns)
	}
	// What a step of the schema or a trigger put in is in the export as well.
	if _, err := tx.ExecContext(ctx, `DELETE FROM "`+t.Name+`"`); err != nil {
		return err
	}
	f, err := z.Open("tables/" + t.Name + ".jsonl")
	if err != nil {
		return bedrail.Errorf(bedrail.Invalid, "it is missing from the backup: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	d := json.NewDecoder(io.TeeReader(f, sum))
	d.UseNumber()
	rows := s.newInsert(`"`+t.Name+`" (`+quoted(t.Columns)+`)`, len(t.Columns), "")
	var n int64
	for ; ; n++ {
		var line []any
		if err := d.Decode(&line); err == io.EOF {
			break
		} else if err != nil {
			return bedrail.Errorf(bedrail.Invalid, "row %d cannot be read: %w", n+1, err)
		}
		values, err := importRow(line)
		if err != nil || len(values) != len(t.Columns) {
			return bedrail.Errorf(bedrail.Invalid, "row %d does not fit the table: %v", n+1, err)
		}
		rows.add(values...)
		if n%importChunk == importChunk-1 {
			if err := rows.run(ctx, tx); err != nil {
				return err
			}
		}
	}
	if _, err := io.Copy(sum, f); err != nil { // what the decoder left
		return err
	}
	if n != t.Rows || hex.EncodeToString(sum.Sum(nil)) != t.SHA256 {
		return bedrail.Errorf(bedrail.Invalid, "it holds %d rows that are not the %d that the manifest vouches for: the backup was damaged or altered", n, t.Rows)
	}
	return rows.run(ctx, tx)
}

const importChunk = 640

func importRow(line []any) ([]any, error) {
	for i, v := range line {
		switch v := v.(type) {
		case nil, string, bool:
		case json.Number:
			if n, err := v.Int64(); err == nil {
				line[i] = n
			} else if line[i], err = v.Float64(); err != nil {
				return nil, err
			}
		case map[string]any:
			text, _ := v["b64"].(string)
			data, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				return nil, err
			}
			line[i] = data
		default:
			return nil, fmt.Errorf("a value of type %T", v)
		}
	}
	return line, nil
}
