package main

import (
	"encoding/json"
	"math"
	"os"
)

// writeSARIF writes the findings above a cut, without any value, as a report that
// other programs can count.
func writeSARIF(file string, found []finding, cut float64) error {
	type object = map[string]any
	results := []object{}
	for _, f := range distinct(found) {
		if f.score < cut {
			continue
		}
		rule := "model"
		if math.IsInf(f.score, 1) {
			rule = "rules"
		}
		results = append(results, object{
			"ruleId":  rule,
			"message": object{"text": rule},
			"locations": []object{{"physicalLocation": object{
				"artifactLocation": object{"uri": f.file},
				"region":           object{"startLine": f.first, "endLine": f.last},
			}}},
		})
	}
	data, err := json.MarshalIndent(object{
		"version": "2.1.0",
		"runs":    []object{{"tool": object{"driver": object{"name": "train"}}, "results": results}},
	}, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o644)
}
