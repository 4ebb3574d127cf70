//go:build !race

package p1

const racing = false
