package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// TestDeployQuoted holds docs/deploy.md to the files that it shows.
func TestDeployQuoted(t *testing.T) {
	t.Parallel()
	wantQuoted(t, "docs/deploy.md", "docs/deploy") // docs/workflows/sweep.yml: see TestActionDocs
}

// wantQuoted wants a page to quote each file of a folder as it is.
func wantQuoted(t *testing.T, page, folder string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(docsRoot, folder))
	if err != nil || len(entries) == 0 {
		t.Fatalf("%s: %d files: %v", folder, len(entries), err)
	}
	quoted := docAt(t, page).blocks("")
	for _, e := range entries {
		if file := folder + "/" + e.Name(); !slices.Contains(quoted, docAt(t, file).text) {
			t.Errorf("%s does not quote %s as it is", page, file)
		}
	}
}

// needSetting is the value of an environment variable without which a test is skipped,
// or fails where all is required. what is what it names.
func needSetting(t *testing.T, variable, what string) string {
	t.Helper()
	value := os.Getenv(variable)
	switch {
	case value != "":
	case os.Getenv("LEAKGUARD_REQUIRE_ALL") == "1":
		t.Fatalf("%s is not set: %s", variable, what)
	default:
		t.Skipf("%s is not set: %s", variable, what)
	}
	return value
}

// TestDeployCommands wants each command that the files run to be one of leakguard, with
// flags that it has.
func TestDeployCommands(t *testing.T) {
	t.Parallel()
	var commands []string
	text := docAt(t, "docs/deploy/leakguard-sweep.service").text + docAt(t, "docs/workflows/sweep.yml").text
	for _, m := range regexp.MustCompile(`(?m)^(?:ExecStart=|.*run: )\S*bin/(leakguard .*)$`).FindAllStringSubmatch(text, -1) {
		commands = append(commands, m[1])
	}
	for _, m := range kubernetesManifests(t) {
		commands = append(commands, "leakguard "+strings.Join(texts(dig(podOf(m), "containers", 0, "args")), " "))
	}
	if len(commands) != 4 {
		t.Fatalf("%d commands, want those of the service, the workflow, the CronJob and the Deployment: %q", len(commands), commands)
	}
	for _, c := range commands {
		if err := checkCall(c); err != nil || !strings.HasPrefix(c, "leakguard sweep ") {
			t.Errorf("%s: %v", c, err)
		}
	}
}

// TestDeployUnits has systemd read the units, and say how exposed the service is: 0 is
// not at all, 10 is without protection.
func TestDeployUnits(t *testing.T) {
	t.Parallel()
	program := needProgram(t, "systemd-analyze")
	dir := gitrepo.At(t, t.TempDir())
	for _, name := range []string{"leakguard-sweep.service", "leakguard-sweep.timer"} {
		text := docAt(t, "docs/deploy/"+name).text
		// Its program has to be there.
		dir.Write(name, strings.Replace(text, "/usr/local/bin/leakguard", filepath.Join(onPath(t), "leakguard"), 1))
	}
	service, timer := filepath.Join(dir.Dir, "leakguard-sweep.service"), filepath.Join(dir.Dir, "leakguard-sweep.timer")
	analyze := func(args ...string) (string, error) {
		out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
		return string(out), err
	}
	// What it does not know it warns of, and exits with 0.
	if out, err := analyze("verify", "--man=no", service, timer); err != nil || strings.Contains(out, "leakguard-sweep") {
		t.Errorf("verify: %v\n%s", err, out)
	}
	if out, err := analyze("security", "--offline=yes", "--threshold=20", service); err != nil {
		t.Errorf("security: %v\n%s", err, out)
	}
	dir.Write("leakguard-sweep.timer", "[Timer]\nOnCalendar=at night\nUnknownKey=1\n")
	if out, _ := analyze("verify", "--man=no", timer); !strings.Contains(out, "leakguard-sweep") {
		t.Errorf("verify says nothing of a timer that is wrong: %s", out)
	}
}

