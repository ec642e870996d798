package verify_test

import (
	"bytes"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/leakguard/leakguard/detectors/verify"
)

// TestBSON holds our BSON to that of MongoDB's own library.
func TestBSON(t *testing.T) {
	written := bson.D{
		{Key: "hello", Value: int32(1)}, {Key: "name", Value: "a\u00e9"}, {Key: "payload", Value: bson.Binary{Data: []byte{0, 1, 2}}},
		{Key: "yes", Value: true}, {Key: "no", Value: false}, {Key: "in", Value: bson.D{{Key: "empty", Value: ""}}},
	}
	raw, err := bson.Marshal(written)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := verify.ReadBSON(raw); err != nil || !bytes.Equal(got, raw) {
		t.Errorf("%x (%v), want %x", got, err, raw)
	}
	other, err := bson.Marshal(bson.D{
		{Key: "ok", Value: 1.0}, {Key: "long", Value: int64(7)}, {Key: "id", Value: bson.NewObjectID()}, {Key: "time", Value: time.Now()},
		{Key: "stamp", Value: bson.Timestamp{T: 1}}, {Key: "none", Value: nil}, {Key: "list", Value: bson.A{"a", int32(2)}},
		{Key: "decimal", Value: bson.NewDecimal128(1, 2)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verify.ReadBSON(other); err != nil {
		t.Error(err)
	}
	for n := range raw {
		if _, err := verify.ReadBSON(raw[:n]); err == nil {
			t.Errorf("cut off after %d bytes: no error", n)
		}
	}
}

func FuzzBSON(f *testing.F) {
	raw, err := bson.Marshal(bson.D{{Key: "ok", Value: 1.0}, {Key: "list", Value: bson.A{bson.D{{Key: "b", Value: []byte("x")}}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte("\x05\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := verify.ReadBSON(b)
		if err != nil {
			return
		}
		if again, err := verify.ReadBSON(got); err != nil || !bytes.Equal(again, got) {
			t.Errorf("%x is written as %x, and that as %x (%v)", b, got, again, err)
		}
	})
}
