package main

import (
	"bytes"
	"encoding/json"
	"os"

	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/web"
)

// oidcFile is the form of the file that names a provider of single sign-on. The client's secret is not in it.
type oidcFile struct {
	Issuer   string   `json:"issuer"`
	ClientID string   `json:"client_id"`
	Back     string   `json:"back"`
	Scopes   []string `json:"scopes"`
	Claims   struct {
		Login string `json:"login"`
	} `json:"claims"`
}

// oidcSecret names the environment variable with the client's secret, which stays off the command line and out of files.
const oidcSecret = "TONGCHOU_OIDC_SECRET"

// readOIDC reads the provider of single sign-on; nil without a file.
func readOIDC(file string) (*web.SingleSignOn, error) {
	if file == "" {
		return nil, nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fault.Wrap(err, "cli.serve.oidc_read", "file", file)
	}
	var o oidcFile
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil {
		return nil, fault.New(fault.Usage, "cli.serve.oidc_form", "file", file, "reason", err.Error())
	}
	for name, value := range map[string]string{"issuer": o.Issuer, "client_id": o.ClientID, "back": o.Back, "claims.login": o.Claims.Login} {
		if value == "" {
			return nil, fault.New(fault.Usage, "cli.serve.oidc_missing", "file", file, "field", name)
		}
	}
	return &web.SingleSignOn{ClientID: o.ClientID, Secret: office.Secret(os.Getenv(oidcSecret)), Back: o.Back, Scopes: o.Scopes,
		Rules: office.OIDCRules{Issuer: o.Issuer, Login: o.Claims.Login}}, nil
}