// kubernetesManifests are the documents of docs/deploy/kubernetes.yml.
func kubernetesManifests(t *testing.T) (all []map[string]any) {
	t.Helper()
	d := yaml.NewDecoder(strings.NewReader(docAt(t, "docs/deploy/kubernetes.yml").text))
	for {
		var m map[string]any
		if err := d.Decode(&m); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
}

// podOf is the pod of a CronJob or a Deployment.
func podOf(manifest map[string]any) any {
	if job := dig(manifest, "spec", "jobTemplate"); job != nil {
		return dig(job, "spec", "template", "spec")
	}
	return dig(manifest, "spec", "template", "spec")
}

// TestDeployKubernetes wants the pods to be allowed nothing, to have limits, and to get
// what is secret from a Secret alone.
func TestDeployKubernetes(t *testing.T) {
	t.Parallel()
	manifests := kubernetesManifests(t)
	if len(manifests) != 2 {
		t.Fatalf("%d manifests", len(manifests))
	}
	for _, m := range manifests {
		pod := podOf(m)
		c := dig(pod, "containers", 0)
		for what, held := range map[string]bool{
			"runs as a user":          dig(pod, "securityContext", "runAsNonRoot") == true,
			"seccomp":                 dig(pod, "securityContext", "seccompProfile", "type") == "RuntimeDefault",
			"no token of the cluster": dig(pod, "automountServiceAccountToken") == false,
			"a root that is read":     dig(c, "securityContext", "readOnlyRootFilesystem") == true,
			"no more privileges":      dig(c, "securityContext", "allowPrivilegeEscalation") == false,
			"no capabilities":         slices.Equal(texts(dig(c, "securityContext", "capabilities", "drop")), []string{"ALL"}),
			"a limit of memory":       dig(c, "resources", "limits", "memory") != nil,
			"a limit of disk":         dig(c, "resources", "limits", "ephemeral-storage") != nil,
			"mirrors in a volume":     dig(pod, "volumes", 0, "emptyDir", "sizeLimit") != nil,
		} {
			if !held {
				t.Errorf("%v: not %s", m["kind"], what)
			}
		}
		for i := range 3 {
			if name := dig(c, "env", i, "name"); dig(c, "env", i, "valueFrom", "secretKeyRef", "name") != "leakguard" {
				t.Errorf("%v: %v does not come from the Secret", m["kind"], name)
			}
		}
	}
}

// TestDeployKubernetesSchema has TypeScript hold the manifests to the types of the npm
// package kubernetes-models, which are made of the schemas of Kubernetes: a key that is
// not in them is an error, and so is a value of the wrong kind.
func TestDeployKubernetesSchema(t *testing.T) {
	t.Parallel()
	modules := needSetting(t, "LEAKGUARD_KUBERNETES_MODELS", "the folder node_modules with the npm packages kubernetes-models and typescript")
	wrong := kubernetesManifests(t)
	for i, key := range []string{"readOnlyRootFileSystem", "imagePullPolicy"} {
		c, _ := dig(podOf(wrong[i]), "containers", 0).(map[string]any)
		c[key] = "Sometimes"
	}
	dir := gitrepo.At(t, t.TempDir()).Write("right.ts", typed(t, kubernetesManifests(t))).Write("wrong.ts", typed(t, wrong)).Dir
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), needProgram(t, "node"), filepath.Join(modules, "typescript", "bin", "tsc"),
		"--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "right.ts", "wrong.ts")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if text := string(out); strings.Count(text, "error TS") != 2 || strings.Count(text, "wrong.ts(") != 2 ||
		!strings.Contains(text, "readOnlyRootFileSystem\"' does not exist") || !strings.Contains(text, "\"Sometimes\"' is not assignable") {
		t.Errorf("want two errors, for the key and the value that are wrong: %v\n%s", err, out)
	}
}

// typed is a module of TypeScript with the manifests, each of its type.
func typed(t *testing.T, manifests []map[string]any) string {
	t.Helper()
	var source strings.Builder
	for i, m := range manifests {
		text, err := json.MarshalIndent(m, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&source, "import { I%[1]s as T%[2]d } from \"kubernetes-models/%[3]v/%[1]s\";\nexport const m%[2]d: T%[2]d = %[4]s;\n", m["kind"], i, m["apiVersion"], text)
	}
	return source.String()
}

// TestDeployDockerfile wants an image that is made as this repository is, that has no
// shell, and in which nobody is root. Whether Docker builds it is not seen here.
func TestDeployDockerfile(t *testing.T) {
	t.Parallel()
	text := docAt(t, "docs/deploy/Dockerfile").text
	build := regexp.MustCompile(`(?m)^\t(CGO_ENABLED=0) \$\(GO\) (build -trimpath) -o bin/leakguard (\S+)$`).FindStringSubmatch(docAt(t, "Makefile").text)
	if build == nil {
		t.Fatal("the Makefile builds in another way")
	}
	if want := "RUN " + build[1] + " go " + build[2] + " -o /leakguard " + build[3] + "\n"; !strings.Contains(text, want) {
		t.Errorf("it does not build by %q", want)
	}
	stages := strings.Split(text, "\nFROM ")
	if last := stages[len(stages)-1]; !strings.Contains(strings.SplitN(last, "\n", 2)[0], "/distroless/static") || strings.Contains(last, "\nRUN ") {
		t.Errorf("the last stage has more than the program: %s", last)
	}
	for _, stage := range stages[2:] { // after that which builds
		if !strings.Contains(stage, "\nUSER 65532:65532\nENTRYPOINT [\"/usr/local/bin/leakguard\"]") {
			t.Errorf("a stage has another user or program: %s", stage)
		}
	}
}
