//go:build !amd64

package abi

// This file is the scan for ASCII where there is nothing faster than Go.

// asciiBlocks is how many bytes are ASCII at the start of b, in whole blocks;
// it may stop early.
func asciiBlocks([]byte) int { return 0 }
