package verify

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// The inputs and signatures of AWS's Signature Version 4 test suite, which are
// made with a key of AWS's documentation.
const (
	suiteID     = "AKIDEXAMPLE"
	suiteSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

type suiteCase struct {
	Name          string
	Method        string
	Path          string
	Query         string
	Headers       [][2]string
	Body          string
	SignedHeaders string
	Signature     string
}

var suiteTime = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)

func TestSigV4Suite(t *testing.T) {
	data, err := os.ReadFile("testdata/sigv4/suite.json")
	if err != nil {
		t.Fatal(err)
	}
	var suite []suiteCase
	if err := json.Unmarshal(data, &suite); err != nil {
		t.Fatal(err)
	}
	if len(suite) < 20 {
		t.Fatalf("%d cases", len(suite))
	}
	for _, tt := range suite {
		t.Run(tt.Name, func(t *testing.T) {
			if got, want := tt.sign(awsKey{id: suiteID, secret: suiteSecret}), tt.want(tt.SignedHeaders, tt.Signature); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// TestSigV4Session is post-sts-header-before of the suite: the session token is
// signed.
func TestSigV4Session(t *testing.T) {
	session := "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUu" +
		"wthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAk" +
		"iY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
	tt := suiteCase{Method: "POST", Path: "/"}
	got := tt.sign(awsKey{suiteID, suiteSecret, session})
	want := tt.want("host;x-amz-date;x-amz-security-token", "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead")
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func (c suiteCase) sign(k awsKey) string {
	req := &http.Request{
		Method: c.Method, Header: http.Header{},
		URL: &url.URL{Scheme: "https", Host: "example.amazonaws.com", Path: c.Path, RawQuery: c.Query},
	}
	for _, h := range c.Headers {
		req.Header.Add(h[0], h[1])
	}
	k.sign(req, []byte(c.Body), "us-east-1", "service", suiteTime)
	return req.Header.Get("Authorization")
}

func (c suiteCase) want(signed, signature string) string {
	return "AWS4-HMAC-SHA256 Credential=" + suiteID + "/20150830/us-east-1/service/aws4_request, SignedHeaders=" + signed + ", Signature=" + signature
}

func TestCanonicalQueryOrder(t *testing.T) {
	query := url.Values{"a": {"2", "1"}, "a-": {"x"}, "b": {""}, "A": {"s p"}}
	if got, want := canonicalQuery(query), strings.Join([]string{"A=s%20p", "a=1", "a=2", "a-=x", "b="}, "&"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
