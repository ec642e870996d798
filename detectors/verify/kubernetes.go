package verify

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// kubernetesReview asks a cluster who one is. Nothing is created by it.
// https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/self-subject-review-v1/
const kubernetesReview = "/apis/authentication.k8s.io/v1/selfsubjectreviews"

// verifyKubernetes asks the API server that the part server names whose a bearer
// token is. Its certificate must be one that the system, or the configuration,
// trusts: an authority that stands in the scanned text is trusted by nobody.
func verifyKubernetes(ctx context.Context, ask *Asker, c *Credential) Verdict {
	server, err := url.Parse(c.Part("server"))
	if err != nil || server.Scheme != "https" || server.Host == "" || server.User != nil {
		return unverifiable("the https address of its cluster's API server does not stand near it")
	}
	what := "POST https://" + server.Host + kubernetesReview
	at := server.JoinPath(kubernetesReview)
	at.RawQuery, at.Fragment = "", ""
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at.String(),
		strings.NewReader(`{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}`))
	if err != nil {
		return unverifiable("the address of its cluster's API server is not complete")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(c.Value))
	answer, err := ask.Do(req, what)
	if err != nil {
		return ask.failed(err, what)
	}
	return kubernetesVerdict(answer, what)
}

// kubernetesAnswer is a SelfSubjectReview, or the Status that is answered instead
// of one.
type kubernetesAnswer struct {
	Kind    string          `json:"kind"`
	Status  json.RawMessage `json:"status"` // an object, or "Failure"
	Reason  string          `json:"reason"`
	Message string          `json:"message"`
	Code    int             `json:"code"`
}

// kubernetesVerdict concludes from the answer. A cluster of before 1.28 has no such
// question, and its answer tells nothing.
func kubernetesVerdict(a *Answer, what string) Verdict {
	var body kubernetesAnswer
	if json.Unmarshal(a.Body, &body) != nil {
		return neither(a, what)
	}
	var v Verdict
	failed := body.Kind == "Status" && body.Code == a.Status
	switch {
	case body.Kind == "SelfSubjectReview" && (a.Status == http.StatusOK || a.Status == http.StatusCreated):
		return kubernetesUser(a, body.Status, what)
	case failed && a.Status == http.StatusUnauthorized && body.Reason == "Unauthorized":
		v = dead("answered 401, a Status of reason Unauthorized")
	case failed && a.Status == http.StatusForbidden && body.Reason == "Forbidden" && kubernetesRefused(body.Message) != "":
		v = live("answered 403, a Status that names the user who may not do this")
		v.Identity.Name = kubernetesRefused(body.Message)
	default:
		return neither(a, what)
	}
	v.Endpoint = what
	return v
}

// kubernetesUser concludes from the user that a cluster takes one for.
func kubernetesUser(a *Answer, status json.RawMessage, what string) Verdict {
	var who struct {
		UserInfo struct {
			Username string   `json:"username"`
			UID      string   `json:"uid"`
			Groups   []string `json:"groups"`
		} `json:"userInfo"`
	}
	if json.Unmarshal(status, &who) != nil || who.UserInfo.Username == "" || who.UserInfo.Username == kubernetesNobody {
		return neither(a, what)
	}
	v := live("answered with the user name")
	v.Endpoint = what
	v.Identity.ID, v.Identity.Name = who.UserInfo.UID, who.UserInfo.Username
	if slices.Contains(who.UserInfo.Groups, "system:masters") {
		v.Access = Admin
	}
	return v
}

// kubernetesNobody is the user of requests without credentials.
const kubernetesNobody = "system:anonymous"

// kubernetesRefused is the user that a refusal names, as in
// `… is forbidden: User "ci" cannot create resource …`, unless it is nobody.
func kubernetesRefused(message string) string {
	_, rest, _ := strings.Cut(message, ` is forbidden: User "`)
	name, _, found := strings.Cut(rest, `" cannot `)
	if !found || name == kubernetesNobody {
		return ""
	}
	return name
}
