package lake

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/emmansun/gmsm/sm3"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
)

// Parts are sums of one import of a snapshot each, kept in files beside the claims so that a new month is all that has to be read
// when one came. An import's parts depend on its files and on which of its settlements the snapshot refunds, and are named by a
// digest of both: whatever changes either has them made anew, and nothing else does.

const (
	partsDir      = "parts"
	partsIndex    = "index.json"
	partsLock     = "parts.lock"
	partsVersion  = 1 // of the queries below; another version is another name
	partsNameSize = 16
)

// The kinds of parts.
const (
	partRefunds = "refunds" // what the import's refunds refund, and their cost
	partHits    = "hits"    // which of its settlements the snapshot refunds
	partCube    = "cube"    // sums by all that figures and pivots tell apart
	partPersons = "persons" // each person's cost and highest age
)

// partIndex lists the parts of a snapshot with their digests.
type partIndex struct {
	Version  int               `json:"version"`
	Snapshot string            `json:"snapshot"`
	Parts    map[string]string `json:"parts"` // SM3 by file name
}

// partSQL gives the query of a part over the relation claims, which must be the import's, and of cube and persons over hits.
func partSQL(what string) string {
	const kept = `
FROM (SELECT *, ` + inpatient + ` AS inpatient FROM claims WHERE ` + counts + ` AND setl_id NOT IN (SELECT setl_id FROM hits)) k
GROUP BY `
	switch what {
	case partRefunds:
		return "SELECT init_setl_id, medfee_sumamt FROM claims WHERE refd_setl_flag = 1"
	case partHits:
		return "SELECT DISTINCT setl_id FROM claims WHERE refd_setl_flag = 0 AND setl_id IN (SELECT init_setl_id FROM refunds WHERE init_setl_id IS NOT NULL)"
	case partCube:
		const keys = "city, insutype, SUBSTR(med_type, 1, 2), month, inpatient, offsite, setl_type, hosp_lv, hi_paymtd"
		return `SELECT city, insutype, SUBSTR(med_type, 1, 2) AS med_type, month, inpatient, offsite, setl_type, hosp_lv, hi_paymtd, COUNT(*) AS settlements,
  BIT_OR(1::UBIGINT << (hash(psn_no) % 64)) AS sketch,
  CAST(COALESCE(SUM(medfee_sumamt), 0) AS BIGINT) AS cost, CAST(COALESCE(SUM(inscp_scp_amt), 0) AS BIGINT) AS scope,
  CAST(COALESCE(SUM(fund_pay_sumamt), 0) AS BIGINT) AS fund, CAST(COALESCE(SUM(psn_part_amt), 0) AS BIGINT) AS person` + kept + keys
	}
	return "SELECT city, insutype, psn_no, CAST(COALESCE(SUM(medfee_sumamt), 0) AS BIGINT) AS cost, MAX(age) AS age" + kept + "city, insutype, psn_no"
}

// The questions of sql.go, asked of parts.
const (
	partTotalsSQL = `
SELECT city, insutype, inpatient, offsite, setl_type, hosp_lv, hi_paymtd, CAST(SUM(settlements) AS BIGINT) AS settlements,
  CAST(SUM(cost) AS BIGINT) AS cost, CAST(SUM(scope) AS BIGINT) AS scope, CAST(SUM(fund) AS BIGINT) AS fund
FROM cube
GROUP BY city, insutype, inpatient, offsite, setl_type, hosp_lv, hi_paymtd` + totalsOrder
	partEachPerson = `
    SELECT city, insutype, psn_no, CAST(SUM(cost) AS BIGINT) AS cost, MAX(age) AS age
    FROM persons
    GROUP BY city, insutype, psn_no`
	partRefundsSQL = `
SELECT COUNT(*) AS refunds,
  COUNT(*) FILTER (WHERE NOT found) AS elsewhere,
  CAST(COALESCE(SUM(medfee_sumamt) FILTER (WHERE NOT found), 0) AS BIGINT) AS elsewhere_cost
FROM (SELECT medfee_sumamt, init_setl_id IS NOT NULL AND init_setl_id IN (SELECT setl_id FROM hits) AS found FROM refunds) f`
)

// preparation is the making of a snapshot's parts.
type preparation struct {
	lake  *Lake
	conn  *sql.Conn
	dir   string
	s     Snapshot
	old   partIndex
	index partIndex
	tell  func(done, total int)
	done  int
	total int
}

