package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// tokenAnswer is what a token endpoint answers (RFC 6749, section 5). The token,
// which is a secret too, is kept only as the fact that there is one.
type tokenAnswer struct {
	granted     bool
	code        string // "invalid_grant"
	description string
	codes       []int // Microsoft's own
	status      int
}

// requestToken asks a token endpoint for a token. The verdict is that of an
// endpoint that does not answer as one does; it is nil where the answer counts.
func requestToken(ctx context.Context, ask *Asker, endpoint string, form url.Values) (*tokenAnswer, *Verdict) {
	label := "POST " + endpoint
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		v := ask.failed(err, label)
		return nil, &v
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	answer, err := ask.Do(req, label)
	if err != nil {
		v := ask.failed(err, label)
		return nil, &v
	}
	if reason := inconclusive(answer); reason != "" {
		return nil, &Verdict{State: Unknown, Reason: reason, Endpoint: label}
	}
	var body struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		Error       string `json:"error"`
		Description string `json:"error_description"`
		Codes       []int  `json:"error_codes"`
	}
	if json.Unmarshal(answer.Body, &body) != nil {
		return nil, &Verdict{State: Unknown, Reason: fmt.Sprintf("the answer, %d, is not that of a token endpoint", answer.Status), Endpoint: label}
	}
	return &tokenAnswer{
		granted: answer.Status == http.StatusOK && body.AccessToken != "" && strings.EqualFold(body.TokenType, "Bearer"),
		code:    body.Error, description: body.Description, codes: body.Codes, status: answer.Status,
	}, nil
}
