package git

import (
	"encoding/base64"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Auth is how to sign in where git talks to a remote over HTTP.
type Auth struct {
	Token  string // "" leaves it to git's own config and credential helpers
	User   string // that the server wants with it; "" is "x-access-token", as GitHub has it
	Server string // that gets the token, and nobody else: "https://github.com"
}

// login is what the server is sent (RFC 7617).
func (a Auth) login() string {
	user := a.User
	if user == "" {
		user = "x-access-token"
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+a.Token))
}

// settings make git sign in, as keys and values of its config.
func (a Auth) settings() [][2]string {
	if a.Token == "" {
		return nil
	}
	key := "http." + strings.TrimSuffix(a.Server, "/") + "/.extraheader"
	// An empty value takes back those before it: a server wants one such header.
	return [][2]string{{key, ""}, {key, "Authorization: " + a.login()}}
}

// hide takes what must not be seen out of a text.
func hide(text string, secrets ...string) string {
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s, "…")
		}
	}
	return text
}

// remoteEnvironment is the environment under which git talks to a remote: that of
// this process without what points git at a repository or makes it run a program,
// and with settings that no config file gets to see. protocols are those that git may
// speak, with colons between.
func remoteEnvironment(protocols string, settings [][2]string) []string {
	outside := slices.DeleteFunc(os.Environ(), func(e string) bool {
		name, _, _ := strings.Cut(e, "=")
		return slices.Contains([]string{"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE"}, name)
	})
	env := append(environment(outside), "GIT_ALLOW_PROTOCOL="+protocols, "GIT_CONFIG_NOSYSTEM=0", "GIT_CONFIG_COUNT="+strconv.Itoa(len(settings)))
	// Where the job says how to sign in, that holds.
	for _, name := range []string{"GIT_ASKPASS", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSL_CAINFO"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	for i, s := range settings {
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, s[0]), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, s[1]))
	}
	return env
}
