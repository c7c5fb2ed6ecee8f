package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/service"
	"realname.example/backend/internal/verify"
)

var _ service.Store = (*Store)(nil)

// serviceSubject is whose data key seals what belongs to a service.
func serviceSubject(id string) string { return "service:" + id }

// sealJSON seals a value with the data key of a subject.
func (s *Store) sealJSON(tx *gorm.DB, subject string, v any, table, row string) ([]byte, error) {
	key, err := s.dataKey(tx, subject)
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode sealed value: %w", err)
	}
	return seal(key, plain, table, "sealed", row)
}

// AddService implements service.Catalog.
func (s *Store) AddService(ctx context.Context, n service.Service) error {
	return s.transact(ctx, func(tx *gorm.DB) error { return s.addService(tx, n) })
}

// AddNotedService is AddService with the act of the operator who adds it: both are
// there, or neither.
func (s *Store) AddNotedService(ctx context.Context, n service.Service, e operator.Entry) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		if err := s.addService(tx, n); err != nil {
			return err
		}
		return s.addAct(tx, e)
	})
}

func (s *Store) addService(tx *gorm.DB, n service.Service) error {
	row, err := s.encodeService(tx, n)
	if err != nil {
		return err
	}
	return wrapped("insert service", tx.Create(&row).Error)
}

func (s *Store) encodeService(tx *gorm.DB, n service.Service) (serviceRow, error) {
	row := serviceRow{ID: n.ID, Realm: n.Realm, Name: n.Name}
	var err error
	if row.State, err = json.Marshal(n); err != nil {
		return row, fmt.Errorf("encode service: %w", err)
	}
	row.Sealed, err = s.sealJSON(tx, serviceSubject(n.ID), n.WebhookSecrets, "services", n.ID)
	return row, err
}

func (s *Store) decodeService(tx *gorm.DB, row serviceRow) (service.Service, error) {
	n, err := row.service()
	if err != nil {
		return n, err
	}
	return n, s.unsealJSON(tx, serviceSubject(row.ID), row.Sealed, "services", row.ID, &n.WebhookSecrets)
}

// service is the service of a row without the secrets of its webhook.
func (r serviceRow) service() (n service.Service, err error) {
	if err := json.Unmarshal(r.State, &n); err != nil {
		return n, fmt.Errorf("decode service: %w", err)
	}
	n.ID, n.Realm, n.OffAt = r.ID, r.Realm, moment(r.OffAt)
	return n, nil
}

// Services implements service.Catalog.
func (s *Store) Services(ctx context.Context, realm string) ([]service.Service, error) {
	var rows []serviceRow
	db := s.db.WithContext(ctx)
	if err := db.Where("realm = ?", realm).Order("name, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read services: %w", err)
	}
	all := make([]service.Service, len(rows))
	for i, row := range rows {
		var err error
		if all[i], err = s.decodeService(db, row); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Service implements service.Catalog.
func (s *Store) Service(ctx context.Context, realm, id string) (service.Service, error) {
	db := s.db.WithContext(ctx)
	return s.service(db, db.Where("realm = ? AND id = ?", realm, id))
}

func (s *Store) service(tx, query *gorm.DB) (service.Service, error) {
	var row serviceRow
	err := query.Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return service.Service{}, service.ErrNotFound
	}
	if err != nil {
		return service.Service{}, fmt.Errorf("read service: %w", err)
	}
	return s.decodeService(tx, row)
}

// UpdateService implements service.Catalog.
func (s *Store) UpdateService(ctx context.Context, realm, id string, change func(*service.Service) error) (n service.Service, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		if n, err = s.service(tx, s.locking(tx).Where("realm = ? AND id = ?", realm, id)); err != nil {
			return err
		}
		told := n.Webhook != ""
		if err := change(&n); err != nil {
			return err
		}
		row, err := s.encodeService(tx, n)
		if err != nil {
			return err
		}
		if err := tx.Model(&serviceRow{}).Where("id = ?", id).Select("name", "state", "sealed").Updates(&row).Error; err != nil {
			return fmt.Errorf("update service: %w", err)
		}
		if told && n.Webhook == "" {
			return keepEvents(tx, id)
		}
		return nil
	})
	return n, err
}