// Prepare (预汇总) makes the parts of a year of one kind that are not there yet, after which Session.Factors and Session.Pivot
// answer from them. An import that came since the last time is all that is read, apart from the numbers of the settlements before
// it when it has refunds. tell is called after each step; it may be nil. A store with a key keeps no parts, since the engine could
// not encrypt them, and is left as it is; so are tables.
//
// 依据: YN-2.5
func (l *Lake) Prepare(ctx context.Context, year policy.Year, kind Kind, tell func(done, total int)) error {
	if !l.KeepsParts() {
		return nil
	}
	s, err := l.Session(ctx, year, kind)
	if err != nil {
		return err
	}
	defer s.Close() // nothing was written through it
	if prepared, err := s.fromParts(ctx); prepared || err != nil {
		return err
	}
	unlock, err := waitLock(ctx, l.path(partsLock))
	if err != nil {
		return l.failure(err, "lake.open", "dir", l.dir)
	}
	defer unlock()
	p := &preparation{lake: l, conn: s.conn, dir: l.partsDir(year, kind), s: s.Snapshot, tell: tell,
		index: partIndex{Version: partsVersion, Snapshot: s.ID, Parts: map[string]string{}}}
	p.total = 3 * len(s.Imports)
	err = p.run(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return l.failure(err, "lake.query")
}

// KeepsParts tells whether Prepare makes parts here: neither under a key nor beside tables.
func (l *Lake) KeepsParts() bool { return l.sealing == nil && l.options.DSN == "" }

func (l *Lake) partsDir(year policy.Year, kind Kind) string {
	return l.path(partsDir, strconv.Itoa(int(year))+"-"+string(kind))
}

func (p *preparation) run(ctx context.Context) error {
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return err
	}
	p.old, _ = readPartIndex(p.dir) // without one, all parts are made
	engine, err := p.one(ctx, "SELECT version()")
	if err != nil {
		return err
	}
	groups := p.s.byImport()
	for _, files := range groups {
		if err := p.part(ctx, partRefunds, p.name(engine, files), files); err != nil {
			return err
		}
		p.step()
	}
	if err := p.view(ctx, partRefunds, p.names(partRefunds)); err != nil {
		return err
	}
	refunds, err := p.one(ctx, "SELECT COALESCE(MD5(STRING_AGG(init_setl_id, ' ' ORDER BY init_setl_id)), '') FROM refunds")
	if err != nil {
		return err
	}
	for _, files := range groups {
		if err := p.sums(ctx, files, engine, refunds); err != nil {
			return err
		}
		if err := p.note(); err != nil {
			return err
		}
	}
	return p.save()
}

// note makes what is done so far last, beside what there was, so that an interrupted preparation goes on where it stopped.
func (p *preparation) note() error {
	so := partIndex{Version: partsVersion, Parts: maps.Clone(p.old.Parts)}
	if so.Parts == nil {
		so.Parts = map[string]string{}
	}
	maps.Copy(so.Parts, p.index.Parts)
	return so.write(p.dir)
}

