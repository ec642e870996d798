package outcomes

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"net"
	"net/http"
	"slices"
	"strings"
)

// HandlerOptions settle who may see the dashboard.
type HandlerOptions struct {
	// Token lets in who comes with it, as /?token=…; from then on a cookie does.
	Token string

	// Hosts are the names, without port, under which the dashboard is reached. A
	// request for another one is refused: a page of elsewhere could have its own name
	// lead here.
	Hosts []string

	// Secure keeps the cookie to HTTPS.
	Secure bool

	// Failed is told of a page that could not be made. The browser is not.
	Failed func(error)
}

// Handler serves the dashboard at /, as it is at each request, to those who have the
// token. It takes nothing in.
func Handler(page func(context.Context) (Page, error), o HandlerOptions) http.Handler {
	h := &handler{page, o, "leakguard-" + rand.Text(), rand.Text()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", h.serve)
	return h.guard(mux)
}

type handler struct {
	page    func(context.Context) (Page, error)
	options HandlerOptions
	cookie  string // its name: cookies do not know ports, and other servers have theirs
	session string // its value, not the token: that one may outlive the server
}

// guard refuses requests under a wrong name, and has browsers be strict.
func (h *handler) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", frame().policy+"; frame-ancestors 'none'")
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("X-Frame-Options", "DENY")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("Cross-Origin-Opener-Policy", "same-origin")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Cache-Control", "no-store")
		if !slices.ContainsFunc(h.options.Hosts, func(name string) bool { return strings.EqualFold(name, hostOf(r.Host)) }) {
			http.Error(w, "The dashboard is not served under this name.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostOf is a host without its port, an IPv6 address without brackets.
func hostOf(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.Trim(host, "[]")
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request) {
	if token := r.URL.Query().Get("token"); token != "" && same(token, h.options.Token) {
		http.SetCookie(w, &http.Cookie{Name: h.cookie, Value: h.session, Path: "/", HttpOnly: true, Secure: h.options.Secure, SameSite: http.SameSiteStrictMode})
		http.Redirect(w, r, "/", http.StatusSeeOther) // out of the address bar and the history
		return
	}
	if c, err := r.Cookie(h.cookie); err != nil || !same(c.Value, h.session) {
		http.Error(w, "Open the address that leakguard serve has printed, with its token.", http.StatusUnauthorized)
		return
	}
	p, err := h.page(r.Context())
	var text bytes.Buffer
	if err == nil {
		err = WriteHTML(&text, p)
	}
	if err != nil {
		h.options.Failed(err)
		http.Error(w, "The page could not be made; leakguard serve says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = text.WriteTo(w) // a browser that went away misses nothing
}

// same compares in a time that does not tell how much of it is right.
func same(given, want string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(given), []byte(want)) == 1
}