// keepEvents leaves what waits to a service that asks for its events from now on.
func keepEvents(tx *gorm.DB, serviceID string) error {
	kept := tx.Model(&eventRow{}).Where("service_id = ? AND (waits = 1 OR dead = 1)", serviceID).Updates(map[string]any{"waits": 0, "dead": 0})
	if kept.Error != nil {
		return fmt.Errorf("keep events: %w", kept.Error)
	}
	return wrapped("end rest of service", tx.Model(&serviceRow{}).Where("id = ?", serviceID).
		Updates(map[string]any{"rests_until": 0, "failures": 0}).Error)
}

// RemoveService implements service.Catalog.
func (s *Store) RemoveService(ctx context.Context, realm, id string) error {
	defer s.serviceKeys.Delete(serviceSubject(id))
	return s.transactLong(ctx, func(tx *gorm.DB) error {
		// Grants before the service, as all do that hold both: none waits for the other.
		var grants []grantRow
		if err := s.locking(tx).Select("service_id").Where("service_id = ?", id).Order("account_id").Find(&grants).Error; err != nil {
			return fmt.Errorf("lock grants: %w", err)
		}
		gone := tx.Where("realm = ? AND id = ?", realm, id).Delete(&serviceRow{})
		if gone.Error != nil {
			return fmt.Errorf("delete service: %w", gone.Error)
		}
		if gone.RowsAffected == 0 {
			return service.ErrNotFound
		}
		return wrapped("delete data key", tx.Where("subject = ?", serviceSubject(id)).Delete(&dataKeyRow{}).Error)
	})
}

// Grant implements service.Grants.
func (s *Store) Grant(ctx context.Context, serviceID, accountID string) (service.Grant, error) {
	return takeGrant(s.db.WithContext(ctx).Where("service_id = ? AND account_id = ?", serviceID, accountID))
}

// GrantBySubject implements service.Grants.
func (s *Store) GrantBySubject(ctx context.Context, serviceID, subject string) (service.Grant, error) {
	return takeGrant(s.db.WithContext(ctx).Where("service_id = ? AND subject = ?", serviceID, subject))
}

func takeGrant(query *gorm.DB) (service.Grant, error) {
	var row grantRow
	err := query.Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return service.Grant{}, service.ErrNotFound
	}
	if err != nil {
		return service.Grant{}, fmt.Errorf("read grant: %w", err)
	}
	return row.grant()
}

func (r grantRow) grant() (service.Grant, error) {
	var g service.Grant
	if err := json.Unmarshal(r.State, &g); err != nil {
		return g, fmt.Errorf("decode grant: %w", err)
	}
	g.ServiceID, g.AccountID, g.Subject = r.ServiceID, r.AccountID, r.Subject
	return g, nil
}

// grantedRow is a grant with the service that has it.
type grantedRow struct {
	Grant grantRow `gorm:"embedded"`
	Realm string
	Of    []byte
	OffAt int64
}

func granted(db *gorm.DB) *gorm.DB {
	return db.Model(&grantRow{}).Select("service_grants.*, services.realm, services.state AS of, services.off_at").
		Joins("JOIN services ON services.id = service_grants.service_id")
}

func (r grantedRow) granted() (g service.Granted, err error) {
	if g.Grant, err = r.Grant.grant(); err != nil {
		return g, err
	}
	g.Service, err = serviceRow{ID: r.Grant.ServiceID, Realm: r.Realm, State: r.Of, OffAt: r.OffAt}.service()
	return g, err
}

