package main

import (
	"slices"
	"testing"
)

func TestExpand(t *testing.T) {
	names := []string{"nameParts", "nameLength", "valueLength", "url"}
	tests := []struct {
		list string
		want []string
	}{
		{"", nil},
		{"name", []string{"nameParts", "nameLength"}},
		{"url,nameLength", []string{"url", "nameLength"}},
	}
	for _, tt := range tests {
		if got, err := expand(names, tt.list); err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%q: %v and error %v, want %v", tt.list, got, err, tt.want)
		}
	}
	if got, want := groups(names), []string{"name", "value", "url"}; !slices.Equal(got, want) {
		t.Errorf("groups %v, want %v", got, want)
	}
}
