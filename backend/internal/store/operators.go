package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"realname.example/backend/internal/operator"
)

var _ operator.Store = (*Store)(nil)

type operatorRow struct {
	Name      string `gorm:"primaryKey"`
	Roles     string
	Account   string
	MadeAt    int64
	RemovedAt int64
	Handle    []byte
}

func (operatorRow) TableName() string { return "operators" }

type enrolmentRow struct {
	TokenHash string `gorm:"primaryKey"`
	Name      string
	ExpiresAt int64
}

func (enrolmentRow) TableName() string { return "operator_enrolments" }

type passkeyRow struct {
	ID         string `gorm:"primaryKey"`
	Name       string
	MadeAt     int64
	UsedAt     int64
	Credential []byte
}

func (passkeyRow) TableName() string { return "operator_passkeys" }

type operatorKeyRow struct {
	TokenHash string `gorm:"primaryKey"`
	Name      string
	Roles     string
	MadeAt    int64
	ExpiresAt int64
}

func (operatorKeyRow) TableName() string { return "operator_keys" }

type operatorSessionRow struct {
	TokenHash string `gorm:"primaryKey"`
	Name      string
	MadeAt    int64
	SeenAt    int64
}

func (operatorSessionRow) TableName() string { return "operator_sessions" }

type ceremonyRow struct {
	ID        string `gorm:"primaryKey"`
	Half      []byte
	ExpiresAt int64
}

func (ceremonyRow) TableName() string { return "operator_ceremonies" }

// AddOperator implements operator.Store.
func (s *Store) AddOperator(ctx context.Context, o operator.Operator, first operator.Enrolment, e operator.Entry) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		row := operatorRow{Name: o.Name, Roles: spaced(o.Roles), Account: o.Account, MadeAt: micros(o.MadeAt), Handle: o.Handle}
		made := tx.Clauses(doNothing).Create(&row)
		if made.Error != nil {
			return fmt.Errorf("insert operator: %w", made.Error)
		}
		if made.RowsAffected == 0 {
			return operator.ErrNameUsed
		}
		return s.addOf(tx, o.Name, enrolmentRow{first.Hash, first.Name, micros(first.ExpiresAt)}, e)
	})
}

// addOf inserts what belongs to an operator who is not removed, with its entry.
// The operator's row is locked, so that a removal beside it is first or last.
func (s *Store) addOf(tx *gorm.DB, name string, row any, e operator.Entry) error {
	if _, err := present(s.locking(tx), "name = ?", name); err != nil {
		return err
	}
	if err := tx.Create(row).Error; err != nil {
		return fmt.Errorf("insert for operator: %w", err)
	}
	return s.addAct(tx, e)
}

// present reads an operator who is not removed.
func present(db *gorm.DB, where string, value any) (operatorRow, error) {
	var row operatorRow
	err := db.Where(where, value).Where("removed_at = 0").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, operator.ErrNotFound
	}
	return row, wrapped("read operator", err)
}

// AddEnrolment implements operator.Store.
func (s *Store) AddEnrolment(ctx context.Context, n operator.Enrolment, replace bool, e operator.Entry) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		over := []any{&enrolmentRow{}}
		if replace {
			over = append(over, &passkeyRow{}, &operatorSessionRow{})
		}
		for _, row := range over {
			if err := tx.Where("name = ?", n.Name).Delete(row).Error; err != nil {
				return fmt.Errorf("delete what an enrolment takes the place of: %w", err)
			}
		}
		if replace {
			if err := withdraw(tx, n.Name); err != nil {
				return err
			}
		}
		return s.addOf(tx, n.Name, enrolmentRow{n.Hash, n.Name, micros(n.ExpiresAt)}, e)
	})
}

// pruneOperators deletes keys, enrolments and ceremonies that have ended, and
// sessions that nobody uses.
func pruneOperators(tx *gorm.DB, now time.Time) error {
	for _, row := range []any{&operatorKeyRow{}, &enrolmentRow{}, &ceremonyRow{}} {
		if err := tx.Where("expires_at <= ?", micros(now)).Delete(row).Error; err != nil {
			return fmt.Errorf("prune operators: %w", err)
		}
	}
	idle := tx.Where("seen_at <= ? OR made_at <= ?", micros(now.Add(-operator.IdleLife)), micros(now.Add(-operator.SessionLife)))
	return wrapped("prune sessions of operators", idle.Delete(&operatorSessionRow{}).Error)
}

