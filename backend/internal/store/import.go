package store

import (
	"bytes"
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

// stagedRow is a person of an import whose row has not moved to the people yet.
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
// first, chunk by chunk, and come into force at once by one small statement.
func (s *Store) Import(ctx context.Context, people iter.Seq2[registry.Person, error]) error {
	return s.bring(ctx, people, &importing{store: s})
}

// ImportNoted is Import with the act of the operator who imports: both are there, or
// neither.
func (s *Store) ImportNoted(ctx context.Context, people iter.Seq2[registry.Person, error], e operator.Entry) error {
	return s.bring(ctx, people, &importing{store: s, act: &e})
}

// ReplaceNoted is ImportNoted, and removes everybody else. It returns
// *registry.UnconfirmedError, with nothing changed, where they are not as many as were
// confirmed: they are counted again where the registry changed since.
func (s *Store) ReplaceNoted(ctx context.Context, people iter.Seq2[registry.Person, error], confirmed int64, e operator.Entry) error {
	return s.bring(ctx, people, &importing{store: s, act: &e, replaces: true, confirmed: confirmed})
}

// bring stages an import and moves what is in force then to where it belongs. A fault
// of the moving is not the import's: readers see it whole, and a server's task moves the
// rest, as does who changes the registry next, or meets the same fault and tells it.
func (s *Store) bring(ctx context.Context, people iter.Seq2[registry.Person, error], in *importing) error {
	if err := s.stage(ctx, people, in); err != nil {
		return err
	}
	_ = s.Settle(context.WithoutCancel(ctx))
	return nil
}

// stage writes people beside the registry and brings them into force.
func (s *Store) stage(ctx context.Context, people iter.Seq2[registry.Person, error], in *importing) (err error) {
	if err := in.begin(ctx); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.unstage(context.WithoutCancel(ctx), in.id))
		}
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
	return in.enforce(ctx)
}

// unstage deletes what is staged of an import, unless that is in force. It waits for a
// commit that brings it into force: whoever asked for that may have been told that it
// failed while it was under way. An import that goes on all the same finds the registry
// changed, and counts its rows.
func (s *Store) unstage(ctx context.Context, id string) error {
	begun := false
	return s.piecemeal(ctx, func(tx *gorm.DB) (bool, error) {
		state, err := s.peopleState(s.locking(tx))
		if err != nil || state.ImportID == id {
			return true, err
		}
		if !begun {
			begun = true
			state.Version++
			if err := tx.Save(&state).Error; err != nil {
				return false, fmt.Errorf("write the registry's state: %w", err)
			}
		}
		last, more, err := piece(tx.Model(&stagedRow{}).Where("import_id = ?", id))
		if err != nil {
			return false, err
		}
		return !more, wrapped("clear staging", tx.Where("import_id = ? AND number_hash <= ?", id, last).Delete(&stagedRow{}).Error)
	})
}

// importing is an import under way.
type importing struct {
	store  *Store
	id     string
	key    []byte // that seals the registry
	index  string // names the key of the hashes
	staged int64
	chunk  []registry.Person
	bytes  int
	keeps  bool // its people keep their mobile numbers
	// act is noted with it, unless nil. Where it replaces, everybody else goes, who
	// have to be as many as were confirmed.
	act       *operator.Entry
	replaces  bool
	confirmed int64
	// lacking counts new people whose mobile number is not known.
	lacking int
}

