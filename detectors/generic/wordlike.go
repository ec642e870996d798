package generic

//go:generate go run gen_bigrams.go

// wordShare is the part of v, 0 to 1, that reads like words: runs of three or
// more letters, cut where camel case cuts, whose letter pairs are those of
// English rather than of chance.
func wordShare(v []byte) float64 {
	if len(v) == 0 {
		return 0
	}
	wordy := 0
	for i := 0; i < len(v); {
		if !is(v[i], letter) {
			i++
			continue
		}
		j := i + 1
		for j < len(v) && is(v[j], letter) && !(isUpper(v[j]) && isLower(v[j-1])) {
			// ABCWord: the last capital belongs to the word that follows.
			if isUpper(v[j-1]) && isLower(v[j]) && j-i > 1 {
				j--
				break
			}
			j++
		}
		if j-i >= 3 && pairScore(v[i:j]) >= 0 {
			wordy += j - i
		}
		i = j
	}
	return float64(wordy) / float64(len(v))
}

// pairScore is the mean of the run's letter pairs in the table bigrams.
func pairScore(run []byte) int {
	sum := 0
	for i := 0; i+1 < len(run); i++ {
		sum += int(bigrams[lower(run[i])-'a'][lower(run[i+1])-'a'])
	}
	return sum / (len(run) - 1)
}

// mixed reports whether v holds both a letter and a digit, or a letter and a
// sign that names do not have.
func mixed(v []byte) bool {
	var hasLetter, hasDigit, hasSign bool
	for _, c := range v {
		switch {
		case is(c, letter):
			hasLetter = true
		case isDigit(c):
			hasDigit = true
		case !is(c, joiner|blank) && c > ' ' && c < 0x7f && c != '/' && c != ':':
			hasSign = true
		}
	}
	return hasLetter && (hasDigit || hasSign)
}
