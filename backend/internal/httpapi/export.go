package httpapi

import (
	"context"
	"errors"

	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/verification"
)

// export answers with all that is kept of the person who asks, in clear, after their
// password. That they asked stands in their trail.
func (s *Server) export(ctx context.Context, c *call, in api.ExportRequest) (api.Export, error) {
	var out api.Export
	me := c.caller.account
	if err := s.Accounts.Prove(ctx, me, in.Password, c.caller.origin()); err != nil {
		return out, err
	}
	ledger, err := s.Verify.Ledger(ctx, me.ID)
	if err == nil {
		err = ledger.MayExport(s.Now())
	}
	if err != nil {
		return out, err
	}
	if err := s.Verify.NoteExport(ctx, me.ID); err != nil {
		return out, err
	}
	records, err := s.records(ctx, c, none{})
	if err != nil {
		return out, err
	}
	if out.Links, err = s.links(ctx, c, none{}); err != nil {
		return out, err
	}
	if out.Account.Sessions, err = s.Accounts.Sessions(ctx, me.ID); err != nil {
		return out, err
	}
	address, err := s.Issuers.Address(ctx, me.ID)
	if err != nil {
		return out, err
	}
	out.Account.Email = address.Email
	out.Server, out.MadeAt, out.Frames = s.cfg.Name, s.Now(), ledger.Frames.Frames
	out.Account.ID, out.Account.Username, out.Account.CreatedAt = me.ID, me.Username, me.CreatedAt
	out.Grants, out.Events = records.Grants, records.Events
	if ledger.Bound != nil {
		out.Verified = inClear(ledger.Bound.Identity)
	}
	out.Joined = make([]api.ExportNumber, len(ledger.Joined))
	for i, j := range ledger.Joined {
		out.Joined[i] = api.ExportNumber{CertificateType: string(j.Identity.CertificateType), Number: j.Identity.Number.Reveal(), JoinedAt: j.At}
	}
	out.Verifications = make([]api.ExportVerification, len(ledger.Cases))
	for i, kept := range ledger.Cases {
		if out.Verifications[i], err = s.exported(ctx, kept, ledger.Pictures); err != nil {
			return out, err
		}
	}
	return out, nil
}

// inClear is a person's own identity; nil where it was deleted.
func inClear(who verify.Identity) *api.ExportIdentity {
	if who.Number.Empty() {
		return nil
	}
	return &api.ExportIdentity{
		CertificateType: string(who.CertificateType), Name: who.Name.Reveal(), Number: who.Number.Reveal(), Mobile: who.Mobile.Reveal(),
		Email: who.Email.Reveal(),
	}
}

// exported is one verification with the pictures of its review.
func (s *Server) exported(ctx context.Context, c *verify.Case, pictures []verify.PictureRecord) (api.ExportVerification, error) {
	out := api.ExportVerification{
		ID: c.ID, Method: c.Method, Status: c.Status, Reason: c.Reason, BegunAt: c.CreatedAt, FinishedAt: whenever(c.FinishedAt),
		PC: c.PC.Device, Pictures: []api.ExportPicture{},
	}
	if c.Method != verification.Affiliate || c.Status == verification.Verified { // else nobody here has proven to be that person
		out.Stated = inClear(c.Identity)
	}
	if c.Phone != nil {
		out.Phone = c.Phone.Device
	}
	for _, p := range pictures {
		if p.CaseID != c.ID {
			continue
		}
		jpeg, err := s.Verify.ReviewPicture(ctx, c.ID, p.Picture)
		if errors.Is(err, verify.ErrNotFound) { // deleted meanwhile
			continue
		}
		if err != nil {
			return out, err
		}
		out.Pictures = append(out.Pictures, api.ExportPicture{Picture: p.Picture, At: p.At, JPEG: jpeg})
	}
	return out, nil
}
