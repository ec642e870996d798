package outcomes

// Definition is one figure: what it is called, what it counts, and what it is
// evidence for.
type Definition struct {
	Figure string `json:"figure"` // "time_to_dead"
	Title  string `json:"title"`
	Unit   string `json:"unit"` // secrets, days, share, entries, managers, scans or sources
	Text   string `json:"text"` // docs/outcomes.md has it word by word

	// NHI are items of the OWASP Non-Human Identities Top 10 of 2025.
	NHI []string `json:"owaspNHI"`

	// CSF are outcomes of the NIST Cybersecurity Framework 2.0 (NIST CSWP 29).
	CSF []string `json:"nistCSF"`

	// Older is how older texts call some of these: PR.AC-1 is of version 1.1 of the
	// framework, GV.RM-1 is another spelling of GV.RM-01.
	Older []string `json:"olderTexts"`

	of func(*Figures) quantity
}

// quantity is the worth of a figure: a number, or times.
type quantity struct {
	number float64
	none   bool // there is nothing that the number could be of
	rests  int  // how many things it rests on; -1: it is a count itself
	open   int  // how many have not come to their end; -1: that cannot be
	times  *Times
}

func count(n int) quantity { return quantity{number: float64(n), rests: -1, open: -1} }

func timesOf(t *Times) quantity {
	return quantity{times: t, none: t.Count == 0, rests: t.Count, open: t.Open}
}

// share is a part of n, with what Rate and Share return.
func share(part float64, known bool, n int) quantity {
	return quantity{number: part, none: !known, rests: n, open: -1}
}

// Definitions are all figures that there are by team, provider and severity, in
// the order of reports. What is kept, and coverage, have their own: see KeptDefinitions
// and CoverageDefinitions.
func Definitions() []Definition {
	return append(counts(), durations()...)
}

func counts() []Definition {
	return []Definition{
		{"open_live", "open live secrets", "secrets",
			"Secrets that are open, rotating or reopened, and of whose verdicts live and dead the last is live.",
			[]string{"NHI2:2025"}, []string{"PR.AA-01", "ID.RA-01"}, []string{"PR.AC-1"},
			func(f *Figures) quantity { return count(f.OpenLive) }},
		{"open", "open secrets", "secrets",
			"Secrets that are open, rotating or reopened, whatever their verdict.",
			[]string{"NHI2:2025"}, []string{"ID.RA-01"}, []string{},
			func(f *Figures) quantity { return count(f.Open) }},
		{"overdue", "overdue secrets", "secrets",
			"Open secrets whose deadline has come.",
			[]string{"NHI2:2025", "NHI7:2025"}, []string{"GV.RM-01", "ID.RA-06"}, []string{"GV.RM-1"},
			func(f *Figures) quantity { return count(f.Overdue) }},
		{"overdue_live", "overdue live secrets", "secrets",
			"Open live secrets whose deadline has come.",
			[]string{"NHI2:2025", "NHI7:2025"}, []string{"GV.RM-01", "ID.RA-06", "PR.AA-01"}, []string{"GV.RM-1", "PR.AC-1"},
			func(f *Figures) quantity { return count(f.OverdueLive) }},
		{"accepted", "accepted secrets", "secrets",
			"Secrets whose state is accepted: somebody has taken the risk for a time.",
			[]string{"NHI2:2025"}, []string{"GV.RM-01", "ID.RA-07"}, []string{"GV.RM-1"},
			func(f *Figures) quantity { return count(f.Accepted) }},
		{"accepted_live", "accepted live secrets", "secrets",
			"Accepted secrets of whose verdicts live and dead the last is live.",
			[]string{"NHI2:2025"}, []string{"GV.RM-01", "ID.RA-07"}, []string{"GV.RM-1"},
			func(f *Figures) quantity { return count(f.AcceptedLive) }},
		{"false_positives", "false positives", "secrets",
			"What somebody said is no secret. It is in no other figure, but for the days on which it was open.",
			[]string{"NHI2:2025"}, []string{"ID.RA-01"}, []string{},
			func(f *Figures) quantity { return count(f.FalsePositives) }},
	}
}

func durations() []Definition {
	return []Definition{
		{"time_to_detect", "time to detect", "days",
			"From the time of the oldest known occurrence until a scan first saw the secret, of secrets first seen in the window.",
			[]string{"NHI2:2025"}, []string{"DE.CM-09"}, []string{},
			func(f *Figures) quantity {
				q := timesOf(&f.Detect)
				q.open = -1 // nobody knows what was not found
				return q
			}},
		{"time_to_acknowledge", "time to acknowledge", "days",
			"From an opening until somebody said that they deal with it or have rotated it, where that was in the window.",
			[]string{"NHI2:2025"}, []string{"RS.MA-02"}, []string{},
			func(f *Figures) quantity { return timesOf(&f.Acknowledge) }},
		{"time_to_rotate", "time to rotate", "days",
			"From an opening until a new credential was in the place of the secret, where that was in the window.",
			[]string{"NHI2:2025", "NHI7:2025"}, []string{"PR.AA-01"}, []string{"PR.AC-1"},
			func(f *Figures) quantity { return timesOf(&f.Rotate) }},
		{"time_to_dead", "time to dead", "days",
			"From an opening until the secret was closed as dead, by proof of two verdicts, where that was in the window.",
			[]string{"NHI1:2025", "NHI2:2025"}, []string{"PR.AA-01", "PR.AA-05", "RS.MI-02"}, []string{"PR.AC-1"},
			func(f *Figures) quantity { return timesOf(&f.Dead) }},
		{"exposure", "exposure", "days",
			"The days within the window on which a secret was exposed, summed over secrets. A secret is exposed from the time of its oldest known occurrence until its issuer refuses it, and again from a later live verdict on.",
			[]string{"NHI2:2025", "NHI7:2025"}, []string{"GV.RM-01", "GV.OV-03"}, []string{"GV.RM-1"},
			func(f *Figures) quantity {
				e := f.Exposure
				return quantity{number: e.Days, none: e.Secrets == 0, rests: e.Secrets, open: e.Open}
			}},
		{"recurrence_rate", "recurrence rate", "share",
			"Of the closings as dead in the window, the share after which the secret was opened again by now.",
			[]string{"NHI2:2025"}, []string{"ID.IM-03"}, []string{},
			func(f *Figures) quantity {
				rate, known := f.Recurrence.Rate()
				return share(rate, known, f.Recurrence.Closed)
			}},
	}
}

// CoverageDefinitions are the figures of what was scanned.
func CoverageDefinitions() []Definition {
	define := func(figure, title, unit, text string) Definition {
		return Definition{figure, title, unit, text, []string{"NHI2:2025"}, []string{"DE.CM-09", "GV.OV-03"}, []string{}, nil}
	}
	return []Definition{
		define("scans", "scans", "scans", "Scans of the window that were recorded in the ledger."),
		define("complete_share", "complete scans", "share", "The share of these that had no gap and were not interrupted."),
		define("sources", "sources", "sources", "Sources that a scan of the window read: a history, a working tree, the logs of a project."),
		define("sources_with_gaps", "sources with gaps", "sources", "Sources whose last scan in the window could not read something."),
	}
}
