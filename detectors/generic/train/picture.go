package main

import (
	"bytes"
	"fmt"
	"os"
)

// Where the axes of the picture lie, in pixels.
const (
	plotLeft, plotTop     = 60.0, 20.0
	plotWidth, plotHeight = 560.0, 440.0
)

func plotX(recall float64) float64    { return plotLeft + plotWidth*recall }
func plotY(precision float64) float64 { return plotTop + plotHeight*(1-precision) }

// point is a scanner at one cut, and on which side of it its name is written.
type point struct {
	name              string
	precision, recall float64
	side              side
}

type side uint8

const (
	onRight side = iota
	onLeft
	beneath
)

// peers are other scanners with their defaults, measured with the same labels.
var peers = []point{
	{"gitleaks 8.30.1", 0.917, 0.230, onRight},
	{"betterleaks 1.7", 0.920, 0.192, onLeft},
	{"trufflehog 3.97", 0.779, 0.051, onRight},
	{"titus 1.1", 0.869, 0.234, onRight},
}

// Colours of the picture.
const (
	ours   = "#0059b3"
	theirs = "#b33000"
	pale   = "#8c8c8c"
)

// writePicture draws precision over recall at every cut, of the first run, as SVG.
func (r *report) writePicture(file string) error {
	var out bytes.Buffer
	writeAxes(&out)
	writeCurve(&out, r.alone[0].curve(), pale)
	writeCurve(&out, r.both[0].curve(), ours)
	for _, p := range peers {
		p.writeTo(&out, theirs)
	}
	rules, both := r.rules.at(r.cut, nil), r.both[0].at(r.cut, nil)
	point{"leakguard, rules alone", rules.precision(), rules.recall(), beneath}.writeTo(&out, ours)
	point{"leakguard, default cut", both.precision(), both.recall(), beneath}.writeTo(&out, ours)
	for i, key := range []struct{ name, colour string }{{"rules and model, by cut", ours}, {"model alone, by cut", pale}} {
		at := plotY(0.12) + 18*float64(i)
		fmt.Fprintf(&out, `<path d="M%.1f %.1fh24" stroke="%s" stroke-width="2"/><text x="%.1f" y="%.1f">%s</text>`+"\n",
			plotX(0.03), at, key.colour, plotX(0.03)+30, at+4, key.name)
	}
	out.WriteString("</svg>\n")
	return os.WriteFile(file, out.Bytes(), 0o644)
}

// writeAxes begins the picture: a grid with a line at each tenth.
func writeAxes(out *bytes.Buffer) {
	fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="sans-serif" font-size="12">`+"\n",
		plotLeft+plotWidth+30, plotTop+plotHeight+50)
	out.WriteString(`<rect width="100%" height="100%" fill="white"/>` + "\n")
	for i := range 11 {
		v := float64(i) / 10
		fmt.Fprintf(out, `<path d="M%.1f %.1fV%.1fM%.1f %.1fH%.1f" stroke="#ddd"/>`+"\n", plotX(v), plotY(0), plotY(1), plotX(0), plotY(v), plotX(1))
		fmt.Fprintf(out, `<text x="%.1f" y="%.1f" text-anchor="middle">%.1f</text>`+"\n", plotX(v), plotY(0)+18, v)
		fmt.Fprintf(out, `<text x="%.1f" y="%.1f" text-anchor="end">%.1f</text>`+"\n", plotX(0)-8, plotY(v)+4, v)
	}
	fmt.Fprintf(out, `<text x="%.1f" y="%.1f" text-anchor="middle">recall</text>`+"\n", plotX(0.5), plotY(0)+40)
	fmt.Fprintf(out, `<text transform="translate(18 %.1f) rotate(-90)" text-anchor="middle">precision</text>`+"\n", plotY(0.5))
}

// writeCurve draws a curve, with a point where recall has grown by a pixel's worth.
func writeCurve(out *bytes.Buffer, curve []counts, colour string) {
	out.WriteString(`<polyline fill="none" stroke-width="2" stroke="` + colour + `" points="`)
	last := -1.0
	for i, c := range curve {
		if at := plotX(c.recall()); at-last >= 1 || i == len(curve)-1 {
			fmt.Fprintf(out, "%.1f,%.1f ", at, plotY(c.precision()))
			last = at
		}
	}
	out.WriteString("\"/>\n")
}

func (p point) writeTo(out *bytes.Buffer, colour string) {
	x, y, anchor := plotX(p.recall), plotY(p.precision), "start"
	fmt.Fprintf(out, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s"/>`, x, y, colour)
	switch p.side {
	case onRight:
		x, y = x+7, y+4
	case onLeft:
		x, y, anchor = x-7, y+4, "end"
	case beneath:
		x, y, anchor = x-4, y+18, "middle"
	}
	fmt.Fprintf(out, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s">%s</text>`+"\n", x, y, anchor, colour, p.name)
}
