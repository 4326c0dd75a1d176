package main

import (
	"bytes"
	"encoding/json"
	"os"

	"tongchou/internal/desk"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/web"
)

// oidcFile is the form of a file that names an OpenID Connect provider, of users or of insured persons. The client's secret is not in it.
type oidcFile struct {
	Issuer   string   `json:"issuer"`
	ClientID string   `json:"client_id"`
	Back     string   `json:"back"`
	Scopes   []string `json:"scopes"`
	Claims   struct {
		Login    string `json:"login"`
		Number   string `json:"number"`
		Name     string `json:"name"`
		Verified string `json:"verified"`
	} `json:"claims"`
}

// The environment variables with the clients' secrets, which stay off the command line and out of files.
const (
	oidcSecret     = "TONGCHOU_OIDC_SECRET"
	platformSecret = "TONGCHOU_IDENTITY_SECRET"
)

// needed refuses a file that lacks a field. Every provider has the first three.
func (o oidcFile) needed(file string, fields map[string]string) error {
	for _, name := range []string{"issuer", "client_id", "back", "claims.login", "claims.number", "claims.name"} {
		if value, asked := fields[name]; asked && value == "" {
			return fault.New(fault.Usage, "cli.serve.oidc_missing", "file", file, "field", name)
		}
	}
	return nil
}

func openOIDC(file string) (o oidcFile, err error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return o, fault.Wrap(err, "cli.serve.oidc_read", "file", file)
	}
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil {
		return o, fault.New(fault.Usage, "cli.serve.oidc_form", "file", file, "reason", err.Error())
	}
	return o, nil
}

// readOIDC reads the provider of single sign-on; nil without a file.
func readOIDC(file string) (*web.SingleSignOn, error) {
	if file == "" {
		return nil, nil
	}
	o, err := openOIDC(file)
	if err != nil {
		return nil, err
	}
	if err := o.needed(file, map[string]string{"issuer": o.Issuer, "client_id": o.ClientID, "back": o.Back, "claims.login": o.Claims.Login}); err != nil {
		return nil, err
	}
	return &web.SingleSignOn{ClientID: o.ClientID, Secret: office.Secret(os.Getenv(oidcSecret)), Back: o.Back, Scopes: o.Scopes,
		Rules: office.OIDCRules{Issuer: o.Issuer, Login: o.Claims.Login}}, nil
}

// readPlatform reads the identity platform of insured persons; nil without a file.
func readPlatform(file string) (*web.IdentityPlatform, error) {
	if file == "" {
		return nil, nil
	}
	o, err := openOIDC(file)
	if err != nil {
		return nil, err
	}
	if err := o.needed(file, map[string]string{"issuer": o.Issuer, "client_id": o.ClientID, "back": o.Back, "claims.number": o.Claims.Number, "claims.name": o.Claims.Name}); err != nil {
		return nil, err
	}
	return &web.IdentityPlatform{ClientID: o.ClientID, Secret: office.Secret(os.Getenv(platformSecret)), Back: o.Back, Scopes: o.Scopes,
		Rules: desk.PlatformRules{Issuer: o.Issuer, Number: o.Claims.Number, Name: o.Claims.Name, Verified: o.Claims.Verified}}, nil
}