// Granted implements service.Grants.
func (s *Store) Granted(ctx context.Context, serviceID, accountID string) (service.Granted, error) {
	var row grantedRow
	err := granted(s.db.WithContext(ctx)).Where("service_id = ? AND account_id = ?", serviceID, accountID).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return service.Granted{}, service.ErrNotFound
	}
	if err != nil {
		return service.Granted{}, fmt.Errorf("read grant: %w", err)
	}
	return row.granted()
}

// GrantsOf implements service.Grants.
func (s *Store) GrantsOf(ctx context.Context, realm, accountID string) ([]service.Granted, error) {
	var rows []grantedRow
	err := granted(s.db.WithContext(ctx)).Where("services.realm = ? AND account_id = ?", realm, accountID).
		Order("services.name, services.id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read grants: %w", err)
	}
	all := make([]service.Granted, len(rows))
	for i, row := range rows {
		if all[i], err = row.granted(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// agree adds what is agreed to now to what was before: two pages that are answered
// at once lose nothing. A service that is removed meanwhile is service.ErrGone.
func (s *Store) agree(tx *gorm.DB, g service.Grant) error {
	said := verify.Entry{At: g.At, Actor: verify.ActorPC, Event: verify.EventGranted, Party: g.ServiceID, Detail: strings.Join(g.Claims, ", ")}
	if err := s.note(tx, g.AccountID, said); err != nil { // the case before the grant, as all do that hold both
		return err
	}
	if err := s.lock(tx, "grant", g.ServiceID+"|"+g.AccountID); err != nil {
		return err
	}
	before, err := takeGrant(s.locking(tx).Where("service_id = ? AND account_id = ?", g.ServiceID, g.AccountID))
	if err == nil {
		at := g.At
		g = before.Widen(service.Wants{Status: g.Status, Claims: g.Claims})
		g.At = at
	}
	if err != nil && !errors.Is(err, service.ErrNotFound) {
		return err
	}
	err = writeGrant(tx, g)
	if errors.Is(err, gorm.ErrForeignKeyViolated) {
		return service.ErrGone
	}
	return err
}

// writeGrant writes a grant over the one before.
func writeGrant(tx *gorm.DB, g service.Grant) error {
	state, err := json.Marshal(g)
	if err != nil {
		return fmt.Errorf("encode grant: %w", err)
	}
	row := grantRow{ServiceID: g.ServiceID, AccountID: g.AccountID, Subject: g.Subject, State: state}
	return wrapped("write grant", tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "service_id"}, {Name: "account_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"state"}),
	}).Create(&row).Error)
}

// Revoke implements service.Grants.
func (s *Store) Revoke(ctx context.Context, serviceID, accountID string) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		said := verify.Entry{At: s.now(), Actor: verify.ActorPC, Event: verify.EventGrantRevoked, Party: serviceID}
		if err := s.note(tx, accountID, said); err != nil {
			return err
		}
		g, err := takeGrant(s.locking(tx).Where("service_id = ? AND account_id = ?", serviceID, accountID))
		if err != nil {
			return err
		}
		if err := s.tell(tx, service.EventRevoked, grantRow{ServiceID: serviceID, Subject: g.Subject}); err != nil {
			return err
		}
		for _, row := range []any{&tokenRow{}, &deviceRow{}, &grantRow{}} {
			if err := tx.Where("service_id = ? AND account_id = ?", serviceID, accountID).Delete(row).Error; err != nil {
				return fmt.Errorf("revoke grant: %w", err)
			}
		}
		return nil
	})
}

// narrowGrants takes name and number out of what an account agreed to: that was
// about an identity which is erased, and another one is asked about anew.
func (s *Store) narrowGrants(tx *gorm.DB, accountID string) error {
	var rows []grantRow
	if err := s.locking(tx).Where("account_id = ?", accountID).Find(&rows).Error; err != nil {
		return fmt.Errorf("read grants: %w", err)
	}
	for _, row := range rows {
		g, err := row.grant()
		if err != nil {
			return err
		}
		g.Claims = nil
		if err := writeGrant(tx, g); err != nil {
			return err
		}
	}
	return nil
}
