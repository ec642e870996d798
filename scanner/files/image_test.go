package files

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// An image of two layers, of which the second takes away what the first brought
// and its configuration says in Env and in its history.
func imageParts(t testing.TB, press func(testing.TB, []byte) []byte) (layers [][]byte, config []byte) {
	t.Helper()
	layers = [][]byte{
		press(t, makeTar(t, member{"app/.env", marker}, member{"app/run", "text"})),
		press(t, makeTar(t, member{"app/.wh..env", ""})), // a file that hides the one below
	}
	config, err := json.Marshal(map[string]any{
		"config":  map[string]any{"Env": []string{"PATH=/bin", "TOKEN=" + marker}},
		"history": []any{map[string]any{"created_by": "ARG TOKEN=" + marker}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return layers, config
}

func blobName(data []byte) string { return fmt.Sprintf("blobs/sha256/%x", sha256.Sum256(data)) }

func asIs(_ testing.TB, data []byte) []byte { return data }

// TestImages reads images as `docker save` writes them, of the legacy form and as
// an OCI layout, with layers that no suffix tells.
func TestImages(t *testing.T) {
	for how, press := range map[string]func(testing.TB, []byte) []byte{"plain": asIs, "gzip": gzipOf, "zstd": zstdOf} {
		layers, config := imageParts(t, press)
		parts := []member{
			{"oci-layout", `{"imageLayoutVersion":"1.0.0"}`}, {"index.json", "{}"}, {"manifest.json", "[]"},
			{blobName(config), string(config)}, {blobName(layers[0]), string(layers[0])}, {blobName(layers[1]), string(layers[1])},
		}
		inConfig, inLayer := "!"+blobName(config), "!"+blobName(layers[0])+"!app/.env"
		t.Run("OCI layout, "+how, func(t *testing.T) {
			want := []string{"image.tar" + inConfig, "image.tar" + inConfig, "image.tar" + inLayer}
			unpackAll("image.tar", makeTar(t, parts...), DefaultLimits()).want(t, want)
			unpackAll("image.tar", gzipOf(t, makeTar(t, parts...)), DefaultLimits()).want(t, want)
		})
		t.Run("folder of an OCI layout, "+how, func(t *testing.T) {
			texts := map[string]string{}
			for _, p := range parts {
				texts[p.name] = p.text
			}
			where := inLayer[1:]
			want := []string{inConfig[1:], inConfig[1:], where}
			if how == "plain" { // what is not compressed is read as it stands, too
				want = append(want, strings.TrimSuffix(where, "!app/.env"))
			}
			scanAll(t, New([]string{plant(t, texts)}, Options{})).want(t, want)
		})
	}
	t.Run("legacy", func(t *testing.T) {
		layers, config := imageParts(t, asIs)
		data := makeTar(t, member{"abc.json", string(config)}, member{"1/layer.tar", string(layers[0])}, member{"2/layer.tar", string(layers[1])})
		unpackAll("image.tar", data, DefaultLimits()).want(t, []string{"image.tar!1/layer.tar!app/.env", "image.tar!abc.json", "image.tar!abc.json"})
	})
}
