package oidc

import (
	"encoding/json"
	"net/http"

	wire "github.com/zitadel/oidc/v3/pkg/oidc"
)

// Scopes that a service can ask for.
const (
	scopeOpenID   = wire.ScopeOpenID
	scopeOffline  = wire.ScopeOfflineAccess
	scopeRealname = "realname" // verified, verified_at and method, without a name
	ScopeStatus   = "status"   // of the service itself: ask about people who agreed
)

// metadata is the provider's document (OpenID Connect Discovery 1.0; RFC 9207;
// OpenID Connect for Identity Assurance 1.0, 9).
type metadata struct {
	wire.DiscoveryConfiguration
	IssInAnswers         bool     `json:"authorization_response_iss_parameter_supported"`
	VerifiedClaims       bool     `json:"verified_claims_supported"`
	TrustFrameworks      []string `json:"trust_frameworks_supported"`
	Evidence             []string `json:"evidence_supported"`
	Documents            []string `json:"documents_supported"`
	Records              []string `json:"electronic_records_supported"`
	ClaimsInVerifiedOnes []string `json:"claims_in_verified_claims_supported"`
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	methods := []wire.AuthMethod{wire.AuthMethodBasic, wire.AuthMethodPrivateKeyJWT, wire.AuthMethodNone}
	writeJSON(w, metadata{
		DiscoveryConfiguration: wire.DiscoveryConfiguration{
			Issuer: p.cfg.Issuer, AuthorizationEndpoint: p.at("/oidc/authorize"), JwksURI: p.at("/oidc/jwks"),
			TokenEndpoint: p.at(pathToken), UserinfoEndpoint: p.at(pathUserinfo), RevocationEndpoint: p.at(pathRevoke),
			DeviceAuthorizationEndpoint:      p.at(pathDevice),
			ScopesSupported:                  []string{scopeOpenID, scopeRealname, scopeOffline, ScopeStatus},
			ResponseTypesSupported:           []string{string(wire.ResponseTypeCode)},
			ResponseModesSupported:           []string{string(wire.ResponseModeQuery)},
			GrantTypesSupported:              []wire.GrantType{wire.GrantTypeCode, wire.GrantTypeRefreshToken, wire.GrantTypeClientCredentials, wire.GrantTypeDeviceCode},
			SubjectTypesSupported:            []string{"pairwise"},
			IDTokenSigningAlgValuesSupported: []string{"ES256"},

			TokenEndpointAuthMethodsSupported:               methods,
			TokenEndpointAuthSigningAlgValuesSupported:      assertionNames(),
			RevocationEndpointAuthMethodsSupported:          methods,
			RevocationEndpointAuthSigningAlgValuesSupported: assertionNames(),
			CodeChallengeMethodsSupported:                   []wire.CodeChallengeMethod{wire.CodeChallengeMethodS256},
			ClaimTypesSupported:                             []string{"normal"},
			ClaimsSupported:                                 []string{"sub", "verified", "verified_at", "method"},
			ClaimsParameterSupported:                        true,
		},
		IssInAnswers: true, VerifiedClaims: true,
		TrustFrameworks: []string{p.cfg.Framework}, Evidence: []string{"electronic_record", "document"},
		Documents: []string{"idcard"}, Records: []string{"mobile_carrier"}, ClaimsInVerifiedOnes: []string{"name"},
	})
}

// writeError answers with an OAuth error (RFC 6749, 5.2).
func writeError(w http.ResponseWriter, status int, v map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the reader is gone where it fails
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=60")
	_ = json.NewEncoder(w).Encode(v) // the reader is gone where it fails
}
