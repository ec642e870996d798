package git_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/database"
	"github.com/leakguard/leakguard/scanner/files"
	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/scanner/git/pack"
	"github.com/leakguard/leakguard/scanner/seen"
	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// boundRules are one that holds everywhere, one in some files only, and one with a path
// that it lets pass.
const boundRules = `
id = "acme"
name = "Acme"
[[credential]]
id = "token"
name = "everywhere"
regex = '''\b(acme_[0-9a-z]{24})\b'''
[[credential]]
id = "bound"
name = "in some files only"
regex = '''\b(abound_[0-9a-z]{24})\b'''
path = '''\.conf$'''
[[credential]]
id = "allowed"
name = "but in documents"
regex = '''\b(allow_[0-9a-z]{24})\b'''
[[credential.allow]]
paths = ['''^docs/''']
`

func boundEngine(t *testing.T) *detectors.Engine {
	t.Helper()
	p, err := rules.ReadProvider("acme.toml", []byte(boundRules))
	if err != nil {
		t.Fatal(err)
	}
	e, err := detectors.New([]*rules.Provider{p}, detectors.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// credential is a value that begins with the prefix; each number makes another.
func credential(t *testing.T, prefix string, number uint64) string {
	t.Helper()
	s, err := rules.Expand(prefix+"${loweralnum:24}", rand.New(rand.NewPCG(number, 5)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// memory is what Options.Clean and Options.Read share.
type memory struct {
	mu    sync.Mutex
	clean map[pack.ID]bool
	told  []int // of how many each time
}

func newMemory() *memory { return &memory{clean: map[pack.ID]bool{}} }

func (m *memory) options() git.Options {
	o := git.Options{MaxSize: 64 << 20, Archives: files.DefaultLimits(), Unreachable: true, Workers: 2}
	if m == nil {
		return o
	}
	o.Clean = func(_ context.Context, ids []pack.ID) (func(pack.ID) bool, error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		known := map[pack.ID]bool{}
		for _, id := range ids {
			known[id] = m.clean[id]
		}
		return func(id pack.ID) bool { return known[id] }, nil
	}
	o.Read = func(ids []pack.ID) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.told = append(m.told, len(ids))
		for _, id := range ids {
			m.clean[id] = true
		}
	}
	return o
}

// has reports whether the object of that name in hexadecimal is remembered.
func (m *memory) has(t *testing.T, hash pack.Hash, name string) bool {
	t.Helper()
	id, err := hash.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return m.clean[id]
}

func zipped(t *testing.T, members ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i, text := range members {
		m, err := w.Create(fmt.Sprintf("m%d.conf", i))
		if err == nil {
			_, err = m.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func tarred(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: "m.txt", Mode: 0o644, Size: int64(len(text))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func inUTF16(text string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

// family are repositories that share blobs, some under other paths.
func family(t *testing.T) []*gitrepo.Repo {
	t.Helper()
	one := credential(t, "acme_", 1)
	bound, allowed := credential(t, "abound_", 2), credential(t, "allow_", 3)
	origin := gitrepo.New(t)
	origin.Write("a.txt", "key "+one+"\n").Write("clean.txt", "nothing here\n").Write("empty", "")
	origin.Write("bound.txt", bound+"\n").Write("docs/allowed.md", allowed+"\n").Write("left-out.txt", credential(t, "acme_", 4)+"\n")
	origin.Write("utf16.txt", inUTF16(credential(t, "acme_", 5))).Write("utf16-clean.txt", inUTF16("nothing"))
	origin.Write("binary", "\x00\x01"+credential(t, "acme_", 6)+"\x00").Write("binary-clean", "\x00\x01\x02")
	origin.Write("a.zip", zipped(t, "nothing", credential(t, "acme_", 7))).Write("clean.zip", zipped(t, "nothing"))
	origin.Write("bound.zip", zipped(t, credential(t, "abound_", 8))).Write("a.tar", tarred(t, credential(t, "acme_", 9)))
	origin.Write("damaged.zip", zipped(t, strings.Repeat("a member of some length ", 99))[:90])
	origin.Commit("all of it\n\n" + credential(t, "acme_", 10))
	origin.Git("tag", "-a", "v1", "-m", credential(t, "acme_", 11))

	fork := origin.Clone(origin.Dir)
	fork.Git("mv", "bound.txt", "bound.conf")
	fork.Git("mv", "docs/allowed.md", "allowed.md")
	fork.Git("mv", "left-out.txt", "kept.txt")
	fork.Write("own.txt", credential(t, "acme_", 12)+"\n").Write("again.txt", "copy of "+one+"\n").Commit("a fork's own")

	packed := origin.Clone(origin.Dir)
	for i := range 8 {
		packed.Write("clean.txt", strings.Repeat("a line\n", 200)+fmt.Sprintln(i)).Commit("grows")
	}
	packed.Write("clean.txt", strings.Repeat("a line\n", 200)+one+"\n").Commit("in a delta")
	packed.Remove("clean.txt").Commit("deleted")
	packed.Git("repack", "-q", "-a", "-d", "-f", "--depth=50")

	stranger := gitrepo.New(t)
	stranger.Write("etc/x.conf", bound+"\n").Write("docs/a.txt", "key "+one+"\n").Write("y.zip", zipped(t, "nothing")).Commit("no history in common")
	return []*gitrepo.Repo{origin, fork, packed, stranger}
}

// runHistory scans a repository. Of those whose turn is odd everything is suppressed.
func runHistory(t *testing.T, e *detectors.Engine, r *gitrepo.Repo, turn int, o git.Options) *scanner.Result {
	t.Helper()
	run := scanner.Options{Engine: e}
	if turn%2 == 1 {
		run.Suppress = func(all []scanner.Secret) (kept, suppressed []scanner.Secret, unused []string) { return nil, all, nil }
	}
	o.Exclude = func(path string) bool { return path == "left-out.txt" }
	return scanner.Run(t.Context(), []scanner.Source{git.NewHistory(openRepository(t, r.Dir), o)}, run)
}

// everything is all that a result says, but for how many blobs were read.
func everything(res *scanner.Result) string {
	var b strings.Builder
	for _, list := range [][]scanner.Secret{res.Secrets, res.Suppressed} {
		for _, s := range list {
			fmt.Fprintf(&b, "%s %s\n", s.Rule.ID, s.Fingerprint)
			for _, occ := range s.Occurrences {
				fmt.Fprintf(&b, "\t%+v\n", occ)
			}
		}
	}
	for _, c := range res.Coverage {
		fmt.Fprintf(&b, "gaps %v excluded %v commits %d trees %d\n", c.Gaps, c.Excluded, c.Read["commits"], c.Read["trees"])
	}
	return b.String()
}

// With the memory the same is found as without, in whichever order repositories are
// scanned, and in a second scan of each.
func TestMemoryFindsTheSame(t *testing.T) {
	e := boundEngine(t)
	repos := family(t)
	var want []string
	for i, r := range repos {
		res := runHistory(t, e, r, i, (*memory)(nil).options())
		want = append(want, everything(res))
		if len(res.Secrets)+len(res.Suppressed) == 0 {
			t.Fatalf("repository %d holds nothing", i)
		}
	}
	orders := [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}, {1, 0, 2, 3}, {3, 0, 1, 2}}
	for _, order := range orders {
		m := newMemory()
		for _, i := range slices.Concat(order, order) {
			if got := everything(runHistory(t, e, repos[i], i, m.options())); got != want[i] {
				t.Errorf("order %v, repository %d:\n%s\nwithout a memory:\n%s", order, i, got, want[i])
			}
		}
	}
}

// A second scan reads no blob but those that hold something, and a fork costs what it
// does not share. The same goes for the memory in a database.
func TestMemoryReadsOnce(t *testing.T) {
	e := boundEngine(t)
	r := gitrepo.New(t)
	r.Write("a", "one\n").Write("b", "two\n").Write("c.zip", zipped(t, "nothing")).Commit("clean")
	r.Write("a", "three\n").Commit("more")
	fork := r.Clone(r.Dir)
	fork.Write("d", "four\n").Write("e", credential(t, "acme_", 1)).Commit("own")
	fork.Git("repack", "-q", "-a", "-d")
	sha256 := gitrepo.New(t, "--object-format=sha256")
	sha256.Write("a", "one\n").Commit("clean")

	db, err := database.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	objects, err := seen.OpenObjects(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	kept := (*memory)(nil).options()
	kept.Clean = func(ctx context.Context, ids []pack.ID) (func(pack.ID) bool, error) {
		return objects.Clean(ctx, "A", ids)
	}
	kept.Read = func(ids []pack.ID) {
		if err := objects.Add(t.Context(), "A", ids); err != nil {
			t.Error(err)
		}
	}
	steps := []struct {
		name         string
		repo         *gitrepo.Repo
		read, before int64
	}{
		{"first", r, 4, 0},
		{"second", r, 0, 4},
		{"fork", fork, 2, 4},
		{"fork again", fork, 1, 5},
		{"other names", sha256, 1, 0},
		{"other names again", sha256, 0, 1},
	}
	for where, o := range map[string]git.Options{"map": newMemory().options(), "database": kept} {
		for _, s := range steps {
			cov := runHistory(t, e, s.repo, 0, o).Coverage[0]
			if read, before := cov.Read["blobs"], cov.Read["blobs read before"]; read != s.read || before != s.before {
				t.Errorf("%s, %s: %d blobs read, %d before; want %d and %d", where, s.name, read, before, s.read, s.before)
			}
		}
	}
}

// Only what was read whole and held nothing is remembered.
func TestMemoryOfWhat(t *testing.T) {
	tests := []struct {
		name, text string
		limit      func(*git.Options)
		want       bool
	}{
		{"text", "nothing", nil, true},
		{"empty", "", nil, true},
		{"archive", zipped(t, "one", "two"), nil, true},
		{"match", credential(t, "acme_", 1), nil, false},
		{"match that its path refuses", credential(t, "abound_", 1), nil, false},
		{"match that its path is allowed", credential(t, "allow_", 1), nil, false},
		{"match in an archive", zipped(t, "nothing", credential(t, "acme_", 1)), nil, false},
		{"match in the tar as a whole", tarred(t, credential(t, "acme_", 1)), nil, false},
		{"damaged archive", zipped(t, strings.Repeat("of some length ", 99))[:90], nil, false},
		{"limit of an archive", zipped(t, "one", "two"), func(o *git.Options) { o.Archives.Members = 1 }, false},
		{"archives left out", zipped(t, "one"), func(o *git.Options) { o.Archives.Depth = 0 }, false},
		{"document", escapedNotebook("nothing"), nil, true},
		{"match in a document", escapedNotebook(credential(t, "acme_", 1)), nil, false},
		{"damaged document", escapedNotebook("nothing")[:60], nil, false},
		{"too large", strings.Repeat("x", 2<<20), func(o *git.Options) { o.MaxSize = 1 << 20 }, false},
		{"too large to be held", strings.Repeat("x", 33<<20), nil, false},
	}
	e := boundEngine(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := gitrepo.New(t)
			r.Write("docs/a.txt", tt.text).Write("b.txt", "nothing either").Commit("c")
			m := newMemory()
			o := m.options()
			if tt.limit != nil {
				tt.limit(&o)
			}
			runHistory(t, e, r, 0, o)
			if got := m.has(t, pack.SHA1, r.Rev("HEAD:docs/a.txt")); got != tt.want {
				t.Errorf("remembered: %t", got)
			}
			if !m.has(t, pack.SHA1, r.Rev("HEAD:b.txt")) {
				t.Error("the other file is not remembered")
			}
		})
	}
}

// A repository whose object database gives a name to other content hides nothing in
// another one.
func TestMemoryOfWrongName(t *testing.T) {
	e := boundEngine(t)
	honest := gitrepo.New(t)
	honest.Write("a.txt", credential(t, "acme_", 1)).Write("b.txt", "nothing").Commit("c")
	held := honest.Rev("HEAD:a.txt")
	hostile := honest.Clone(honest.Dir)
	file := hostile.Loose(held)
	content, err := os.ReadFile(hostile.Loose(honest.Rev("HEAD:b.txt")))
	if err == nil {
		err = os.Remove(file) // the clone shares it
	}
	if err == nil {
		err = os.WriteFile(file, content, 0o444)
	}
	if err != nil {
		t.Fatal(err)
	}
	m := newMemory()
	if res := runHistory(t, e, hostile, 0, m.options()); len(res.Secrets) > 0 {
		t.Fatal("the content was not replaced: the test tests nothing")
	}
	if m.has(t, pack.SHA1, held) || !m.has(t, pack.SHA1, honest.Rev("HEAD:b.txt")) {
		t.Errorf("remembered: %v", m.clean)
	}
	if res := runHistory(t, e, honest, 0, m.options()); len(res.Secrets) != 1 {
		t.Errorf("%d secrets, want 1", len(res.Secrets))
	}
}

// A scan that ends in the middle remembers nothing that it did not read to its end.
func TestMemoryOfInterrupted(t *testing.T) {
	r := gitrepo.New(t)
	var members []string
	for i := range 20 {
		members = append(members, fmt.Sprintf("member %d", i))
		r.Write(fmt.Sprintf("f%d.txt", i), fmt.Sprintf("file %d", i))
	}
	r.Write("a.zip", zipped(t, members...)).Commit("c")
	var ids []string
	for i := range members {
		ids = append(ids, r.Rev(fmt.Sprintf("HEAD:f%d.txt", i)))
	}
	archive := r.Rev("HEAD:a.zip")
	for stop := range 45 {
		m := newMemory()
		o := m.options()
		o.Workers = 1
		ctx, cancel := context.WithCancel(t.Context())
		texts := map[string]bool{}
		n := 0
		// Of the texts, the first is the commit's.
		h := git.NewHistory(openRepository(t, r.Dir), o)
		err := h.Read(ctx, func(c scanner.Chunk) int {
			texts[string(c.Text)] = true
			if n++; n > stop {
				cancel()
			}
			return 0
		}, scanner.NewCoverage("test", scanner.InGit))
		cancel()
		if (err == nil) != (n <= stop) {
			t.Fatalf("stopped after %d texts: %v after %d", stop, err, n)
		}
		for i, id := range ids {
			if m.has(t, pack.SHA1, id) && !texts[fmt.Sprintf("file %d", i)] {
				t.Errorf("stopped after %d texts: file %d was not read and is remembered", stop, i)
			}
		}
		whole := !slices.ContainsFunc(members, func(text string) bool { return !texts[text] })
		if m.has(t, pack.SHA1, archive) && !whole {
			t.Errorf("stopped after %d texts: the archive was not read whole and is remembered", stop)
		}
		if err == nil && len(m.clean) != 21 {
			t.Errorf("read to the end, %d blobs are remembered", len(m.clean))
		}
	}
}

// A text in which the scan breaks down was not read.
func TestMemoryOfBreakdown(t *testing.T) {
	p, err := rules.ReadProvider("acme.toml", []byte(boundRules))
	if err != nil {
		t.Fatal(err)
	}
	p.Rules[0].Checksum = "no such checksum" // it panics when it is first asked for
	e, err := detectors.New([]*rules.Provider{p}, detectors.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	r := gitrepo.New(t)
	r.Write("a.txt", credential(t, "acme_", 1)).Write("b.txt", "nothing").Commit("c")
	m := newMemory()
	if res := runHistory(t, e, r, 0, m.options()); res.Complete() {
		t.Fatal("the scan did not break down: the test tests nothing")
	}
	if m.has(t, pack.SHA1, r.Rev("HEAD:a.txt")) || !m.has(t, pack.SHA1, r.Rev("HEAD:b.txt")) {
		t.Errorf("remembered: %v", m.clean)
	}
}

// Of many blobs some are told of while the rest is being read, each once; where there
// are gaps, all at the end, but for those that the gaps are of.
func TestMemoryIsToldAsItReads(t *testing.T) {
	const blobs = 40_000
	r := gitrepo.New(t)
	var in strings.Builder
	for i := range blobs {
		text := fmt.Sprintf("file %d", i)
		fmt.Fprintf(&in, "blob\ndata %d\n%s\n", len(text), text)
	}
	r.GitIn([]byte(in.String()), "fast-import", "--quiet")
	tests := []struct {
		name   string
		breaks map[string]bool
		told   []int
	}{
		{"no gap", nil, []int{16384, 16384, blobs - 2*16384}},
		{"gaps", map[string]bool{"file 7": true, "file 39999": true}, []int{16384, 16384, blobs - 2*16384 - 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMemory()
			cov := scanner.NewCoverage("test", scanner.InGit)
			err := git.NewHistory(openRepository(t, r.Dir), m.options()).Read(t.Context(), func(c scanner.Chunk) int {
				if tt.breaks[string(c.Text)] {
					cov.Gap(fmt.Sprint(c.Place), "internal error", "please report it")
				}
				return 0
			}, cov)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(m.told, tt.told) || len(m.clean) != blobs-len(tt.breaks) {
				t.Errorf("told of %v, %d in all; want %v", m.told, len(m.clean), tt.told)
			}
		})
	}
}

// A memory that cannot be asked is an error, and no blob is passed over for it.
func TestMemoryFails(t *testing.T) {
	r := gitrepo.New(t)
	r.Write("a.txt", "nothing").Commit("c")
	o := newMemory().options()
	o.Clean = func(context.Context, []pack.ID) (func(pack.ID) bool, error) { return nil, os.ErrDeadlineExceeded }
	res := runHistory(t, boundEngine(t), r, 0, o)
	if gaps := res.Coverage[0].Gaps; len(gaps) != 1 || !strings.Contains(gaps[0].Why, os.ErrDeadlineExceeded.Error()) {
		t.Errorf("gaps %v", gaps)
	}
}
