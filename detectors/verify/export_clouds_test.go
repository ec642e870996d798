package verify

import (
	"net/http"
	"time"
)

// SignAWS, SignSharedKey and AccountOfKeyID let the servers of tests check what
// they are sent.
func SignAWS(id, secret, session string, req *http.Request, body []byte, region, service string, now time.Time) {
	awsKey{id, secret, session}.sign(req, body, region, service, now)
}

func SignSharedKey(req *http.Request, account string, key []byte, now time.Time) {
	signSharedKey(req, account, key, now)
}

func AccountOfKeyID(id string) string { return accountOfKeyID(id) }
