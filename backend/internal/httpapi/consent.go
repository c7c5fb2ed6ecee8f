package httpapi

import (
	"cmp"
	"context"

	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
)

// consentText shows what a person is asked to agree to.
func (s *Server) consentText(_ context.Context, c *call, _ none) (api.ConsentText, error) {
	wanted := cmp.Or(c.gin.Query("language"), c.gin.GetHeader("Accept-Language"))
	text, err := s.Consents.Show(verify.Purpose(c.gin.Param("purpose")), wanted)
	return api.ConsentText(text), err
}

// agreed is a consent as a client says it.
func agreed(in api.Consent) verify.Consent {
	return verify.Consent{Version: in.Version, Language: in.Language}
}
