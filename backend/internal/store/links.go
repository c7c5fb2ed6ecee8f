package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/issuer"
)

type linkRow struct {
	AccountID   string `gorm:"primaryKey"`
	Issuer      string `gorm:"primaryKey"`
	SubjectHash string
	SignsIn     int64
	LinkedAt    int64
	Verified    int64
	CheckedAt   int64
	Sealed      []byte
	Version     int64
	LeasedUntil int64
	ByDevice    int64
	Address     []byte
}

func (linkRow) TableName() string { return "issuer_links" }

// What linkRow.Verified says.
const (
	verifiedUnknown = 0
	verifiedYes     = 1
	verifiedNo      = 2
)

// LinkedAccount implements issuer.Store.
func (s *Store) LinkedAccount(ctx context.Context, k issuer.Key) (string, error) {
	row, err := takeLink(s.db.WithContext(ctx).Where("issuer = ? AND subject_hash = ? AND signs_in = 1", k.Issuer, s.subjectHash(k)))
	return row.AccountID, err
}

// CreateLinkedAccount implements issuer.Store.
func (s *Store) CreateLinkedAccount(ctx context.Context, a account.Account, k issuer.Key) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		if err := createAccount(tx, a); err != nil {
			return err
		}
		return insertLink(tx, linkRow{AccountID: a.ID, Issuer: k.Issuer, SubjectHash: s.subjectHash(k), SignsIn: 1, Version: 1})
	})
}

func insertLink(tx *gorm.DB, row linkRow) error {
	err := tx.Create(&row).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return issuer.ErrLinkTaken
	}
	return wrapped("insert link", err)
}

// SaveLink implements issuer.Store.
func (s *Store) SaveLink(ctx context.Context, accountID string, k issuer.Key, n issuer.NewLink) (replaced issuer.Tokens, err error) {
	row := linkRow{
		AccountID: accountID, Issuer: k.Issuer, SubjectHash: s.subjectHash(k), LinkedAt: micros(n.At), Version: 1,
		ByDevice: bit(n.ByDevice),
	}
	if n.Verified != nil {
		row.Verified, row.CheckedAt = verifiedAs(*n.Verified), micros(n.At)
	}
	if row.Sealed, err = s.sealTokens("issuer_links", accountID+"|"+k.Issuer, linkTokens(n.Tokens)); err != nil {
		return issuer.Tokens{}, err
	}
	err = s.transact(ctx, func(tx *gorm.DB) error {
		before, err := takeLink(s.locking(tx).Where("account_id = ? AND issuer = ?", accountID, k.Issuer))
		if errors.Is(err, issuer.ErrNotFound) {
			return insertLink(tx, row)
		}
		if err != nil {
			return err
		}
		if before.SignsIn == 1 && before.SubjectHash != row.SubjectHash {
			return issuer.ErrLinkTaken
		}
		if before.SubjectHash != row.SubjectHash { // to end the same person's would end the new ones at many issuers
			if replaced, err = s.tokensOf(before); err != nil {
				return err
			}
		}
		row.SignsIn, row.Version, row.Address = before.SignsIn, before.Version+1, before.Address
		saved := tx.Select("*").Save(&row).Error
		if errors.Is(saved, gorm.ErrDuplicatedKey) {
			return issuer.ErrLinkTaken
		}
		return wrapped("update link", saved)
	})
	return replaced, err
}

// addressSealed is what an address is sealed as.
const addressSealed = "issuer_links_address"

// SaveAddress implements issuer.Store.
func (s *Store) SaveAddress(ctx context.Context, accountID, at string, a issuer.Address) error {
	var sealed []byte
	if a.Email != "" {
		var err error
		if sealed, err = s.sealTokens(addressSealed, accountID+"|"+at, linkAddress(a)); err != nil {
			return err
		}
	}
	return wrapped("update link", s.db.WithContext(ctx).Model(&linkRow{}).
		Where("account_id = ? AND issuer = ? AND signs_in = 1", accountID, at).Update("address", sealed).Error)
}

// Address implements issuer.Store.
func (s *Store) Address(ctx context.Context, accountID string) (issuer.Address, error) {
	row, err := takeLink(s.db.WithContext(ctx).Where("account_id = ? AND signs_in = 1 AND address IS NOT NULL", accountID))
	if errors.Is(err, issuer.ErrNotFound) {
		return issuer.Address{}, nil
	}
	if err != nil {
		return issuer.Address{}, err
	}
	var a linkAddress
	err = s.openTokens(addressSealed, accountID+"|"+row.Issuer, row.Address, &a)
	return issuer.Address(a), err
}

// takeLink reads one link of a query, or returns issuer.ErrNotFound.
func takeLink(query *gorm.DB) (linkRow, error) {
	var row linkRow
	err := query.Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, issuer.ErrNotFound
	}
	return row, wrapped("read link", err)
}