func (i partIndex) write(dir string) error {
	content, err := json.MarshalIndent(i, "", " ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, partsIndex), content)
}

// sums makes an import's hits, and its sums without them.
func (p *preparation) sums(ctx context.Context, files []File, engine, refunds string) error {
	name := p.name(engine, files, refunds)
	if err := p.part(ctx, partHits, name, files); err != nil {
		return err
	}
	p.step()
	if err := p.view(ctx, partHits, []string{partHits + "-" + name}); err != nil {
		return err
	}
	hits, err := p.one(ctx, "SELECT COALESCE(MD5(STRING_AGG(setl_id, ' ' ORDER BY setl_id)), '') FROM hits")
	if err != nil {
		return err
	}
	for _, what := range []string{partCube, partPersons} {
		if err := p.part(ctx, what, p.name(engine, files, hits), files); err != nil {
			return err
		}
	}
	p.step()
	return nil
}

func (p *preparation) step() {
	if p.done++; p.tell != nil {
		p.tell(p.done, p.total)
	}
}

// name is the digest of what a part depends on.
func (p *preparation) name(engine string, files []File, more ...string) string {
	b := []byte(strconv.Itoa(partsVersion) + " " + engine)
	for _, f := range files {
		b = append(append(b, ' '), f.Digest...)
	}
	for _, text := range more {
		b = append(append(b, '\n'), text...)
	}
	sum := sm3.Sum(b)
	return hex.EncodeToString(sum[:partsNameSize]) + ".parquet"
}

// part makes a part unless it is there.
func (p *preparation) part(ctx context.Context, what, name string, files []File) error {
	name = what + "-" + name
	path := filepath.Join(p.dir, name)
	if old, ok := p.old.Parts[name]; ok && p.lake.soundPart(path, old) {
		p.index.Parts[name] = old
		return nil
	}
	relation, err := p.lake.relation(files)
	if err != nil {
		return err
	}
	if _, err := p.conn.ExecContext(ctx, "CREATE OR REPLACE TEMP VIEW claims AS "+relation); err != nil {
		return err
	}
	if _, err := p.conn.ExecContext(ctx, "COPY ("+partSQL(what)+") TO "+quoted(path)+" (FORMAT parquet, COMPRESSION zstd)"); err != nil {
		return err
	}
	digest, err := settle(path)
	p.index.Parts[name] = digest
	p.lake.sound.Store(path, digest)
	return err
}

// names gives the parts of a kind.
func (p *preparation) names(what string) []string { return p.index.names(what) }

func (i partIndex) names(what string) []string {
	var out []string
	for name := range i.Parts {
		if strings.HasPrefix(name, what+"-") {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func (p *preparation) view(ctx context.Context, what string, names []string) error {
	_, err := p.conn.ExecContext(ctx, partView(p.dir, what, names))
	return err
}

// partView makes the relation of parts of a kind.
func partView(dir, what string, names []string) string {
	paths := make([]string, len(names))
	for i, name := range names {
		paths[i] = quoted(filepath.Join(dir, name))
	}
	return "CREATE OR REPLACE TEMP VIEW " + what + " AS SELECT * FROM read_parquet([" + strings.Join(paths, ", ") + "], hive_partitioning = false)"
}

// one asks for one text.
func (p *preparation) one(ctx context.Context, text string) (string, error) {
	var out string
	err := p.conn.QueryRowContext(ctx, text).Scan(&out)
	return out, err
}

// save makes the parts those of the snapshot, and removes what is no part of it any more.
func (p *preparation) save() error {
	if err := p.index.write(p.dir); err != nil {
		return err
	}
	owned := map[string]bool{filepath.Join(p.dir, partsIndex): true}
	for name := range p.index.Parts {
		owned[filepath.Join(p.dir, name)] = true
	}
	return removeUnless(p.dir, owned)
}

func readPartIndex(dir string) (partIndex, error) {
	var i partIndex
	content, err := os.ReadFile(filepath.Join(dir, partsIndex))
	if err == nil {
		err = json.Unmarshal(content, &i)
	}
	if err == nil && i.Version != partsVersion {
		err = fault.New(fault.Refused, "lake.version", "version", i.Version, "known", partsVersion)
	}
	return i, err
}

// soundPart tells whether a part is what it was when it was made. Each is read once for that.
func (l *Lake) soundPart(path, digest string) bool {
	if known, ok := l.sound.Load(path); ok {
		return known == digest
	}
	got, err := digestOf(path)
	if err != nil || got != digest {
		return false
	}
	l.sound.Store(path, digest)
	return true
}

// useParts makes the relations of the snapshot's parts on a connection, if all are there and sound.
func (l *Lake) useParts(ctx context.Context, conn *sql.Conn, s Snapshot) (bool, error) {
	if l.sealing != nil {
		return false, nil
	}
	dir := l.partsDir(s.Year, s.Kind)
	index, err := readPartIndex(dir)
	if err != nil || index.Snapshot != s.ID {
		return false, nil // they are made, or made anew, when somebody prepares
	}
	for name, digest := range index.Parts {
		if !l.soundPart(filepath.Join(dir, name), digest) {
			return false, nil
		}
	}
	for _, what := range []string{partRefunds, partHits, partCube, partPersons} {
		if _, err := conn.ExecContext(ctx, partView(dir, what, index.names(what))); err != nil {
			return false, failed(ctx, err)
		}
	}
	return true, nil
}

// byImport groups a snapshot's files by the import that brought them, in the order of the imports.
func (s Snapshot) byImport() [][]File {
	groups := make([][]File, len(s.Imports))
	for _, f := range s.files {
		at := slices.Index(s.Imports, f.importID)
		groups[at] = append(groups[at], f)
	}
	return groups
}