// RemoveOperator implements operator.Store.
func (s *Store) RemoveOperator(ctx context.Context, name string, at time.Time, e operator.Entry) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		removed := tx.Model(&operatorRow{}).Where("name = ? AND removed_at = 0", name).Update("removed_at", micros(at))
		if removed.Error != nil {
			return fmt.Errorf("remove operator: %w", removed.Error)
		}
		if removed.RowsAffected == 0 {
			return operator.ErrNotFound
		}
		for _, row := range []any{&enrolmentRow{}, &passkeyRow{}, &operatorKeyRow{}, &operatorSessionRow{}} {
			if err := tx.Where("name = ?", name).Delete(row).Error; err != nil {
				return fmt.Errorf("remove what an operator signs in with: %w", err)
			}
		}
		if err := withdraw(tx, name); err != nil {
			return err
		}
		return s.addAct(tx, e)
	})
}

// Operators implements operator.Store.
func (s *Store) Operators(ctx context.Context) ([]operator.Operator, error) {
	var rows []operatorRow
	if err := s.db.WithContext(ctx).Order("name").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read operators: %w", err)
	}
	all := make([]operator.Operator, len(rows))
	for i, row := range rows {
		all[i] = row.operator()
	}
	return all, nil
}

// Operator implements operator.Store.
func (s *Store) Operator(ctx context.Context, name string) (operator.Operator, error) {
	row, err := present(s.db.WithContext(ctx), "name = ?", name)
	return row.operator(), err
}

func (r operatorRow) operator() operator.Operator {
	return operator.Operator{
		Name: r.Name, Roles: roles(r.Roles), Account: r.Account, MadeAt: moment(r.MadeAt), RemovedAt: moment(r.RemovedAt), Handle: r.Handle,
	}
}

// spaced and roles are the stored form of roles: blanks between them.
func spaced(all []operator.Role) string {
	texts := make([]string, len(all))
	for i, r := range all {
		texts[i] = string(r)
	}
	return strings.Join(texts, " ")
}

func roles(stored string) []operator.Role {
	var all []operator.Role
	for text := range strings.FieldsSeq(stored) {
		all = append(all, operator.Role(text))
	}
	return all
}

// AddKey implements operator.Store.
func (s *Store) AddKey(ctx context.Context, k operator.Key, e operator.Entry) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		return s.addOf(tx, k.Name, operatorKeyRow{k.Hash, k.Name, spaced(k.Roles), micros(k.MadeAt), micros(k.ExpiresAt)}, e)
	})
}

// EndKeys implements operator.Store.
func (s *Store) EndKeys(ctx context.Context, name string, e operator.Entry) (n int, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		if _, err := present(s.locking(tx), "name = ?", name); err != nil {
			return err
		}
		gone := tx.Where("name = ?", name).Delete(&operatorKeyRow{})
		if gone.Error != nil {
			return fmt.Errorf("delete keys: %w", gone.Error)
		}
		n = int(gone.RowsAffected)
		if err := withdraw(tx, name); err != nil {
			return err
		}
		return s.addAct(tx, e)
	})
	return n, err
}

// Key implements operator.Store.
func (s *Store) Key(ctx context.Context, hash string, now time.Time) (operator.Key, operator.Operator, error) {
	db := s.db.WithContext(ctx)
	var row operatorKeyRow
	err := db.Where("token_hash = ? AND expires_at > ?", hash, micros(now)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return operator.Key{}, operator.Operator{}, operator.ErrNotFound
	}
	if err != nil {
		return operator.Key{}, operator.Operator{}, fmt.Errorf("read key: %w", err)
	}
	owner, err := present(db, "name = ?", row.Name)
	return operator.Key{
		Hash: row.TokenHash, Name: row.Name, Roles: roles(row.Roles), MadeAt: moment(row.MadeAt), ExpiresAt: moment(row.ExpiresAt),
	}, owner.operator(), err
}

// AddOperatorSession implements operator.Store.
func (s *Store) AddOperatorSession(ctx context.Context, n operator.Session, e operator.Entry) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		stale := micros(n.SeenAt.Add(-operator.IdleLife))
		if err := tx.Where("seen_at < ?", stale).Delete(&operatorSessionRow{}).Error; err != nil {
			return fmt.Errorf("delete old sessions: %w", err)
		}
		return s.addOf(tx, n.Name, sessionOf(n), e)
	})
}

func sessionOf(n operator.Session) operatorSessionRow {
	return operatorSessionRow{n.Hash, n.Name, micros(n.MadeAt), micros(n.SeenAt)}
}

// OperatorSession implements operator.Store.
func (s *Store) OperatorSession(ctx context.Context, hash string, since time.Time) (operator.Session, operator.Operator, error) {
	db := s.db.WithContext(ctx)
	var row operatorSessionRow
	err := db.Where("token_hash = ? AND seen_at > ?", hash, micros(since)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return operator.Session{}, operator.Operator{}, operator.ErrNotFound
	}
	if err != nil {
		return operator.Session{}, operator.Operator{}, fmt.Errorf("read session: %w", err)
	}
	owner, err := present(db, "name = ?", row.Name)
	n := operator.Session{Hash: row.TokenHash, Name: row.Name, MadeAt: moment(row.MadeAt), SeenAt: moment(row.SeenAt)}
	return n, owner.operator(), err
}

