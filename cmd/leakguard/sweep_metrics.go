package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"

	"github.com/leakguard/leakguard/action/sweep"
)

// serveMetrics answers on the address of --metrics, if one is given, until w is closed.
func (w *sweeping) serveMetrics(ctx context.Context, errs io.Writer) error {
	address := w.flags.metrics
	if address == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("--metrics %q: want an address and a port, such as 127.0.0.1:9464", address)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return fmt.Errorf("--metrics: %w", err)
	}
	fmt.Fprintf(errs, "leakguard: metrics are at http://%s/metrics\n", listener.Addr())
	complain := func(err error) { fmt.Fprintln(errs, "leakguard: metrics:", concealed(err.Error())) }
	ctx, stop := context.WithCancel(ctx)
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := serve(ctx, listener, metricsHandler(w.engine.Metrics, complain)); err != nil {
			complain(err)
		}
	})
	w.unserve = func() {
		stop()
		serving.Wait()
	}
	return nil
}

// metricsHandler answers GET /metrics. One answer at a time is made, so that scrapers in
// haste do not load the database.
func metricsHandler(gather func(context.Context) (*sweep.Metrics, error), complain func(error)) http.Handler {
	mux := http.NewServeMux()
	var turn sync.Mutex
	mux.HandleFunc("GET /metrics", func(rw http.ResponseWriter, r *http.Request) {
		turn.Lock()
		defer turn.Unlock()
		m, err := gather(r.Context())
		var text bytes.Buffer
		if err == nil {
			err = m.Write(&text)
		}
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				complain(err)
			}
			http.Error(rw, "the figures cannot be read now: the log of leakguard says why", http.StatusServiceUnavailable)
			return
		}
		rw.Header().Set("Content-Type", sweep.MetricsType)
		rw.Write(text.Bytes()) // its error is that the scraper is gone
	})
	return mux
}
