package buildlog_test

import (
	"testing"

	"github.com/leakguard/leakguard/testdata/cilogs"
)

// harmless are lines that look like secrets and are none, by what they are.
var harmless = []struct {
	name  string
	lines []string // templates of rules.Expand
}{
	{"masks", []string{
		"  DEPLOY_TOKEN: ***", "Authorization: Bearer ***", "https://deploy:***@example.com/repo.git", "export API_KEY=***",
		"$ docker login -u ada -p ********", "password: [MASKED]", "$ export NPM_TOKEN=[secure]", `{"token":"***","secret":"****"}`,
		"AWS_SECRET_ACCESS_KEY=[REDACTED]", "api_key = <hidden>",
	}},
	{"git object ids", []string{
		"HEAD is now at ${hex:7} Merge branch 'main'", "Checking out Revision ${hex:40} (refs/remotes/origin/main)",
		"Download action repository 'actions/checkout@v4' (SHA:${hex:40})", "   ${hex:7}..${hex:7}  main -> main",
		"[command]/usr/bin/git checkout --progress --force ${hex:40}", "commit ${hex:40}", "GITHUB_SHA=${hex:40}",
		"  CI_COMMIT_SHA: ${hex:40}", "VCS revisions: 'Shop_Main' (Git, instance id 16): '${hex:40}' (branch: 'refs/tags/1.0')",
		"+refs/heads/*:refs/remotes/origin/* +${hex:40}:refs/remotes/pull/12/merge",
	}},
	{"image digests", []string{
		"Digest: sha256:${hex:64}", "Using docker image sha256:${hex:64} for golang:1.26 with digest golang@sha256:${hex:64} ...",
		"#8 sha256:${hex:64} 2.1MB / 28.2MB", "latest: digest: sha256:${hex:64} size: 2632", "${hex:12}: Pull complete",
		" ---> ${hex:12}", "Removing intermediate container ${hex:12}", "writing image sha256:${hex:64} done",
		"exporting manifest list sha256:${hex:64} 0.0s done", "Docker event: {\"status\":\"create\",\"id\":\"${hex:64}\"}",
	}},
	{"integrity hashes", []string{
		`      "integrity": "sha512-${base64:86}==",`, "  integrity sha512-${base64:86}==", "  resolution: {integrity: sha512-${base64:86}==}",
		`<script src="app.js" integrity="sha384-${base64:64}"></script>`, "    --hash=sha256:${hex:64} \\",
		"npm warn EINTEGRITY sha1-${base64:27}= integrity checksum failed", "npm ERR! wanted sha512-${base64:86}== but got sha512-${base64:86}==.",
	}},
	{"go.sum lines", []string{
		"github.com/acme/text v1.2.3 h1:${base64:43}=", "github.com/acme/text v1.2.3/go.mod h1:${base64:43}=",
		"verifying github.com/acme/text@v1.2.3: checksum mismatch", "\tdownloaded: h1:${base64:43}=", "\tgo.sum:     h1:${base64:43}=",
	}},
	{"lock files", []string{
		`  resolved "https://npm.example.com/left-pad/-/left-pad-1.3.0.tgz#${hex:40}"`, `checksum = "${hex:64}"`,
		`  "content-hash": "${hex:32}",`, `            "reference": "${hex:40}",`, `content-hash = "${hex:64}"`,
		`    {file = "attrs-23.1.0.tar.gz", hash = "sha256:${hex:64}"},`, `    "h1:${base64:43}=",`, `    "zh:${hex:64}",`,
		`  checksum: 10c0/${hex:128}`, `SPEC CHECKSUMS: Alamofire: ${hex:40}`, `            "sha256:${hex:64}"`,
	}},
	{"UUIDs", []string{
		"X-Request-Id: ${uuid}", "##[debug]Job ${uuid} started", "Deployment id: ${uuid}", "session ${uuid} closed",
		"[command]/usr/bin/bash --noprofile --norc -e -o pipefail /home/runner/work/_temp/${uuid}.sh", `{"traceId":"${uuid}","spanId":"${hex:16}"}`,
		"traceparent: 00-${hex:32}-${hex:16}-01",
	}},
	{"cache keys", []string{
		"Cache restored from key: Linux-node-${hex:64}", "key: setup-go-Linux-x64-ubuntu24-go-1.26.8-${hex:64}",
		"Found a cache from build 12 at v1-dependencies-${base64:43}=", "  cache-key: yarn-${hex:64}",
		"Cache hit for: node-cache-Linux-x64-npm-${hex:64}", "Checking cache for default-protected-${hex:40}...",
		"Successfully extracted cache key=gems-${hex:32}", "restore-keys: Linux-gradle-${hex:64}",
	}},
	{"build fingerprints", []string{
		"Build fingerprint: 'google/sdk_gphone/generic:14/UE1A.230829.036/${digit:8}:userdebug/dev-keys'", "build-id: ${hex:40}",
		"BuildID[sha1]=${hex:40}, stripped", "ETag: \"${hex:32}\"", "SHA256 fingerprint ${HEX:64}", "md5sum: ${hex:32}  dist/app.tar.gz",
		"${hex:64}  dist/app.tar.gz", "SHA512 (app.tar.gz) = ${hex:128}", "SHA256:${base64:43} ada@example.com (ED25519)",
		"Build cache key for task ':compileJava' is ${hex:32}", "Artifact download URL digest ${hex:64}",
	}},
	{"bundler chunks", []string{
		"dist/assets/index-${alnum:8}.js   143.61 kB │ gzip: 46.11 kB", "asset main.${hex:20}.js 1.2 MiB [emitted] [immutable] [minimized] (name: main)",
		"  build/static/js/main.${hex:8}.chunk.js", "chunk {main} main.${hex:20}.bundle.js (main) 2.1 MB [initial] [rendered]",
		"runtime.${hex:16}.js | runtime | 2.89 kB", "_next/static/${alnum:21}/_buildManifest.js", "Hash: ${hex:20}",
	}},
}

// TestHarmless: nothing is reported of what only looks like a secret, whatever
// system's log it is in.
func TestHarmless(t *testing.T) {
	engine := newEngine(t)
	for _, system := range cilogs.Systems() {
		for _, h := range harmless {
			t.Run(system.Name+"/"+h.name, func(t *testing.T) {
				var lines []string
				for i, template := range h.lines {
					for round := range uint64(3) {
						lines = append(lines, expand(t, template, 100*uint64(i)+round))
					}
				}
				b := system.Write([]cilogs.Job{
					{Name: "build", Steps: []cilogs.Step{{Name: "compile", Lines: lines}}},
					{Name: "deploy", Steps: []cilogs.Step{{Name: "roll-out", Lines: lines}}},
				})
				for _, s := range scan(t, engine, b).Secrets {
					t.Errorf("%s in line %q", s.Rule.ID, templateAt(b, h.lines, s.Occurrences[0].Path, s.Occurrences[0].StartLine))
				}
			})
		}
	}
}

// templateAt is the template of the line at a place; each was printed thrice.
func templateAt(b cilogs.Build, templates []string, path string, line int) string {
	for _, job := range b.Places {
		for i, p := range job[0] {
			if p.Path == path && p.Line == line {
				return templates[i/3]
			}
		}
	}
	return "that the system itself wrote"
}
