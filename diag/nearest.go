package diag

// This file is names that somebody may have meant.

// Nearest finds the candidate that a person most likely meant by a word, or "".
func Nearest(word string, candidates []string) string {
	if len(word) > maxNearest {
		return ""
	}
	best, bestDist := "", min(len(word)/3+2, 5)
	for _, c := range candidates {
		if len(c)-len(word) >= bestDist || len(word)-len(c) >= bestDist {
			continue
		}
		if d := distance(word, c); d < bestDist {
			best, bestDist = c, d
		}
	}
	return best
}

// maxNearest is the longest word, in bytes, that there is a nearest one for:
// comparing takes the product of two lengths.
const maxNearest = 200

// distance is the Levenshtein distance of two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diag := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diag
			if a[i-1] != b[j-1] {
				cost++
			}
			diag = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
