package verify

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/leakguard/leakguard/detectors/redact"
)

// awsRevoker deactivates an access key with the rights of the operator, whose own
// key stands in the environment: it needs iam:GetAccessKeyLastUsed, which tells
// the user that the leaked key is of, and iam:UpdateAccessKey.
type awsRevoker struct{}

const iamVersion = "2010-05-08"

// Plan shows both requests.
func (awsRevoker) Plan(c *Credential) (Plan, error) {
	id, err := revocableKeyID(c)
	if err != nil {
		return Plan{}, err
	}
	masked := redact.Secret([]byte(id))
	show := func(form url.Values) string {
		body, _ := url.QueryUnescape(form.Encode())
		return fmt.Sprintf("POST https://%s/\nContent-Type: application/x-www-form-urlencoded\n"+
			"Authorization: AWS4-HMAC-SHA256 (the key in AWS_ACCESS_KEY_ID)\n\n%s\n", operatorsPartition().iam, body)
	}
	return Plan{Requests: []string{show(lastUsedForm(masked)), show(deactivateForm(masked, "<the key's user>"))}}, nil
}

// Revoke sends them.
func (awsRevoker) Revoke(ctx context.Context, ask *Asker, c *Credential) error {
	id, err := revocableKeyID(c)
	if err != nil {
		return err
	}
	own := operatorsKey()
	if own.id == "" || own.secret == "" {
		return errors.New("an access key is deactivated with rights of your own: put a key that may call iam:GetAccessKeyLastUsed and iam:UpdateAccessKey into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	answer, err := callIAM(ctx, ask, own, lastUsedForm(id))
	if err != nil {
		return err
	}
	if answer.xml.UserName == "" {
		return errors.New("GetAccessKeyLastUsed: IAM names no user of the key: a key of the account's root is deactivated in the console, signed in as root")
	}
	_, err = callIAM(ctx, ask, own, deactivateForm(id, answer.xml.UserName))
	return err
}

func lastUsedForm(id string) url.Values {
	return url.Values{"Action": {"GetAccessKeyLastUsed"}, "Version": {iamVersion}, "AccessKeyId": {id}}
}

func deactivateForm(id, user string) url.Values {
	return url.Values{"Action": {"UpdateAccessKey"}, "Version": {iamVersion}, "AccessKeyId": {id}, "UserName": {user}, "Status": {"Inactive"}}
}

// callIAM returns IAM's answer to an action if it is that the action was done.
func callIAM(ctx context.Context, ask *Asker, own awsKey, form url.Values) (*awsAnswer, error) {
	p, action := operatorsPartition(), form.Get("Action")
	answer, err := callAWS(ctx, ask, own, awsRequest{
		host: p.iam, service: "iam", region: p.region, form: form,
		label: fmt.Sprintf("POST https://%s/ (%s)", p.iam, action),
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", action, err)
	case answer.Status == 200 && answer.xml.XMLName.Local == action+"Response":
		return answer, nil
	case answer.code() == "NoSuchEntity":
		return nil, fmt.Errorf("%s: the key is not one of the account that your own key (AWS_ACCESS_KEY_ID) belongs to, or is deleted already", action)
	case answer.code() == "AccessDenied":
		return nil, fmt.Errorf("%s: your own key (AWS_ACCESS_KEY_ID) is not allowed to call iam:%s: it is not deactivated", action, action)
	case answer.code() != "":
		return nil, fmt.Errorf("%s: IAM answers %d %s: it is not deactivated", action, answer.Status, answer.code())
	}
	return nil, fmt.Errorf("%s: the answer, %d, is not IAM's: it is not known to be deactivated", action, answer.Status)
}

// revocableKeyID is the id of the key that is to be deactivated.
func revocableKeyID(c *Credential) (string, error) {
	id := strings.TrimSpace(c.Value)
	if c.Rule.ID == "aws-secret-access-key" {
		switch all := c.Parts["key_id"]; {
		case len(all) == 0:
			return "", errors.New("a key is deactivated by its id, which does not stand near this secret access key")
		case len(all) > 1:
			return "", fmt.Errorf("%d key ids stand near this secret access key: revoke the one that is its own, by the fingerprint of the key id", len(all))
		case slices.Contains(c.Apart, "key_id"):
			return "", errors.New("the only key id that may be its own stands apart from this secret access key, and may be another's: deactivate the key in the console of IAM once you know")
		}
		id = c.Part("key_id")
	}
	if own := operatorsKey(); own.id == id {
		return "", errors.New("the leaked key is the one in AWS_ACCESS_KEY_ID: deactivating it would lock you out half-way; use another key of your own")
	}
	return id, nil
}

func operatorsKey() awsKey {
	return awsKey{os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")}
}

// operatorsPartition is that of the region that the environment names.
func operatorsPartition() awsPartition {
	region := os.Getenv("AWS_REGION")
	if region == "" {
		region = os.Getenv("AWS_DEFAULT_REGION")
	}
	switch {
	case strings.HasPrefix(region, "cn-"):
		return awsPartitions[1]
	case strings.HasPrefix(region, "us-gov-"):
		return awsPartitions[2]
	}
	return awsPartitions[0]
}