// SeeOperatorSession implements operator.Store.
func (s *Store) SeeOperatorSession(ctx context.Context, hash string, at time.Time) error {
	err := s.db.WithContext(ctx).Model(&operatorSessionRow{}).Where("token_hash = ?", hash).Update("seen_at", micros(at)).Error
	return wrapped("update session", err)
}

// EndOperatorSession implements operator.Store.
func (s *Store) EndOperatorSession(ctx context.Context, hash string, e operator.Entry) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		gone := tx.Where("token_hash = ?", hash).Delete(&operatorSessionRow{})
		if gone.Error != nil {
			return fmt.Errorf("delete session: %w", gone.Error)
		}
		if gone.RowsAffected == 0 {
			return operator.ErrNotFound
		}
		return s.addAct(tx, e)
	})
}

// Enrolment implements operator.Store.
func (s *Store) Enrolment(ctx context.Context, hash string, now time.Time) (operator.Operator, error) {
	db := s.db.WithContext(ctx)
	var row enrolmentRow
	err := db.Where("token_hash = ? AND expires_at > ?", hash, micros(now)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return operator.Operator{}, operator.ErrEnrolment
	}
	if err != nil {
		return operator.Operator{}, fmt.Errorf("read enrolment: %w", err)
	}
	return s.Operator(ctx, row.Name)
}

// AddPasskey implements operator.Store.
func (s *Store) AddPasskey(ctx context.Context, enrolment string, p operator.Passkey, n operator.Session, e operator.Entry) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		used := tx.Where("token_hash = ? AND name = ?", enrolment, p.Name).Delete(&enrolmentRow{})
		if used.Error != nil {
			return fmt.Errorf("use enrolment: %w", used.Error)
		}
		if used.RowsAffected == 0 {
			return operator.ErrEnrolment
		}
		made := tx.Clauses(doNothing).Create(&passkeyRow{p.ID, p.Name, micros(p.MadeAt), micros(p.UsedAt), p.Credential})
		if made.Error != nil {
			return fmt.Errorf("insert passkey: %w", made.Error)
		}
		if made.RowsAffected == 0 { // another operator has a credential of this id
			return operator.ErrPasskey
		}
		return s.addOf(tx, n.Name, sessionOf(n), e)
	})
}

// Passkeys implements operator.Store.
func (s *Store) Passkeys(ctx context.Context, handle []byte) (operator.Operator, []operator.Passkey, error) {
	db := s.db.WithContext(ctx)
	owner, err := present(db, "handle = ?", handle)
	if err != nil {
		return operator.Operator{}, nil, err
	}
	var rows []passkeyRow
	if err := db.Where("name = ?", owner.Name).Order("made_at, id").Find(&rows).Error; err != nil {
		return operator.Operator{}, nil, fmt.Errorf("read passkeys: %w", err)
	}
	all := make([]operator.Passkey, len(rows))
	for i, r := range rows {
		all[i] = operator.Passkey{ID: r.ID, Name: r.Name, MadeAt: moment(r.MadeAt), UsedAt: moment(r.UsedAt), Credential: r.Credential}
	}
	return owner.operator(), all, nil
}

// UsePasskey implements operator.Store.
func (s *Store) UsePasskey(ctx context.Context, p operator.Passkey) error {
	err := s.db.WithContext(ctx).Model(&passkeyRow{}).Where("id = ? AND name = ?", p.ID, p.Name).
		Select("used_at", "credential").Updates(&passkeyRow{UsedAt: micros(p.UsedAt), Credential: p.Credential}).Error
	return wrapped("update passkey", err)
}

// KeepCeremony implements operator.Store. Those that nobody finished go first.
func (s *Store) KeepCeremony(ctx context.Context, id string, half []byte, ends time.Time) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("expires_at < ?", micros(s.now())).Delete(&ceremonyRow{}).Error; err != nil {
			return fmt.Errorf("delete old ceremonies: %w", err)
		}
		return wrapped("insert ceremony", tx.Create(&ceremonyRow{id, half, micros(ends)}).Error)
	})
}

// TakeCeremony implements operator.Store.
func (s *Store) TakeCeremony(ctx context.Context, id string, now time.Time) (half []byte, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		var row ceremonyRow
		err := s.locking(tx).Where("id = ? AND expires_at > ?", id, micros(now)).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return operator.ErrPasskey
		}
		if err != nil {
			return fmt.Errorf("read ceremony: %w", err)
		}
		half = row.Half
		return wrapped("delete ceremony", tx.Where("id = ?", id).Delete(&ceremonyRow{}).Error)
	})
	return half, err
}
