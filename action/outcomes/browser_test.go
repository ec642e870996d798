package outcomes

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// browser is one tab of a Chromium without a window, spoken to over a pipe in the
// DevTools protocol (chromedevtools.github.io/devtools-protocol). Messages end with
// a NUL byte.
type browser struct {
	t       *testing.T
	to      io.Writer
	from    *bufio.Reader
	last    int    // number of the last command
	session string // of the tab
	events  []event
}

// event is something that the tab told unasked.
type event struct {
	Method string `json:"method"`
	Params struct {
		Type    string `json:"type"`
		Request struct {
			URL string `json:"url"`
		} `json:"request"`
		Args             json.RawMessage `json:"args"`
		Entry            json.RawMessage `json:"entry"`
		ExceptionDetails json.RawMessage `json:"exceptionDetails"`
	} `json:"params"`
}

// newBrowser starts Chromium, of Debian's package chromium.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute) // it is stuck then
	cmd := exec.CommandContext(ctx, chromium(t), "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--no-first-run", "--disable-gpu",
		"--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--disable-breakpad", "--hide-scrollbars",
		"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--user-data-dir="+t.TempDir(), "about:blank")
	hears, says := pipe(t), pipe(t)
	cmd.ExtraFiles = []*os.File{hears.r, says.w}
	cmd.Stderr, cmd.WaitDelay = new(bytes.Buffer), 10*time.Second // of it all processes have a copy: when it ends, all are gone
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hears.r.Close()
	says.w.Close()
	b := &browser{t: t, to: hears.w, from: bufio.NewReader(says.r)}
	t.Cleanup(func() {
		fmt.Fprint(b.to, `{"id":0,"method":"Browser.close"}`, "\x00")
		io.Copy(io.Discard, b.from) // until it has gone
		cmd.Wait()
		cancel()
	})
	b.openTab()
	return b
}

// chromium is the path of the browser. Without one the test is skipped.
func chromium(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("LEAKGUARD_REQUIRE_ALL") == "1" {
			t.Fatal("chromium is not installed, and LEAKGUARD_REQUIRE_ALL=1")
		}
		t.Skip("chromium is not installed")
	}
	return path
}

type pipeEnds struct{ r, w *os.File }

func pipe(t *testing.T) pipeEnds {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return pipeEnds{r, w}
}

func (b *browser) openTab() {
	b.t.Helper()
	var target struct{ TargetID string }
	b.call("Target.createTarget", object{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", object{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", nil, nil)
	}
	b.call("Emulation.setDeviceMetricsOverride", object{"width": 1280, "height": 1600, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.media("screen", "light")
}

type object = map[string]any

// call gives a command and waits for its result.
func (b *browser) call(method string, params object, result any) {
	b.t.Helper()
	b.last++
	m := object{"id": b.last, "method": method}
	if params != nil {
		m["params"] = params
	}
	if b.session != "" {
		m["sessionId"] = b.session
	}
	text, err := json.Marshal(m)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.to.Write(append(text, 0)); err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
	for {
		var m struct {
			ID     int
			Result json.RawMessage
			Error  json.RawMessage
		}
		text := b.read(method)
		if err := json.Unmarshal(text, &m); err != nil {
			b.t.Fatalf("%s: %v", method, err)
		}
		if m.ID != b.last {
			continue
		}
		if m.Error != nil {
			b.t.Fatalf("%s: %s", method, m.Error)
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				b.t.Fatalf("%s: %v", method, err)
			}
		}
		return
	}
}

// read reads a message, and keeps it if it is an event.
func (b *browser) read(waiting string) []byte {
	b.t.Helper()
	text, err := b.from.ReadBytes(0)
	if err != nil {
		b.t.Fatalf("%s: the browser has gone: %v", waiting, err)
	}
	text = text[:len(text)-1]
	var e event
	if err := json.Unmarshal(text, &e); err != nil {
		b.t.Fatalf("%s: %v", waiting, err)
	}
	if e.Method != "" {
		b.events = append(b.events, e)
	}
	return text
}

// open loads a page and waits until it is drawn.
func (b *browser) open(url string) {
	b.t.Helper()
	b.events = nil
	b.call("Page.navigate", object{"url": url}, nil)
	for !b.heard("Page.loadEventFired") {
		b.read("load")
	}
}

func (b *browser) heard(method string) bool {
	for _, e := range b.events {
		if e.Method == method {
			return true
		}
	}
	return false
}

// eval runs an expression in the page and returns what it comes to.
func (b *browser) eval(expression string, result any) {
	b.t.Helper()
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	b.call("Runtime.evaluate", object{"expression": expression, "returnByValue": true, "awaitPromise": true}, &r)
	if r.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, r.ExceptionDetails)
	}
	if result != nil {
		if err := json.Unmarshal(r.Result.Value, result); err != nil {
			b.t.Fatalf("%s: %s: %v", expression, r.Result.Value, err)
		}
	}
}