func (s *Store) tokensOf(row linkRow) (issuer.Tokens, error) {
	if row.Sealed == nil {
		return issuer.Tokens{}, nil
	}
	var t linkTokens
	err := s.openTokens("issuer_links", row.AccountID+"|"+row.Issuer, row.Sealed, &t)
	return issuer.Tokens(t), err
}

func (s *Store) linkOf(row linkRow) (issuer.Link, error) {
	tokens, err := s.tokensOf(row)
	l := issuer.Link{
		AccountID: row.AccountID, Issuer: row.Issuer, SignsIn: row.SignsIn == 1, LinkedAt: moment(row.LinkedAt),
		CheckedAt: moment(row.CheckedAt), ByDevice: row.ByDevice == 1, Tokens: tokens, Version: row.Version,
	}
	if row.Verified != verifiedUnknown {
		l.Verified = new(row.Verified == verifiedYes)
	}
	return l, err
}

// Links implements issuer.Store.
func (s *Store) Links(ctx context.Context, accountID string) ([]issuer.Link, error) {
	var rows []linkRow
	if err := s.db.WithContext(ctx).Where("account_id = ?", accountID).Order("issuer").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read links: %w", err)
	}
	links := make([]issuer.Link, len(rows))
	for i, row := range rows {
		var err error
		if links[i], err = s.linkOf(row); err != nil {
			return nil, err
		}
	}
	return links, nil
}

// Link implements issuer.Store.
func (s *Store) Link(ctx context.Context, accountID, at string) (issuer.Link, error) {
	row, err := takeLink(s.db.WithContext(ctx).Where("account_id = ? AND issuer = ?", accountID, at))
	if err != nil {
		return issuer.Link{}, err
	}
	return s.linkOf(row)
}

// LinkIs implements issuer.Store.
func (s *Store) LinkIs(ctx context.Context, accountID string, k issuer.Key) (bool, error) {
	_, err := takeLink(s.db.WithContext(ctx).Where("account_id = ? AND issuer = ? AND subject_hash = ?", accountID, k.Issuer, s.subjectHash(k)))
	if errors.Is(err, issuer.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// LeaseLink implements issuer.Store.
func (s *Store) LeaseLink(ctx context.Context, accountID, at string, now, until time.Time) (issuer.Link, bool, error) {
	db := s.db.WithContext(ctx)
	leased := db.Model(&linkRow{}).Where("account_id = ? AND issuer = ? AND leased_until <= ?", accountID, at, micros(now)).
		Update("leased_until", micros(until))
	if leased.Error != nil {
		return issuer.Link{}, false, fmt.Errorf("lease link: %w", leased.Error)
	}
	l, err := s.Link(ctx, accountID, at)
	return l, leased.RowsAffected == 1, err
}

// SaveTokens implements issuer.Store.
func (s *Store) SaveTokens(ctx context.Context, l issuer.Link, t issuer.Tokens) error {
	sealed, err := s.sealTokens("issuer_links", l.AccountID+"|"+l.Issuer, linkTokens(t))
	if err != nil {
		return err
	}
	return wrapped("update tokens", s.db.WithContext(ctx).Model(&linkRow{}).
		Where("account_id = ? AND issuer = ? AND version = ?", l.AccountID, l.Issuer, l.Version).
		Updates(map[string]any{"sealed": sealed, "version": l.Version + 1, "leased_until": 0}).Error)
}

// SaveVerified implements issuer.Store.
func (s *Store) SaveVerified(ctx context.Context, accountID, at string, verified bool, when time.Time) error {
	return wrapped("update link", s.db.WithContext(ctx).Model(&linkRow{}).Where("account_id = ? AND issuer = ?", accountID, at).
		Updates(map[string]any{"verified": verifiedAs(verified), "checked_at": micros(when)}).Error)
}

func verifiedAs(verified bool) int64 {
	if verified {
		return verifiedYes
	}
	return verifiedNo
}

// Unlink implements issuer.Store.
func (s *Store) Unlink(ctx context.Context, accountID, at string) (was issuer.Link, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		row, err := takeLink(s.locking(tx).Where("account_id = ? AND issuer = ? AND linked_at > 0", accountID, at))
		if err != nil {
			return err
		}
		if was, err = s.linkOf(row); err != nil {
			return err
		}
		return forgetLinks(tx.Where("account_id = ? AND issuer = ?", accountID, at))
	})
	return was, err
}

// forgetLinks deletes the links of a query, and of those by which an account signs
// in all but that.
func forgetLinks(query *gorm.DB) error {
	query = query.Session(&gorm.Session{})
	if err := query.Where("signs_in = 0").Delete(&linkRow{}).Error; err != nil {
		return fmt.Errorf("delete link: %w", err)
	}
	return wrapped("forget link", query.Model(&linkRow{}).Updates(map[string]any{
		"linked_at": 0, "verified": verifiedUnknown, "checked_at": 0, "by_device": 0, "sealed": nil, "version": gorm.Expr("version + 1"), "leased_until": 0,
	}).Error)
}
