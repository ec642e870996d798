package remediate_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/action/remediate"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/config"
	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/testdata/gitrepo"
)

const (
	shopURL    = "https://github.com/acme/shop"
	billingURL = "https://github.com/acme/billing"
	gitLabURL  = "https://gitlab.com/acme/web/shop"
)

// ownerFiles is a Fetch that knows files by "repository path".
func ownerFiles(files map[string]string) func(context.Context, string, string) ([]byte, error) {
	return func(_ context.Context, repository, path string) ([]byte, error) {
		text, ok := files[repository+" "+path]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return []byte(text), nil
	}
}

// leakedAt is a secret that HEAD of a repository has at paths.
func leakedAt(repository string, paths ...string) *ledger.History {
	h := &ledger.History{}
	for _, p := range paths {
		h.Occurrences = append(h.Occurrences, ledger.Occurrence{Occurrence: scanner.Occurrence{Kind: scanner.InGit, Repository: repository, Path: p, InHead: true}})
	}
	return h
}

func ownersOf(t *testing.T, o remediate.OwnerOptions, h *ledger.History) []ledger.Owner {
	t.Helper()
	owners, err := remediate.NewFinder(o).Owners(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	return owners
}

// wantOwners compares owners with lines "kind name: evidence".
func wantOwners(t *testing.T, got []ledger.Owner, want ...string) {
	t.Helper()
	var lines []string
	for _, o := range got {
		lines = append(lines, o.Kind+" "+o.Name+": "+o.Evidence)
	}
	if !slices.Equal(lines, want) {
		t.Errorf("owners\n  %s\nwant\n  %s", strings.Join(lines, "\n  "), strings.Join(want, "\n  "))
	}
}

func globs(t *testing.T, texts ...string) []config.Glob {
	t.Helper()
	var all []config.Glob
	for _, text := range texts {
		g, err := config.NewGlob(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	return all
}

func TestOwnersOfRules(t *testing.T) {
	rules := []config.OwnerRule{
		{Owner: "@acme/everything"},
		{Repositories: []string{"acme/shop*"}, Owner: "@acme/shop"},
		{Repositories: []string{"acme"}, Paths: globs(t, "payments/**"), Owner: "@ada"},
		{Repositories: []string{"zoo/*"}, Owner: "the zoo"},
	}
	tests := []struct {
		name string
		h    *ledger.History
		want []string
	}{
		{"the last that fits", leakedAt(shopURL, "a.env"), []string{"team @acme/shop: [[owners.rule]] 2 of the configuration, for acme/shop"}},
		{"a path", leakedAt(shopURL, "payments/a.env"), []string{"person @ada: [[owners.rule]] 3 of the configuration, for acme/shop"}},
		{"paths of several owners", leakedAt(shopURL, "payments/a.env", "b.env", "payments/c.env"), []string{
			"person @ada: [[owners.rule]] 3 of the configuration, for acme/shop",
			"team @acme/shop: [[owners.rule]] 2 of the configuration, for acme/shop"}},
		{"a member of an archive", leakedAt(shopURL, "b.zip!payments/a.env"), []string{"team @acme/shop: [[owners.rule]] 2 of the configuration, for acme/shop"}},
		{"an application", leakedAt("https://github.com/zoo/bear.git", "a"), []string{"application the zoo: [[owners.rule]] 4 of the configuration, for zoo/bear"}},
		{"a clone without a remote", leakedAt("/home/ada/shop", "a"), []string{"team @acme/everything: [[owners.rule]] 1 of the configuration, for shop"}},
		{"no occurrence", &ledger.History{}, []string{"team @acme/everything: [[owners.rule]] 1 of the configuration, for an unknown repository"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantOwners(t, ownersOf(t, remediate.OwnerOptions{Order: []string{"config"}, Rules: rules}, tt.h), tt.want...)
		})
	}
	none := remediate.OwnerOptions{Order: []string{"config"}, Rules: rules[2:3]}
	wantOwners(t, ownersOf(t, none, leakedAt(shopURL, "a.env")), "nobody nobody: no rule of the configuration is about acme/shop")
}

func TestOwnersOfInvalidRules(t *testing.T) {
	tests := []struct {
		name string
		rule config.OwnerRule
		want string
	}{
		{"a glob", config.OwnerRule{Repositories: []string{"!acme"}, Owner: "@ada"}, "[[owners.rule]] 1: repositories: glob"},
		{"an account", config.OwnerRule{Owner: "@not a login"}, `[[owners.rule]] 1: owner "@not a login": want`},
		{"an owner of nothing", config.OwnerRule{Owner: "<>"}, `[[owners.rule]] 1: owner "<>": want`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := remediate.NewFinder(remediate.OwnerOptions{Rules: []config.OwnerRule{tt.rule}}).Owners(t.Context(), leakedAt(shopURL, "a"))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

func TestOwnersOfIdentity(t *testing.T) {
	day := time.Date(2026, 11, 1, 23, 0, 0, 0, time.UTC)
	identity := func(i verify.Identity) verify.Verdict {
		return verify.Verdict{State: verify.Live, When: day, Identity: i}
	}
	dead := verify.Verdict{State: verify.Dead, When: day.Add(time.Hour)}
	tests := []struct {
		name     string
		verdicts []verify.Verdict // the last is the secret's
		want     string
	}{
		{"a machine", []verify.Verdict{identity(verify.Identity{ID: "42", Name: "deploy", Kind: "machine", Account: "acme"})},
			"application deploy: named by its issuer, stripe, account acme, on 2026-11-01"},
		{"a person", []verify.Verdict{identity(verify.Identity{Name: "ada", Kind: "person"})}, "person ada: named by its issuer, stripe, on 2026-11-01"},
		{"a person's address", []verify.Verdict{identity(verify.Identity{ID: "ada@example.com"})}, "person ada@example.com: named by its issuer, stripe, on 2026-11-01"},
		{"no person of this tracker", []verify.Verdict{identity(verify.Identity{Name: "@ceo @acme/all\n<b>", Kind: "person"})},
			"person ceo acme/all b: named by its issuer, stripe, on 2026-11-01"},
		{"an account only", []verify.Verdict{identity(verify.Identity{Account: "acme"})}, "application acme: named by its issuer, stripe, on 2026-11-01"},
		{"dead meanwhile", []verify.Verdict{identity(verify.Identity{ID: "old"}), identity(verify.Identity{ID: "key-7"}), dead},
			"application key-7: named by its issuer, stripe, on 2026-11-01"},
		{"not named", []verify.Verdict{dead}, "nobody nobody: its issuer did not say whose the secret is"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := leakedAt(shopURL, "a")
			h.Provider, h.Verdicts, h.Details.Verdict = "stripe", tt.verdicts, tt.verdicts[len(tt.verdicts)-1]
			wantOwners(t, ownersOf(t, remediate.OwnerOptions{Order: []string{"identity"}}, h), tt.want)
		})
	}
}

func TestOwnersOfProperties(t *testing.T) {
	tests := []struct {
		name       string
		repository string
		properties map[string][]string
		want       []string
	}{
		{"an account", shopURL, map[string][]string{"owner": {"@ada"}}, []string{"person @ada: custom property owner of acme/shop"}},
		{"a team without @", shopURL, map[string][]string{"Owner": {"acme/payments"}}, []string{"team @acme/payments: custom property owner of acme/shop"}},
		{"a bare name is a team", shopURL, map[string][]string{"team": {" payments "}}, []string{"team @acme/payments: custom property team of acme/shop"}},
		{"a team that is no name", shopURL, map[string][]string{"team": {"Team Payments!"}}, []string{"team Team Payments: custom property team of acme/shop"}},
		{"a team of no organisation", "/home/ada/shop", map[string][]string{"team": {"payments"}}, []string{"team payments: custom property team of shop"}},
		{"all of them, in order", shopURL, map[string][]string{"application": {"till", "shop"}, "team": {"b", "a"}, "owner": {"ada@example.com"}, "tier": {"1"}}, []string{
			"person ada@example.com: custom property owner of acme/shop",
			"team @acme/a: custom property team of acme/shop", "team @acme/b: custom property team of acme/shop",
			"application shop: custom property application of acme/shop", "application till: custom property application of acme/shop"}},
		{"none", shopURL, map[string][]string{"tier": {"1"}, "owner": {""}}, []string{"nobody nobody: no custom property owner, team or application of acme/shop is set"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asked := 0
			f := remediate.NewFinder(remediate.OwnerOptions{Order: []string{"properties"}, Properties: func(_ context.Context, repository string) (map[string][]string, error) {
				asked++
				if repository != tt.repository {
					t.Errorf("asked for %q", repository)
				}
				return tt.properties, nil
			}})
			for range 2 {
				owners, err := f.Owners(t.Context(), leakedAt(tt.repository, "a"))
				if err != nil {
					t.Fatal(err)
				}
				wantOwners(t, owners, tt.want...)
			}
			if asked != 1 {
				t.Errorf("asked %d times, want 1", asked)
			}
		})
	}
}

// written is an occurrence with an author.
func written(repository, path, author, email string, day int, inHead bool) ledger.Occurrence {
	return ledger.Occurrence{Occurrence: scanner.Occurrence{
		Kind: scanner.InGit, Repository: repository, Path: path, Commit: strings.Repeat(string(rune('a'+day)), 40), Author: author, Email: email,
		Date: time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC), InHead: inHead,
	}}
}

func TestOwnersOfCommits(t *testing.T) {
	places := []ledger.Occurrence{
		written(shopURL, "a", "Bob", "bob@example.com", 2, true),
		written(shopURL, "b", "Ada <b>", "12+ada@users.noreply.github.com", 3, true),
		written(shopURL, "c", "Cyd", "cyd@example.com", 4, false),
		written(shopURL, "d", "Dan", "not an address", 1, false),
		written(shopURL, "e", "robot[bot]", "1+robot[bot]@users.noreply.github.com", 5, true),
	}
	tests := []struct {
		name, source string
		places       []ledger.Occurrence
		want         string
	}{
		{"the newest that HEAD has", "committer", places, "person @ada: Ada b, author of commit dddddddddddd in acme/shop, the newest whose line HEAD still has"},
		{"the first", "author", places, "person Dan: author of commit bbbbbbbbbbbb in acme/shop, the first with the secret"},
		{"an address", "committer", places[:1], "person bob@example.com: Bob, author of commit cccccccccccc in acme/shop, the newest whose line HEAD still has"},
		{"not in HEAD", "committer", places[2:4], "nobody nobody: no line that HEAD of acme/shop still has was written by a person"},
		{"a bot", "author", places[4:], "nobody nobody: no commit of acme/shop with the secret is a person's"},
		{"a private address of another forge", "author", []ledger.Occurrence{written(gitLabURL, "a", "Ada", "1+ada@users.noreply.github.com", 1, true)},
			"person 1+ada@users.noreply.github.com: Ada, author of commit bbbbbbbbbbbb in acme/web/shop, the first with the secret"},
		{"a private address of GitLab", "author", []ledger.Occurrence{written(gitLabURL, "a", "", "12-ada-l@users.noreply.gitlab.com", 1, true)},
			"person @ada-l: author of commit bbbbbbbbbbbb in acme/web/shop, the first with the secret"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantOwners(t, ownersOf(t, remediate.OwnerOptions{Order: []string{tt.source}}, &ledger.History{Occurrences: tt.places}), tt.want)
		})
	}
}

// TestOwnersInOrder wants the first source that knows somebody to give the first
// owner, and all others to follow.
func TestOwnersInOrder(t *testing.T) {
	o := remediate.OwnerOptions{
		Rules: []config.OwnerRule{{Repositories: []string{"acme/other"}, Owner: "@acme/other"}},
		Fetch: ownerFiles(map[string]string{
			shopURL + " CODEOWNERS":        "* @acme/payments\n",
			shopURL + " catalog-info.yaml": "kind: Component\nmetadata: {name: till}\nspec: {owner: Payments}\n",
		}),
	}
	h := &ledger.History{Occurrences: []ledger.Occurrence{written(shopURL, "a", "Ada", "ada@example.com", 1, true)}}
	wantOwners(t, ownersOf(t, o, h),
		"team @acme/payments: CODEOWNERS line 1 of acme/shop; catalog-info.yaml of acme/shop, component till",
		"person ada@example.com: Ada, author of commit bbbbbbbbbbbb in acme/shop, the newest whose line HEAD still has; Ada, author of commit bbbbbbbbbbbb in acme/shop, the first with the secret")

	o.Order = []string{"author", "codeowners"}
	wantOwners(t, ownersOf(t, o, h),
		"person ada@example.com: Ada, author of commit bbbbbbbbbbbb in acme/shop, the first with the secret",
		"team @acme/payments: CODEOWNERS line 1 of acme/shop")

	o.Order = []string{"gut feeling"}
	if _, err := remediate.NewFinder(o).Owners(t.Context(), h); err == nil || !strings.Contains(err.Error(), "gut feeling: no such source") {
		t.Errorf("an unknown source: %v", err)
	}
}

// TestOwnersOfSharedSecret wants the owners of all repositories to be named, and
// that these share a secret.
func TestOwnersOfSharedSecret(t *testing.T) {
	o := remediate.OwnerOptions{Order: []string{"codeowners", "catalog"}, Fetch: ownerFiles(map[string]string{
		shopURL + " CODEOWNERS":           "* @acme/payments\n",
		billingURL + " CODEOWNERS":        "* @bob\n",
		billingURL + " catalog-info.yaml": "kind: Component\nmetadata: {name: invoices}\nspec: {owner: user:cyd}\n",
	})}
	h := leakedAt(shopURL, "a")
	h.Occurrences = append(h.Occurrences, leakedAt(billingURL, "b").Occurrences...)
	h.Occurrences = append(h.Occurrences, leakedAt("", "stdin").Occurrences...)
	wantOwners(t, ownersOf(t, o, h),
		"team @acme/payments: CODEOWNERS line 1 of acme/shop",
		"person @bob: CODEOWNERS line 1 of acme/billing",
		"person @cyd: catalog-info.yaml of acme/billing, component invoices",
		"application acme/shop: reuse (OWASP NHI9:2025): one of 2 repositories that hold the secret",
		"application invoices: reuse (OWASP NHI9:2025): one of 2 repositories that hold the secret, acme/billing")

	o.Fetch = ownerFiles(nil)
	wantOwners(t, ownersOf(t, o, h),
		"nobody nobody: acme/shop has no CODEOWNERS; acme/billing has no CODEOWNERS; acme/shop has no catalog-info.yaml; acme/billing has no catalog-info.yaml",
		"application acme/shop: reuse (OWASP NHI9:2025): one of 2 repositories that hold the secret",
		"application acme/billing: reuse (OWASP NHI9:2025): one of 2 repositories that hold the secret")
}

// TestOwnersOfManyRepositories wants the evidence to stay short.
func TestOwnersOfManyRepositories(t *testing.T) {
	h := &ledger.History{}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		h.Occurrences = append(h.Occurrences, leakedAt("https://github.com/acme/"+name, "x").Occurrences...)
	}
	owners := ownersOf(t, remediate.OwnerOptions{Order: []string{"config"}, Rules: []config.OwnerRule{{Owner: "@ada"}}}, h)
	wantOwners(t, owners[:1], "person @ada: [[owners.rule]] 1 of the configuration, for acme/a; [[owners.rule]] 1 of the configuration, for acme/b; [[owners.rule]] 1 of the configuration, for acme/c; and 2 more")
	if len(owners) != 6 {
		t.Errorf("%d owners, want the person and 5 applications", len(owners))
	}
}

// TestOwnersUnread wants what could not be read to be an error that names it, beside
// the owners that are known without it.
func TestOwnersUnread(t *testing.T) {
	broken := errors.New("503")
	o := remediate.OwnerOptions{
		Order:      []string{"codeowners", "properties", "author"},
		Fetch:      func(context.Context, string, string) ([]byte, error) { return nil, broken },
		Properties: func(context.Context, string) (map[string][]string, error) { return nil, broken },
	}
	h := &ledger.History{Occurrences: []ledger.Occurrence{written(shopURL, "a", "", "ada@example.com", 1, true)}}
	owners, err := remediate.NewFinder(o).Owners(t.Context(), h)
	if want := "owners: codeowners: .github/CODEOWNERS of acme/shop: 503\nowners: properties: acme/shop: 503"; err == nil || err.Error() != want || !errors.Is(err, broken) {
		t.Errorf("error %v, want %s", err, want)
	}
	wantOwners(t, owners, "person ada@example.com: author of commit bbbbbbbbbbbb in acme/shop, the first with the secret")

	h.Occurrences[0].Email = ""
	owners, err = remediate.NewFinder(o).Owners(t.Context(), h)
	if err == nil {
		t.Error("no error")
	}
	wantOwners(t, owners, "nobody nobody: codeowners of acme/shop could not be read; properties of acme/shop could not be read; no commit of acme/shop with the secret is a person's")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if owners, err := remediate.NewFinder(o).Owners(ctx, h); owners != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v, %v", owners, err)
	}
}

// TestOwnersWithoutFiles wants it to be said what was not looked at.
func TestOwnersWithoutFiles(t *testing.T) {
	tests := []struct {
		name  string
		fetch func(context.Context, string, string) ([]byte, error)
		want  string
	}{
		{"no way to read", nil, "files of acme/shop: there is no way to read them"},
		{"no copy", func(context.Context, string, string) ([]byte, error) { return nil, remediate.ErrNoCopy }, "files of acme/shop: the repository cannot be read from here"},
		{"too large for a clone", func(context.Context, string, string) ([]byte, error) { return nil, git.ErrTooLarge }, ".github/CODEOWNERS of acme/shop is larger than 3 MB and not used"},
		{"too large", func(context.Context, string, string) ([]byte, error) {
			return bytes.Repeat([]byte("* @ada\n"), 10<<20/7), nil
		}, ".github/CODEOWNERS of acme/shop is larger than 3 MB and not used"},
		{"no text", func(context.Context, string, string) ([]byte, error) { return []byte("* @ada\n\x00\x01"), nil }, ".github/CODEOWNERS of acme/shop is no text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantOwners(t, ownersOf(t, remediate.OwnerOptions{Order: []string{"codeowners"}, Fetch: tt.fetch}, leakedAt(shopURL, "a")), "nobody nobody: "+tt.want)
		})
	}
	wantOwners(t, ownersOf(t, remediate.OwnerOptions{Order: []string{"properties"}}, leakedAt(shopURL, "a")),
		"nobody nobody: custom properties of acme/shop: there is no way to ask for them")
	elsewhere := func(context.Context, string) (map[string][]string, error) { return nil, remediate.ErrNoCopy }
	wantOwners(t, ownersOf(t, remediate.OwnerOptions{Order: []string{"properties"}, Properties: elsewhere}, leakedAt(shopURL, "a")),
		"nobody nobody: custom properties of acme/shop: the repository cannot be read from here")
}

