package outcomes

// keptDefinition is a figure that each entry can be counted in.
type keptDefinition struct {
	Definition
	of func(*KeptFigures) int
}

// KeptDefinitions are the figures of what secrets managers keep, in the order of
// reports.
func KeptDefinitions() []Definition {
	var all []Definition
	for _, d := range keptByGroup() {
		all = append(all, d.Definition)
	}
	return append(all, keptWhole()...)
}

// keptWhole are those that there are of all entries only.
func keptWhole() []Definition {
	return []Definition{
		{"kept_in_use", "leaked secrets in use", "secrets",
			"Secrets that leaked, are neither dead nor false positives, and that an entry still holds.",
			[]string{"NHI2:2025", "NHI7:2025"}, []string{"PR.AA-01", "GV.RM-01"}, []string{"PR.AC-1", "GV.RM-1"}, nil},
		{"kept_rotations", "rotations seen", "secrets",
			"Leaked secrets of which a reading in the window first saw that no entry holds them any more.",
			[]string{"NHI7:2025"}, []string{"PR.AA-01"}, []string{"PR.AC-1"}, nil},
		{"kept_managers_late", "managers not read", "managers",
			"Managers that were last read more than 7 days ago: what is said of their entries is as old.",
			[]string{"NHI7:2025"}, []string{"DE.CM-09", "GV.OV-03"}, []string{}, nil},
	}
}

// keptByGroup are those that there are by owner and repository too.
func keptByGroup() []keptDefinition {
	return []keptDefinition{
		{Definition{"kept", "entries", "entries",
			"Entries of secrets managers that the last reading of each saw.",
			[]string{"NHI7:2025"}, []string{"PR.AA-01"}, []string{"PR.AC-1"}, nil},
			func(f *KeptFigures) int { return f.Entries }},
		{Definition{"kept_stale", "stale entries", "entries",
			"Entries whose value was last set longer ago than `--stale` says.",
			[]string{"NHI7:2025"}, []string{"PR.AA-01", "GV.RM-01"}, []string{"PR.AC-1", "GV.RM-1"}, nil},
			func(f *KeptFigures) int { return f.Stale }},
		{Definition{"kept_never_rotated", "entries never rotated", "entries",
			"Entries whose value was last set when they were created, more than 90 days ago.",
			[]string{"NHI7:2025"}, []string{"PR.AA-01", "GV.RM-01"}, []string{"PR.AC-1", "GV.RM-1"}, nil},
			func(f *KeptFigures) int { return f.NeverRotated }},
		{Definition{"kept_unknown", "entries without a date", "entries",
			"Entries of which no manager tells when their value was set, nor that it issues or rotates them by itself.",
			[]string{"NHI7:2025"}, []string{"PR.AA-01"}, []string{"PR.AC-1"}, nil},
			func(f *KeptFigures) int { return f.Unknown }},
	}
}
