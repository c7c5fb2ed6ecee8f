package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/registry"
)

// A chunk of an import is one transaction, short enough that nobody waits for
// it: at most chunkRows rows or about chunkBytes of portraits.
const (
	chunkRows  = 1000
	chunkBytes = 4 << 20
)

// stagedRow is a person of an import that is not in force yet.
type stagedRow struct {
	ImportID   string `gorm:"primaryKey"`
	NumberHash string `gorm:"primaryKey"`
	Place      int64
	Sealed     []byte
	Portrait   []byte
	MobileHash string
}

// staleAfter is when rows that an import left behind are nobody's.
const staleAfter = 24 * time.Hour

// TableName implements gorm's tabler.
func (stagedRow) TableName() string { return "people_staging" }

// Import implements registry.Store. The rows go to a table beside the registry
// first, chunk by chunk, and come into force by one statement at the end.
func (s *Store) Import(ctx context.Context, people iter.Seq2[registry.Person, error]) error {
	return s.stage(ctx, people, func(in *importing, tx *gorm.DB) error { return in.merge(tx) })
}

// ImportNoted is Import with the act of the operator who imports: both are there, or
// neither.
func (s *Store) ImportNoted(ctx context.Context, people iter.Seq2[registry.Person, error], e operator.Entry) error {
	return s.stage(ctx, people, func(in *importing, tx *gorm.DB) error {
		if err := in.merge(tx); err != nil {
			return err
		}
		return s.addAct(tx, e)
	})
}

// ReplaceNoted is ImportNoted, and removes everybody else. It returns
// *registry.UnconfirmedError, with nothing changed, where they are not as many as were
// confirmed: they are counted in the transaction that removes them.
func (s *Store) ReplaceNoted(ctx context.Context, people iter.Seq2[registry.Person, error], confirmed int64, e operator.Entry) error {
	return s.stage(ctx, people, func(in *importing, tx *gorm.DB) error {
		var removed int64
		others := "number_hash NOT IN (SELECT number_hash FROM people_staging WHERE import_id = ?)"
		if err := tx.Model(&personRow{}).Where(others, in.id).Count(&removed).Error; err != nil {
			return fmt.Errorf("count people: %w", err)
		}
		if removed != confirmed {
			return &registry.UnconfirmedError{Count: removed}
		}
		if err := tx.Where(others, in.id).Delete(&personRow{}).Error; err != nil {
			return fmt.Errorf("remove people: %w", err)
		}
		if err := in.merge(tx); err != nil {
			return err
		}
		return s.addAct(tx, e)
	})
}

// stage writes people beside the registry, and has finish bring them into force
// in one transaction.
func (s *Store) stage(ctx context.Context, people iter.Seq2[registry.Person, error], finish func(*importing, *gorm.DB) error) (err error) {
	in := &importing{store: s}
	if err := s.transact(ctx, in.begin); err != nil {
		return err
	}
	defer func() {
		cleared := s.db.WithContext(context.WithoutCancel(ctx)).Where("import_id = ?", in.id).Delete(&stagedRow{}).Error
		err = errors.Join(err, wrapped("clear staging", cleared))
	}()
	for p, err := range people {
		if err != nil {
			return err
		}
		if err := in.add(ctx, p); err != nil {
			return err
		}
	}
	if err := in.flush(ctx); err != nil {
		return err
	}
	if in.lacking > 0 {
		return &registry.NoMobileError{Count: in.lacking}
	}
	return s.transact(ctx, func(tx *gorm.DB) error {
		if err := s.lock(tx, "registry", "merge"); err != nil {
			return err
		}
		return finish(in, tx)
	})
}

// importing is an import under way.
type importing struct {
	store  *Store
	id     string
	key    []byte
	staged int64
	chunk  []registry.Person
	bytes  int
	keeps  bool // its people keep their mobile numbers
	// lacking counts new people whose mobile number is not known.
	lacking int
}

// begin names the import by its time, so that those of yesterday are seen, and
// clears what they left.
func (in *importing) begin(tx *gorm.DB) (err error) {
	random := make([]byte, 8)
	if _, err := io.ReadFull(in.store.random, random); err != nil {
		return fmt.Errorf("read randomness: %w", err)
	}
	now := in.store.now()
	in.id = fmt.Sprintf("%016x-%x", micros(now), random)
	stale := fmt.Sprintf("%016x", micros(now.Add(-staleAfter)))
	if err := tx.Where("import_id < ?", stale).Delete(&stagedRow{}).Error; err != nil {
		return fmt.Errorf("clear staging: %w", err)
	}
	in.key, err = in.store.dataKey(tx, registrySubject)
	return err
}

// add takes a person into the present chunk.
func (in *importing) add(ctx context.Context, p registry.Person) error {
	in.chunk = append(in.chunk, p)
	in.bytes += len(p.Portrait)
	if len(in.chunk) < chunkRows && in.bytes < chunkBytes {
		return nil
	}
	return in.flush(ctx)
}

// flush seals and writes the present chunk.
func (in *importing) flush(ctx context.Context) error {
	if len(in.chunk) == 0 {
		return nil
	}
	err := in.store.transact(ctx, in.write)
	clear(in.chunk) // portraits would stay
	in.chunk, in.bytes = in.chunk[:0], 0
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return registry.ErrTaken
	}
	return wrapped("stage people", err)
}

