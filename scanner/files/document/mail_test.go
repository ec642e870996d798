package document

import (
	"strings"
	"testing"
)

const mailText = `From: me
Subject: =?utf-8?B?dGl0bGU=?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: text/plain

plain text
--outer
Content-Type: text/plain
Content-Transfer-Encoding: quoted-printable

a wrapp=
ed =3D line
--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/html
Content-Transfer-Encoding: BASE64

PGI+
Ym9sZA==
--inner--
--outer
Content-Type: application/octet-stream
Content-Disposition: attachment; filename="notes.txt"
Content-Transfer-Encoding: base64

aGVsbG8=
--outer
Content-Type: message/rfc822

Content-Transfer-Encoding: quoted-printable

in=20it
--outer--
`

const mboxText = "From me Mon Sep 17 00:00:00 2001\nSubject: a\n\ntext\n\n>From here on\n\n" +
	"From you Mon Sep 17 00:00:00 2001\nContent-Transfer-Encoding: base64\n\naGVsbG8=\nFrom the middle\n"

func TestMail(t *testing.T) {
	nested := strings.Repeat("Content-Type: message/rfc822\n\n", maxDepth+2)
	for name, tt := range map[string]struct {
		kind Kind
		text string
		want []string
	}{
		"parts": {Mail, mailText, []string{
			"header: Subject: title\n",
			"part 2: a wrapped = line",
			"part 3.1: <b>bold",
			"part 4 (notes.txt): hello",
			"part 5, body: in it",
		}},
		"one body":       {Mail, "Content-Transfer-Encoding: base64\n\naGVsbG8=\n", []string{"body: hello"}},
		"nothing to do":  {Mail, "Subject: a\n\ntext", nil},
		"damaged base64": {Mail, "Content-Transfer-Encoding: base64\n\naGVs****", []string{"body lost: illegal base64 data at input byte 4", "body: hel"}},
		"cut off":        {Mail, "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: base64\n\naGVsbG8=\naGV", []string{"part 1: hello"}},
		"encrypted":      {Mail, "Content-Type: multipart/encrypted; boundary=b\n\n--b--", []string{"body lost: encrypted"}},
		"too deep":       {Mail, nested, []string{strings.Repeat("body, ", 16) + "body… lost: mails are read 16 parts deep; the rest was not read"}},
		"no parts":       {Mail, "Content-Type: multipart/mixed; boundary=b\n\n--b\ntoken\n", []string{"body lost: its parts are malformed, or the last one is cut off"}},
		"no mail":        {Mail, "text", []string{"header lost: its header is malformed"}},
		"mailbox": {Mailbox, mboxText, []string{
			"message 2, body lost: illegal base64 data at input byte 8",
			"message 2, body: hello",
		}},
	} {
		t.Run(name, func(t *testing.T) { readAll(t, tt.kind, []byte(tt.text)).want(t, tt.want...) })
	}
}

func FuzzMail(f *testing.F) {
	seed(f, []byte(mailText), []byte(mboxText))
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzed(t, Mail, data)
		fuzzed(t, Mailbox, data)
	})
}
