package remediate

import "testing"

// TestOwnerListsAreBounded wants lists to be remembered as long as they are not too
// many lines together.
func TestOwnerListsAreBounded(t *testing.T) {
	var lists ownerLists
	tests := []struct {
		name      string
		lines     int
		read      bool
		remembers int
	}{
		{"a", maxCodeownersLines / 2, true, 1},
		{"a", maxCodeownersLines / 2, false, 1},
		{"b", maxCodeownersLines / 2, true, 2},
		{"c", 1, true, 1},
		{"a", maxCodeownersLines / 2, true, 2},
	}
	for i, tt := range tests {
		read := false
		list, err := lists.get([2]string{tt.name, "CODEOWNERS"}, func() (*ownerList, error) {
			read = true
			return &ownerList{lines: tt.lines}, nil
		})
		if err != nil || list.lines != tt.lines || read != tt.read || len(lists.known) != tt.remembers {
			t.Errorf("%d: list %s: %v, read %v, %d remembered; want read %v, %d", i+1, tt.name, err, read, len(lists.known), tt.read, tt.remembers)
		}
	}
}