func (in *importing) write(tx *gorm.DB) error {
	if err := in.keepMobiles(tx); err != nil {
		return err
	}
	rows := make([]stagedRow, len(in.chunk))
	for i, p := range in.chunk {
		row, err := in.store.sealPerson(in.key, p)
		if err != nil {
			return err
		}
		in.staged++
		rows[i] = stagedRow{
			ImportID: in.id, NumberHash: row.NumberHash, Place: in.staged, Sealed: row.Sealed, Portrait: row.Portrait, MobileHash: row.MobileHash,
		}
	}
	return tx.Create(&rows).Error
}

// keepMobiles gives those of the chunk whose file has no mobile numbers what the
// registry has of them.
func (in *importing) keepMobiles(tx *gorm.DB) error {
	at := map[string]*registry.Person{}
	for i := range in.chunk {
		if p := &in.chunk[i]; p.KeepsMobile {
			at[in.store.hash("people", p.Identity.Key())] = p
		}
	}
	if len(at) == 0 {
		return nil
	}
	in.keeps = true
	var rows []personRow
	err := tx.Select("number_hash", "sealed").Where("number_hash IN ?", slices.Collect(maps.Keys(at))).Find(&rows).Error
	if err != nil {
		return fmt.Errorf("read people: %w", err)
	}
	for _, row := range rows {
		known, err := openPerson(in.key, row)
		if err != nil {
			return err
		}
		at[row.NumberHash].Identity.Mobile = known.Identity.Mobile
	}
	for _, p := range at {
		if p.Identity.CertificateType.Checkable() && p.Identity.Mobile.Empty() {
			in.lacking++
		}
	}
	return nil
}

// changedRow is a staged row whose person has another mobile number by now.
type changedRow struct {
	NumberHash string
	Sealed     []byte
	Known      []byte // the registry's
}

// renewMobiles gives those who keep their mobile number the one that the registry has
// now, which may have changed since they were staged. Who was removed since has none.
func (in *importing) renewMobiles(tx *gorm.DB) error {
	if !in.keeps {
		return nil
	}
	var lacking int64
	err := tx.Raw(`SELECT COUNT(*) FROM people_staging s WHERE s.import_id = ? AND s.mobile_hash <> ?
		AND NOT EXISTS (SELECT 1 FROM people p WHERE p.number_hash = s.number_hash)`, in.id, noMobile).Scan(&lacking).Error
	if err != nil {
		return fmt.Errorf("count people: %w", err)
	}
	for behind := ""; ; {
		var rows []changedRow
		err := tx.Raw(`SELECT s.number_hash, s.sealed, p.sealed AS known FROM people_staging s JOIN people p ON p.number_hash = s.number_hash
			WHERE s.import_id = ? AND s.mobile_hash <> p.mobile_hash AND s.number_hash > ? ORDER BY s.number_hash LIMIT ?`, in.id, behind, chunkRows).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("read people: %w", err)
		}
		for _, row := range rows {
			lacks, err := in.renewMobile(tx, row)
			if err != nil {
				return err
			}
			if behind = row.NumberHash; lacks {
				lacking++
			}
		}
		if len(rows) < chunkRows {
			break
		}
	}
	if lacking > 0 {
		return &registry.NoMobileError{Count: int(lacking)}
	}
	return nil
}

// renewMobile is renewMobiles for one of them; lacks says that there is none any more,
// and that it takes one.
func (in *importing) renewMobile(tx *gorm.DB, row changedRow) (lacks bool, err error) {
	p, err := openPerson(in.key, personRow{NumberHash: row.NumberHash, Sealed: row.Sealed})
	if err != nil {
		return false, err
	}
	known, err := openPerson(in.key, personRow{NumberHash: row.NumberHash, Sealed: row.Known})
	if err != nil {
		return false, err
	}
	p.Identity.Mobile = known.Identity.Mobile
	next, err := in.store.sealPerson(in.key, p)
	if err != nil {
		return false, err
	}
	err = tx.Model(&stagedRow{}).Where("import_id = ? AND number_hash = ?", in.id, row.NumberHash).
		Select("sealed", "mobile_hash").Updates(&stagedRow{Sealed: next.Sealed, MobileHash: next.MobileHash}).Error
	return p.Identity.CertificateType.Checkable() && p.Identity.Mobile.Empty(), wrapped("stage people", err)
}

// merge brings the staged rows into force, in the order of the index that it
// fills, which takes a fraction of the time.
func (in *importing) merge(tx *gorm.DB) error {
	if err := in.renewMobiles(tx); err != nil {
		return err
	}
	last, err := lastPlace(tx)
	if err != nil {
		return err
	}
	err = tx.Exec(`INSERT INTO people (number_hash, place, sealed, portrait, mobile_hash)
		SELECT number_hash, place + ?, sealed, portrait, mobile_hash FROM people_staging WHERE import_id = ? ORDER BY number_hash
		ON CONFLICT (number_hash) DO UPDATE
		SET sealed = excluded.sealed, mobile_hash = excluded.mobile_hash, portrait = COALESCE(excluded.portrait, people.portrait)`, last, in.id).Error
	return wrapped("import people", err)
}

// lastPlace is the place of the person who was imported last, 0 for nobody.
func lastPlace(tx *gorm.DB) (int64, error) {
	var last int64
	err := tx.Model(&personRow{}).Select("COALESCE(MAX(place), 0)").Scan(&last).Error
	return last, wrapped("count people", err)
}