// text is what an expression comes to that is text.
func (b *browser) text(expression string) (s string) {
	b.t.Helper()
	b.eval(expression, &s)
	return s
}

// texts is what an expression comes to that is a list of texts.
func (b *browser) texts(expression string) (list []string) {
	b.t.Helper()
	b.eval(expression, &list)
	return list
}

// keys presses keys, as a person does: Tab and Enter by name, others as text.
func (b *browser) keys(names ...string) {
	b.t.Helper()
	for _, name := range names {
		key := object{"key": name, "text": name}
		switch name {
		case "Tab":
			key = object{"key": name, "code": name, "windowsVirtualKeyCode": 9}
		case "Enter":
			key = object{"key": name, "code": name, "windowsVirtualKeyCode": 13, "text": "\r"}
		}
		for _, kind := range []string{"keyDown", "keyUp"} {
			key["type"] = kind
			b.call("Input.dispatchKeyEvent", key, nil)
		}
	}
}

// media has the page be shown on a screen or on paper, light or dark.
func (b *browser) media(on, scheme string) {
	b.t.Helper()
	b.call("Emulation.setEmulatedMedia", object{"media": on, "features": []object{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
	b.eval("new Promise(requestAnimationFrame).then(() => 1)", nil)
}

// picture is what the top of the page looks like, as PNG.
func (b *browser) picture() []byte {
	b.t.Helper()
	var shot struct{ Data string }
	b.call("Page.captureScreenshot", object{"format": "png"}, &shot)
	data, err := base64.StdEncoding.DecodeString(shot.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	return data
}

// quiet wants the page to have complained of nothing, and to have asked the network
// for nothing but itself.
func (b *browser) quiet(own ...string) {
	b.t.Helper()
	b.eval("new Promise(requestAnimationFrame).then(() => 1)", nil)
	asked := 0
	for _, e := range b.events {
		switch p := e.Params; e.Method {
		case "Runtime.consoleAPICalled":
			b.t.Errorf("the console has: %s %s", p.Type, p.Args)
		case "Runtime.exceptionThrown":
			b.t.Errorf("an exception: %s", p.ExceptionDetails)
		case "Log.entryAdded":
			b.t.Errorf("the log has: %s", p.Entry)
		case "Network.requestWillBeSent":
			asked++
			ours := strings.HasPrefix(p.Request.URL, "data:")
			for _, u := range own {
				ours = ours || u == p.Request.URL
			}
			if !ours {
				b.t.Errorf("a request for %s", p.Request.URL)
			}
		}
	}
	if asked == 0 {
		b.t.Error("not even the page was asked for: requests are not seen")
	}
}

// expect wants an expression to come to a value.
func expect[T comparable](b *browser, expression string, want T) {
	b.t.Helper()
	var got T
	b.eval(expression, &got)
	if got != want {
		b.t.Errorf("%s: %s, want %s", expression, fmt.Sprint(got), fmt.Sprint(want))
	}
}
