package verify

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/leakguard/leakguard/detectors/redact"
)

// awsPartition is one of AWS's separate clouds: a key of one is unknown to the
// others. The isolated ones (aws-iso and its kind) are not on the internet.
type awsPartition struct{ name, region, sts, iam string }

var awsPartitions = []awsPartition{
	{"aws", "us-east-1", "sts.amazonaws.com", "iam.amazonaws.com"},
	{"aws-cn", "cn-north-1", "sts.cn-north-1.amazonaws.com.cn", "iam.cn-north-1.amazonaws.com.cn"},
	{"aws-us-gov", "us-gov-west-1", "sts.us-gov-west-1.amazonaws.com", "iam.us-gov.amazonaws.com"},
}

// verifyAWS asks STS who the caller is, which any working key may: no policy can
// forbid it
// (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html).
func verifyAWS(ctx context.Context, ask *Asker, c *Credential) Verdict {
	keys := awsKeysOf(c)
	if len(keys) == 0 {
		return unverifiable("what completes it does not stand near it: a key id and its secret access key, and for a temporary one its session token")
	}
	var all []Verdict
	for _, k := range keys {
		v := verifyAWSKey(ctx, ask, k)
		if v.State == Live {
			return v
		}
		all = append(all, v)
	}
	v := least(all)
	if v.State == Dead && len(all) > 1 {
		return Verdict{State: Unknown, Endpoint: v.Endpoint, Evidence: v.Evidence,
			Reason: "refused both with the permanent and with the temporary key id that stand near it; neither may be its own"}
	}
	return v
}

// awsKeysOf are the whole keys that a credential and its parts make: with a
// permanent key id, and with a temporary one and its session token.
func awsKeysOf(c *Credential) []awsKey {
	value := strings.TrimSpace(c.Value)
	if c.Rule.ID == "aws-session-token" {
		k := awsKey{c.Part("key_id"), c.Part("secret_key"), value}
		if k.id == "" || k.secret == "" {
			return nil
		}
		return []awsKey{k}
	}
	var keys []awsKey
	if id := c.Part("key_id"); id != "" {
		keys = append(keys, awsKey{id: id, secret: value})
	}
	if id, session := c.Part("temporary_key_id"), c.Part("session_token"); id != "" && session != "" {
		keys = append(keys, awsKey{id, value, session})
	}
	return keys
}

// verifyAWSKey asks in each partition until one knows the key id.
func verifyAWSKey(ctx context.Context, ask *Asker, k awsKey) Verdict {
	if reason := ask.engine.notAsked(k.id); reason != "" {
		return unverifiable(reason)
	}
	var label string
	var asked []string
	for _, p := range awsPartitions {
		label = "POST https://" + p.sts + "/ (GetCallerIdentity)"
		answer, err := callAWS(ctx, ask, k, awsRequest{
			host: p.sts, service: "sts", region: p.region, label: label,
			form: url.Values{"Action": {"GetCallerIdentity"}, "Version": {"2011-06-15"}},
		})
		if err != nil {
			return ask.failed(err, label)
		}
		if answer.code() != "InvalidClientTokenId" {
			v := answer.verdict(k)
			v.Endpoint = label
			return v
		}
		asked = append(asked, p.name)
	}
	v := dead("answered InvalidClientTokenId in each partition: " + strings.Join(asked, ", "))
	v.Endpoint = label
	return v
}

// awsRequest is a call of a service with a query API.
type awsRequest struct {
	host, service, region, label string
	form                         url.Values
}

// awsAnswer is the answer of STS or IAM.
type awsAnswer struct {
	*Answer
	xml awsXML
}

// awsXML is what is read of the answers of STS and IAM.
type awsXML struct {
	XMLName  xml.Name
	Code     string `xml:"Error>Code"`
	Message  string `xml:"Error>Message"`
	Arn      string `xml:"GetCallerIdentityResult>Arn"`
	UserID   string `xml:"GetCallerIdentityResult>UserId"`
	Account  string `xml:"GetCallerIdentityResult>Account"`
	UserName string `xml:"GetAccessKeyLastUsedResult>UserName"`
}

func callAWS(ctx context.Context, ask *Asker, k awsKey, r awsRequest) (*awsAnswer, error) {
	body := r.form.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+r.host+"/", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	k.sign(req, []byte(body), r.region, r.service, ask.engine.now())
	answer, err := ask.Do(req, r.label)
	if err != nil {
		return nil, err
	}
	a := &awsAnswer{Answer: answer}
	if xml.Unmarshal(answer.Body, &a.xml) != nil {
		a.xml = awsXML{} // not AWS's: it says nothing
	}
	return a, nil
}

// code is that of an error in AWS's own form, or "".
func (a *awsAnswer) code() string {
	if a.xml.XMLName.Local != "ErrorResponse" || a.Status < 400 || a.Status >= 500 {
		return ""
	}
	return a.xml.Code
}

// verdict is what the answer of a partition that knows the key id says.
func (a *awsAnswer) verdict(k awsKey) Verdict {
	code := a.code()
	switch {
	case inconclusive(a.Answer) != "":
		return unknown(inconclusive(a.Answer))
	case a.Status == http.StatusOK && a.xml.XMLName.Local == "GetCallerIdentityResponse" &&
		a.xml.Arn != "" && a.xml.UserID != "" && a.xml.Account != "":
		v := live("answered 200 with the caller's ARN, user id and account")
		v.Identity = Identity{ID: a.xml.UserID, Name: a.xml.Arn, Account: a.xml.Account}
		v.Identity.Kind, v.Access = kindOfARN(a.xml.Arn)
		return v
	case code == "ExpiredToken" && k.session != "":
		return dead(fmt.Sprintf("answered %d, ExpiredToken", a.Status))
	case code == "SignatureDoesNotMatch" && aboutTime(a.xml.Message):
		return unknown("AWS finds the time of the request wrong: the clock of this machine is off")
	case code == "SignatureDoesNotMatch":
		return strayed(fmt.Sprintf("the key id %s is known to AWS, but the secret access key is not its own", redact.Secret([]byte(k.id))))
	case code != "":
		return unknown(fmt.Sprintf("AWS answers %d, an error that is neither its yes nor its no", a.Status))
	}
	return unknown(fmt.Sprintf("the answer, %d %s, is neither AWS's yes nor its no", a.Status, http.StatusText(a.Status)))
}

// aboutTime reports whether a signature was refused for its time: "Signature
// expired: …" and "Signature not yet current: …".
func aboutTime(message string) bool {
	return strings.HasPrefix(message, "Signature expired") || strings.HasPrefix(message, "Signature not yet current")
}

// kindOfARN is the kind of an identity and, for the root of an account, its access
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns).
// Roles of IAM Identity Center, whose names begin with AWSReservedSSO_, are
// assumed by people.
func kindOfARN(arn string) (kind string, access Access) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return "", ""
	}
	switch resource := parts[5]; {
	case resource == "root":
		return "", Admin
	case strings.HasPrefix(resource, "assumed-role/AWSReservedSSO_"):
		return "person", ""
	case strings.HasPrefix(resource, "assumed-role/"):
		return "machine", ""
	}
	return "", ""
}
