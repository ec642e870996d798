package suppress

import (
	"fmt"
	"time"
)

// expired reports whether the day until, as YYYY-MM-DD, is over in UTC. ""
// never is.
func expired(until string, now time.Time) (bool, error) {
	if until == "" {
		return false, nil
	}
	day, err := time.Parse(time.DateOnly, until)
	if err != nil {
		return false, fmt.Errorf("until=%s: want a date as YYYY-MM-DD", until)
	}
	return !now.Before(day.AddDate(0, 0, 1)), nil
}
