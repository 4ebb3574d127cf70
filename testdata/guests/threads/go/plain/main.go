// Work to measure, without threads: maps, sorting, garbage, JSON-like text and
// a sieve.
package main

import (
	"os"
	"sort"
	"strconv"
	"strings"
)

type node struct {
	left, right *node
	key         int
}

func (n *node) insert(key int) *node {
	switch {
	case n == nil:
		return &node{key: key}
	case key < n.key:
		n.left = n.left.insert(key)
	case key > n.key:
		n.right = n.right.insert(key)
	}
	return n
}

func (n *node) sum() int {
	if n == nil {
		return 0
	}
	return n.left.sum() + n.key + n.right.sum()
}

func round(seed uint32) int {
	counts := map[string]int{}
	var tree *node
	var keys []string
	x := seed | 1
	for range 8000 {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		w := "w" + strconv.Itoa(int(x%3000))
		counts[w]++
		tree = tree.insert(int(x % 5000))
	}
	for w := range counts {
		keys = append(keys, w)
	}
	sort.Strings(keys)
	var b strings.Builder
	for _, w := range keys {
		b.WriteString(w + ":" + strconv.Itoa(counts[w]) + ",")
	}
	composite := make([]bool, 60000)
	primes := 0
	for i := 2; i < len(composite); i++ {
		if composite[i] {
			continue
		}
		primes++
		for j := i * i; j < len(composite); j += i {
			composite[j] = true
		}
	}
	return primes + tree.sum() + strings.Count(b.String(), ":1,")
}

func main() {
	total := 0
	for i := range 40 {
		total += round(uint32(i) * 2654435761)
	}
	if total == 0 {
		os.Exit(1)
	}
}