// TestOwnersReadFilesOnce wants a file, or that there is none, to be remembered.
func TestOwnersReadFilesOnce(t *testing.T) {
	var read []string
	files := ownerFiles(map[string]string{shopURL + " CODEOWNERS": "* @ada\n"})
	f := remediate.NewFinder(remediate.OwnerOptions{Order: []string{"codeowners"}, Fetch: func(ctx context.Context, repository, path string) ([]byte, error) {
		read = append(read, path)
		return files(ctx, repository, path)
	}})
	for range 3 {
		if _, err := f.Owners(t.Context(), leakedAt(shopURL, "a")); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{".github/CODEOWNERS", "CODEOWNERS"}; !slices.Equal(read, want) {
		t.Errorf("read %q, want %q", read, want)
	}
}

// TestOwnersConcurrently asks one finder from several goroutines.
func TestOwnersConcurrently(t *testing.T) {
	f := remediate.NewFinder(remediate.OwnerOptions{
		Fetch:      ownerFiles(map[string]string{shopURL + " CODEOWNERS": "* @ada\n", billingURL + " CODEOWNERS": "* @bob\n"}),
		Properties: func(context.Context, string) (map[string][]string, error) { return nil, nil },
	})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			repository, want := shopURL, "@ada"
			if i%2 == 1 {
				repository, want = billingURL, "@bob"
			}
			if owners, err := f.Owners(t.Context(), leakedAt(repository, "a")); err != nil || owners[0].Name != want {
				t.Errorf("%v, %v; want %s", owners, err, want)
			}
		})
	}
	all.Wait()
}

