package document

import "testing"

const harText = `{"log": {"version": "1.2", "creator": {"name": "x"}, "entries": [
 {"request": {"method": "POST", "url": "https://api.example.com/a?b=c",
   "headers": [{"name": "Authorization", "value": "Bearer \"x\""}], "cookies": [{"name": "sid", "value": "1"}],
   "postData": {"mimeType": "text/plain", "text": "a\nb", "params": [{"name": "p", "value": "q"}]}},
  "response": {"status": 200, "statusText": "OK", "headers": [{"name": "Set-Cookie", "value": "sid=2"}],
   "content": {"text": "aGVsbG8=", "encoding": "base64"}, "redirectURL": "/next"},
  "_webSocketMessages": [{"type": "send", "data": "over the socket"}]}
]}}`

func TestHAR(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"entry": {harText, []string{
			"entry 1 (api.example.com), request: POST https://api.example.com/a?b=c\nAuthorization: Bearer \"x\"\nsid=1\n",
			"entry 1 (api.example.com), request body: a\nb\np=q",
			"entry 1 (api.example.com), response: OK /next\nSet-Cookie: sid=2\n",
			"entry 1 (api.example.com), response body: hello",
			"entry 1 (api.example.com), WebSocket: over the socket",
		}},
		"damaged base64": {`{"log":{"entries":[{"request":{"method":"GET"},"response":{"content":{"text":"*","encoding":"base64"}}}]}}`, []string{
			"entry 1, request: GET \n", "entry 1, response:  \n",
			"entry 1, response body lost: illegal base64 data at input byte 0",
		}},
		"other type": {`{"log":{"entries":[{"request":{"method":12345}, "response":{"statusText":"OK"}}]}}`, []string{
			" lost: the value at byte 45 is of another type than it should be",
			"entry 1, request:  \n", "entry 1, response: OK \n",
		}},
		"damaged": {`{"log": [`, []string{"error: its JSON is malformed at byte 9"}},
	} {
		t.Run(name, func(t *testing.T) { readAll(t, HAR, []byte(tt.text)).want(t, tt.want...) })
	}
}

func FuzzHAR(f *testing.F) {
	seed(f, []byte(harText))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzed(t, HAR, data) })
}
