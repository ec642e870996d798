package cilogs

// Bitbucket writes the log of each step: the clone, the images, the script and
// the teardown, with "+ " before each command (public logs of Bitbucket
// Pipelines; support.atlassian.com, "View your pipeline"). The names of job and
// step are not in it, only which of those parts a line is in.
func Bitbucket(jobs []Job) Build {
	b := newBuild(jobs)
	for i, j := range jobs {
		for k, s := range j.Steps {
			var w writer
			name := j.Name + "/" + s.Name + ".log"
			w.line("+ umask 000")
			w.line("")
			w.line(`+ GIT_LFS_SKIP_SMUDGE=1 retry 6 git clone --branch="main" --depth 50 ` +
				`https://x-token-auth:$REPOSITORY_OAUTH_ACCESS_TOKEN@bitbucket.org/$BITBUCKET_REPO_FULL_NAME.git $BUILD_DIR`)
			w.line("Cloning into '/opt/atlassian/pipelines/agent/build'...")
			w.line("")
			w.line("Images used:")
			w.line("    build : docker.io/library/golang@sha256:" + digest)
			w.line("+ make %s", s.Name)
			for _, text := range s.Lines {
				place := Place{Path: name, Step: "Script", Line: w.line("%s", text)}
				b.Places[i][k] = append(b.Places[i][k], place)
			}
			w.line("")
			w.line("Searching for files matching artifact pattern dist/**")
			b.add(name, &w)
		}
	}
	return b
}

// digest is that of an image, in hexadecimal.
const digest = "dd2a9179765849767b10e2adde7e10c4ad6b7e4d4846e6b77ec93f080cd2db27"