// TestGitFiles reads a real repository's HEAD, and of no other repository.
func TestGitFiles(t *testing.T) {
	g := gitrepo.New(t)
	g.Git("remote", "add", "origin", "git@github.com:acme/shop.git")
	g.Write(".github/CODEOWNERS", "* @acme/payments\n").Commit("owners")
	g.Write(".github/CODEOWNERS", "* @mallory\n") // not committed
	o := remediate.OwnerOptions{Order: []string{"codeowners"}, Fetch: remediate.GitFiles(g.Dir)}
	wantOwners(t, ownersOf(t, o, leakedAt(shopURL, "a")), "team @acme/payments: .github/CODEOWNERS line 1 of acme/shop")
	wantOwners(t, ownersOf(t, o, leakedAt(billingURL, "a")), "nobody nobody: files of acme/billing: the repository cannot be read from here")

	if _, err := remediate.GitFiles(t.TempDir())(t.Context(), shopURL, "CODEOWNERS"); !errors.Is(err, git.ErrNotRepository) {
		t.Errorf("no repository: %v", err)
	}
}

func TestMentions(t *testing.T) {
	many := []ledger.Owner{{Kind: "team", Name: "@acme/a"}}
	for _, c := range "abcdefghijkl" {
		many = append(many, ledger.Owner{Kind: "person", Name: "@p" + string(c)})
	}
	tests := []struct {
		name            string
		owners          []ledger.Owner
		assign, mention []string
	}{
		{"a person is assigned, a team mentioned", []ledger.Owner{{Kind: "team", Name: "@acme/payments"}, {Kind: "person", Name: "@ada"}}, []string{"ada"}, []string{"@acme/payments"}},
		{"each once", []ledger.Owner{{Kind: "person", Name: "@ada"}, {Kind: "person", Name: "@Ada"}}, []string{"ada"}, nil},
		{"without an account", []ledger.Owner{{Kind: "person", Name: "ada@example.com"}, {Kind: "person", Name: "ada"}, {Kind: "team", Name: "payments"}, {Kind: "nobody", Name: "nobody"}}, nil, nil},
		{"an application is nobody", []ledger.Owner{{Kind: "application", Name: "@ada"}}, nil, nil},
		{"what is no login", []ledger.Owner{{Kind: "person", Name: "@a b"}, {Kind: "person", Name: "@"}, {Kind: "team", Name: "@acme/../x"}, {Kind: "person", Name: "@acme/x"}}, nil, nil},
		{"too many", many, []string{"pa", "pb", "pc", "pd", "pe", "pf", "pg", "ph", "pi", "pj"}, []string{"@acme/a", "@pk", "@pl"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assign, mention := remediate.Mentions(tt.owners)
			if !slices.Equal(assign, tt.assign) || !slices.Equal(mention, tt.mention) {
				t.Errorf("assign %q, mention %q; want %q, %q", assign, mention, tt.assign, tt.mention)
			}
		})
	}
}
