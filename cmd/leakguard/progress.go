package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/leakguard/leakguard/scanner"
)

const (
	progressAfter = time.Second
	progressEvery = 200 * time.Millisecond
)

// showProgress tells on a terminal how far a scan is, once it has taken a
// second. The returned function ends it and clears the line.
func (f *scanFlags) showProgress(w io.Writer, p *scanner.Progress) (stop func()) {
	if f.noProgress || !isTerminal(w) {
		return func() {}
	}
	done := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		start := time.Now()
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		shown := false
		for {
			select {
			case <-done:
				if shown {
					fmt.Fprint(w, "\r\x1b[K")
				}
				return
			case <-tick.C:
			}
			if elapsed := time.Since(start); elapsed >= progressAfter {
				shown = true
				fmt.Fprintf(w, "\r\x1b[Kreading: %d texts, %d MB, %d matches, %s",
					p.Texts.Load(), p.Bytes.Load()/1e6, p.Hits.Load(), elapsed.Truncate(time.Second))
			}
		}
	})
	return func() {
		close(done)
		wait.Wait()
	}
}
