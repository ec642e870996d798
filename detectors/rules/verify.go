package rules

// Verify is the question that tells whether credentials of a provider are alive:
// HTTP requests with conditions on their answers, or a verifier written in Go.
// Package verify asks it.
type Verify struct {
	Rules    []string // ids of the rules that it is for
	Docs     string   // URL of the issuer's page on what is asked
	Verifier string   // instead of requests: a verifier of package verify
	// Hosts are patterns of the hosts that may be asked, such as "api.acme.com" or
	// "*.acme.com"; those that stand in clear in a request's URL need not be named.
	Hosts []string
	// HostFromText says that the host is one that the scanned text names. It is
	// asked only if the user's own configuration lists it.
	HostFromText bool
	Requests     []Request
	// Admin, Write and Read are patterns of the scopes that give such access, where
	// their names do not say so.
	Admin, Write, Read []string
	Answers            []Answer // what the issuer answers, for tests; not compiled in
}

// Revoke is the request that makes a credential invalid. It is sent only on an
// explicit command.
type Revoke struct {
	Rules        []string
	Docs         string
	Effect       string // what else dies or breaks, for the question that is asked first
	Verifier     string // instead of requests: a revoker of package verify
	Hosts        []string
	HostFromText bool
	Requests     []Request
}

// Request is one HTTP request and what its answer means. In URL, Headers, Bearer,
// Basic, Form and JSON ${secret}, ${part} and ${variable} stand for values, which
// are escaped for the place in which they stand.
type Request struct {
	Method  string // "GET" unless given
	URL     string
	Headers []Field
	Bearer  string   // for Authorization: Bearer
	Basic   []string // user and password, for Authorization: Basic
	Form    []Field
	JSON    string // a JSON text

	// Live, Dead, Next and Done are conditions on the answer. Dead is looked at
	// first. Live settles the verdict; of the requests behind it only those without
	// Live are sent, which tell more. Next lets the next request be sent before that.
	// Done ends a revocation.
	Live, Dead, Next, Done string
	Set                    []Field // variables for the requests behind it, as expressions
	Take                   []Field // what is told of the credential: see Taken
}

// Field is a name and its value.
type Field struct{ Name, Value string }

// Taken are the names that may be taken from an answer: the id, name and kind
// ("machine" or "person") of the identity, the account it belongs to, the scopes
// as a list or as words, access ("admin", "write", "read") where the answer says
// so outright, and three times.
var Taken = []string{"id", "name", "kind", "account", "scopes", "access", "created", "expires", "used"}

// Answer is one conversation with the issuer, as its documentation gives it.
type Answer struct {
	Rule    string // a rule to test it with; "": the first of the Verify
	Verdict string // "live", "dead" or "unknown"
	Name    string // the identity's name that must be told
	ID      string // the identity's id that must be told
	Access  string // the access that must be told
	Replies []Reply
}

// Reply is the answer to one request.
type Reply struct {
	Status  int
	Headers []Field
	Body    string
}

// Verification returns the question for a rule of this provider, or nil.
func (p *Provider) Verification(rule string) *Verify {
	for i := range p.Verify {
		for _, id := range p.Verify[i].Rules {
			if id == rule {
				return &p.Verify[i]
			}
		}
	}
	return nil
}

// Revocation returns the way to revoke what a rule of this provider finds, or nil.
func (p *Provider) Revocation(rule string) *Revoke {
	for i := range p.Revoke {
		for _, id := range p.Revoke[i].Rules {
			if id == rule {
				return &p.Revoke[i]
			}
		}
	}
	return nil
}