// TidyImports moves what an import has in force, and deletes what those staged that were
// killed a day ago or earlier.
func (s *Store) TidyImports(ctx context.Context) error {
	if err := s.Settle(ctx); err != nil {
		return err
	}
	var stale []string
	err := s.db.WithContext(ctx).Model(&stagedRow{}).Distinct("import_id").
		Where("import_id < ?", fmt.Sprintf("%016x", micros(s.now().Add(-staleAfter)))).Pluck("import_id", &stale).Error
	if err != nil {
		return fmt.Errorf("read staging: %w", err)
	}
	for _, id := range stale {
		if err := s.unstage(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// begin names the import by its time, so that those of yesterday are seen, and
// clears what they left.
func (in *importing) begin(ctx context.Context) error {
	random := make([]byte, 8)
	if _, err := io.ReadFull(in.store.random, random); err != nil {
		return fmt.Errorf("read randomness: %w", err)
	}
	in.id, in.index = fmt.Sprintf("%016x-%x", micros(in.store.now()), random), in.store.indexKey()
	if err := in.store.TidyImports(ctx); err != nil {
		return err
	}
	return in.store.transact(ctx, func(tx *gorm.DB) (err error) {
		in.key, err = in.store.dataKey(tx, registrySubject)
		return err
	})
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
	db := in.store.db.WithContext(ctx)
	if err := in.keepMobiles(db); err != nil {
		return err
	}
	rows, err := in.seal()
	if err != nil {
		return err
	}
	clear(in.chunk) // portraits would stay
	in.chunk, in.bytes = in.chunk[:0], 0
	err = db.Create(&rows).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return registry.ErrTaken
	}
	return wrapped("stage people", err)
}

// seal makes the rows of the present chunk.
func (in *importing) seal() ([]stagedRow, error) {
	rows := make([]stagedRow, len(in.chunk))
	for i, p := range in.chunk {
		row, err := in.store.sealPerson(in.key, p)
		if err != nil {
			return nil, err
		}
		in.staged++
		rows[i] = stagedRow{
			ImportID: in.id, NumberHash: row.NumberHash, Place: in.staged, Sealed: row.Sealed, Portrait: row.Portrait, MobileHash: row.MobileHash,
		}
	}
	return rows, nil
}

// keepMobiles gives those of the chunk whose file has no mobile numbers what the
// registry has of them.
func (in *importing) keepMobiles(db *gorm.DB) error {
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
	err := db.Table(inForce).Select("number_hash", "sealed").Where("number_hash IN ?", slices.Collect(maps.Keys(at))).Find(&rows).Error
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
func (in *importing) renewMobiles(ctx context.Context) error {
	var lacking int64
	db := in.store.db.WithContext(ctx)
	err := db.Raw(`SELECT COUNT(*) FROM people_staging s WHERE s.import_id = ? AND s.mobile_hash <> ?
		AND NOT EXISTS (SELECT 1 FROM people p WHERE p.number_hash = s.number_hash)`, in.id, noMobile).Scan(&lacking).Error
	if err != nil {
		return fmt.Errorf("count people: %w", err)
	}
	for behind, more := "", true; more; {
		var rows []changedRow
		err := db.Raw(`SELECT s.number_hash, s.sealed, p.sealed AS known FROM people_staging s JOIN people p ON p.number_hash = s.number_hash
			WHERE s.import_id = ? AND s.mobile_hash <> p.mobile_hash AND s.number_hash > ? ORDER BY s.number_hash LIMIT ?`, in.id, behind, chunkRows).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("read people: %w", err)
		}
		err = in.store.transactLong(ctx, func(tx *gorm.DB) error {
			for _, row := range rows {
				lacks, err := in.renewMobile(tx, row)
				if err != nil {
					return err
				}
				if behind = row.NumberHash; lacks {
					lacking++
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		more = len(rows) == chunkRows
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

// errChanged is a registry that changed since the import was compared with it.
var errChanged = errors.New("the registry changed")

// comparisons is how often an import is compared with a registry that changes meanwhile.
const comparisons = 20

// enforce compares the import with the registry and brings it into force, and does so
// again where the registry changed in between: the comparing takes long, and nobody
// waits for it.
func (in *importing) enforce(ctx context.Context) error {
	for range comparisons {
		var compared int64
		err := in.store.settled(ctx, func(_ *gorm.DB, state *peopleStateRow) error {
			compared = state.Version
			return nil
		})
		if err != nil {
			return err
		}
		unfit := in.compare(ctx)
		err = in.store.changing(ctx, func(tx *gorm.DB, state *peopleStateRow) error {
			if state.Version != compared {
				return errChanged
			}
			if unfit != nil {
				return unfit
			}
			state.ImportID, state.Behind, state.Removing = in.id, state.Places, bit(in.replaces)
			state.Places, state.Staged = state.Places+in.staged, in.staged
			if in.act == nil {
				return nil
			}
			return in.store.addAct(tx, *in.act)
		})
		if !errors.Is(err, errChanged) {
			return err
		}
	}
	return registry.ErrOvertaken
}

// whole returns registry.ErrOvertaken unless every staged row is there and the keys are
// those by which they were made. Another node clears what is stale by its own clock, a
// sandbox is emptied, and the command makes hashes anew.
func (in *importing) whole(ctx context.Context) error {
	db := in.store.db.WithContext(ctx)
	var staged int64
	if err := db.Model(&stagedRow{}).Where("import_id = ?", in.id).Count(&staged).Error; err != nil {
		return fmt.Errorf("count staged people: %w", err)
	}
	var index indexKeyRow
	if err := db.Take(&index).Error; err != nil {
		return fmt.Errorf("read index key's name: %w", err)
	}
	key, err := in.store.existingDataKey(db, registrySubject)
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return fmt.Errorf("read data key: %w", err)
	}
	if staged != in.staged || index.ID != in.index || !bytes.Equal(key, in.key) {
		return registry.ErrOvertaken
	}
	return nil
}

// compare makes the staged rows fit the registry as it is, and counts whom they would
// remove. What it finds holds while the registry's version does.
func (in *importing) compare(ctx context.Context) error {
	if err := in.whole(ctx); err != nil {
		return err
	}
	if in.keeps {
		if err := in.renewMobiles(ctx); err != nil {
			return err
		}
	}
	if !in.replaces {
		return nil
	}
	var removed int64
	err := in.store.db.WithContext(ctx).Raw(`SELECT COUNT(*) FROM people p
		WHERE NOT EXISTS (SELECT 1 FROM people_staging s WHERE s.import_id = ? AND s.number_hash = p.number_hash)`, in.id).Scan(&removed).Error
	if err != nil {
		return fmt.Errorf("count people: %w", err)
	}
	if removed != in.confirmed {
		return &registry.UnconfirmedError{Count: removed}
	}
	return nil
}
