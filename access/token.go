package access

import (
	"context"
	"fmt"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
)

// tokenPrefix begins every API token, so that scanners for lost secrets find
// them.
const tokenPrefix = "brt_"

// A TokenSpec describes a token that is to be made.
type TokenSpec struct {
	Name   string
	Grants []bedrail.Grant // none is all that the owner has
	Lasts  time.Duration
}

// CreateToken makes a token for by, who must be a person, and returns the
// secret. It is kept nowhere.
func (s *Service) CreateToken(ctx context.Context, by bedrail.Actor, spec TokenSpec) (Token, string, error) {
	if err := s.Policy.Authorize(ctx, by, TokenWriteOwn, bedrail.Resource{Type: "token"}); err != nil {
		return Token{}, "", err
	}
	u, err := s.Store.User(ctx, s.scope(), by.ID)
	if err != nil {
		return Token{}, "", fmt.Errorf("looking for the owner of a token: %w", err)
	}
	return s.createToken(ctx, by, u, spec)
}

// CreateTokenFor makes a token for the user called owner, on behalf of the
// product itself: the command line beside the data folder, and the
// demonstration hospital.
func (s *Service) CreateTokenFor(ctx context.Context, by bedrail.Actor, owner string, spec TokenSpec) (Token, string, error) {
	if by.Kind != bedrail.System {
		return Token{}, "", bedrail.Errorf(bedrail.Denied, "a token is made by the person whom it acts for")
	}
	u, err := s.Store.UserByName(ctx, s.scope(), normalName(owner))
	if err != nil {
		return Token{}, "", err
	}
	return s.createToken(ctx, by, u, spec)
}

func (s *Service) createToken(ctx context.Context, by bedrail.Actor, owner User, spec TokenSpec) (Token, string, error) {
	if spec.Grants == nil {
		spec.Grants = owner.Grants
	}
	longest := orElse(s.LongestT, 366*24*time.Hour)
	switch {
	case strings.TrimSpace(spec.Name) == "" || len(spec.Name) > 100:
		return Token{}, "", bedrail.Errorf(bedrail.Invalid, "name what the token is for, in at most 100 bytes").At("/name")
	case spec.Lasts <= 0 || spec.Lasts > longest:
		return Token{}, "", bedrail.Errorf(bedrail.Invalid, "a token lasts between a moment and %d days", int(longest.Hours()/24)).At("/expiresAt")
	case len(within(spec.Grants, owner.Grants)) != len(spec.Grants) || len(spec.Grants) == 0:
		return Token{}, "", bedrail.Errorf(bedrail.Denied, "a token has no more rights than its owner, who has %s", describe(owner.Grants)).At("/grants")
	}
	if err := checkGrants(spec.Grants); err != nil {
		return Token{}, "", err
	}
	now := s.Clock.Now()
	secret := tokenPrefix + newSecret(40)
	t := Token{ID: bedrail.NewID("tok", now), Tenant: s.Tenant, Owner: owner.ID, OwnerName: owner.Name, Name: spec.Name, Hash: hash(secret),
		Prefix: secret[:len(tokenPrefix)+4], Grants: spec.Grants, CreatedAt: now, ExpiresAt: now.Add(spec.Lasts)}
	entry := audit.Entry{By: by, Did: TokenWriteOwn, To: t.ID, Note: "created with " + describe(t.Grants) + " until " + t.ExpiresAt.Format(time.DateOnly)}
	if err := s.Store.CreateToken(ctx, s.scope(), t, entry); err != nil {
		return Token{}, "", fmt.Errorf("making a token: %w", err)
	}
	return t, secret, nil
}

// Tokens returns the tokens of by, or with all everybody's.
func (s *Service) Tokens(ctx context.Context, by bedrail.Actor, all bool) ([]Token, error) {
	what, owner := TokenWriteOwn, by.ID
	if all {
		what, owner = TokenWrite, ""
	}
	if err := s.Policy.Authorize(ctx, by, what, bedrail.Resource{Type: "token"}); err != nil {
		return nil, err
	}
	return s.Store.Tokens(ctx, s.scope(), owner)
}

// RevokeToken ends the token with id for good.
func (s *Service) RevokeToken(ctx context.Context, by bedrail.Actor, id string) error {
	t, err := s.Store.Token(ctx, s.scope(), id)
	if err != nil {
		return err
	}
	what := TokenWrite
	if t.Owner == by.ID {
		what = TokenWriteOwn
	}
	if err := s.Policy.Authorize(ctx, by, what, bedrail.Resource{Type: "token", ID: id}); err != nil {
		return err
	}
	return s.Store.RevokeToken(ctx, s.scope(), id, s.Clock.Now(), audit.Entry{By: by, Did: what, To: id, Note: "revoked"})
}

// Token returns the account of a program that shows secret, or a Denied error
// that is ErrUnauthenticated.
func (s *Service) Token(ctx context.Context, secret string) (Account, error) {
	wrong := refuse(ErrUnauthenticated, "the token is not known, has expired or was revoked")
	if !strings.HasPrefix(secret, tokenPrefix) {
		return Account{}, wrong
	}
	t, err := s.Store.TokenByHash(ctx, hash(secret))
	if bedrail.KindOf(err) == bedrail.NotFound {
		return Account{}, wrong
	} else if err != nil {
		return Account{}, fmt.Errorf("looking for a token: %w", err)
	}
	if t.Tenant != s.Tenant || s.tokenEnded(t) != nil {
		return Account{}, wrong
	}
	u, err := s.Store.User(ctx, s.scope(), t.Owner)
	if err != nil {
		return Account{}, fmt.Errorf("looking for the owner of a token: %w", err)
	}
	if u.Disabled {
		return Account{}, wrong
	}
	if now := s.Clock.Now(); now.Sub(t.LastUsed) >= touchEvery {
		if err := s.Store.TouchToken(ctx, t.ID, now); err != nil && bedrail.KindOf(err) != bedrail.Unavailable {
			return Account{}, fmt.Errorf("noting the use of a token: %w", err)
		}
	}
	return Account{User: u, Token: t, ExpiresAt: t.ExpiresAt}, nil
}

func (s *Service) tokenEnded(t Token) error {
	if !t.RevokedAt.IsZero() || !s.Clock.Now().Before(t.ExpiresAt) {
		return refuse(ErrUnauthenticated, "the token has ended")
	}
	return nil
}
