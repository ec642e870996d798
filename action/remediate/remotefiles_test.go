package remediate_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"testing"

	"golang.org/x/time/rate"

	"github.com/leakguard/leakguard/action/remediate"
	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/scanner/git"
)

func repositoriesFake(t *testing.T) *remediate.Repositories {
	t.Helper()
	content := base64.StdEncoding.EncodeToString([]byte("* @ada\n"))
	answers := map[string]string{
		"/repos/acme/shop/contents/.github/CODEOWNERS": fmt.Sprintf(`{"type": "file", "encoding": "base64", "content": "%s\n%s\n"}`, content[:4], content[4:]),
		"/repos/acme/shop/contents/docs":               `[{"type": "file"}]`,
		"/repos/acme/shop/contents/large":              `{"type": "file", "encoding": "none", "content": ""}`,
		"/repos/acme/shop/properties/values":           `[{"property_name": "owner", "value": "@acme/pay"}, {"property_name": "team", "value": ["a", "b"]}, {"property_name": "application", "value": null}]`,
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		answer, ok := answers[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			answer = `{"message": "Not Found"}`
		}
		io.WriteString(w, answer)
	}))
	t.Cleanup(srv.Close)
	c, err := forge.New(forge.Options{BaseURL: srv.URL, Rate: rate.Inf})
	if err != nil {
		t.Fatal(err)
	}
	return remediate.RepositoriesOn(c, "github.com")
}

func TestRepositoriesFile(t *testing.T) {
	r := repositoriesFake(t)
	const shop = "https://github.com/acme/shop"
	for _, test := range []struct {
		name, repository, path string
		want                   string
		err                    error
	}{
		{"a file", shop, ".github/CODEOWNERS", "* @ada\n", nil},
		{"no such file", shop, "CODEOWNERS", "", fs.ErrNotExist},
		{"a folder", shop, "docs", "", fs.ErrNotExist},
		{"too large", shop, "large", "", git.ErrTooLarge},
		{"another host", "https://gitlab.com/acme/shop", ".github/CODEOWNERS", "", remediate.ErrNoCopy},
		{"a path", "/src/shop", ".github/CODEOWNERS", "", remediate.ErrNoCopy},
		{"out of the repository", "https://github.com/acme/..", ".github/CODEOWNERS", "", remediate.ErrNoCopy},
	} {
		t.Run(test.name, func(t *testing.T) {
			data, err := r.File(t.Context(), test.repository, test.path)
			if string(data) != test.want || !errors.Is(err, test.err) {
				t.Errorf("%q, %v; want %q, %v", data, err, test.want, test.err)
			}
		})
	}
}

func TestRepositoriesProperties(t *testing.T) {
	r := repositoriesFake(t)
	for repository, want := range map[string]string{
		"https://github.com/acme/shop": "map[owner:[@acme/pay] team:[a b]]",
		"https://github.com/acme/none": "map[]",
		"https://gitlab.com/acme/shop": "map[]",
	} {
		if got, err := r.Properties(t.Context(), repository); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%s: %v, %v; want %s", repository, got, err, want)
		}
	}
}
