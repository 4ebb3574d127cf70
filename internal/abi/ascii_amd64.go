package abi

// This file is the scan for ASCII on amd64.

import "golang.org/x/sys/cpu"

// asciiBlocks is how many bytes are ASCII at the start of b, in whole blocks;
// it may stop early.
func asciiBlocks(b []byte) int {
	if !cpu.X86.HasAVX2 || len(b) < 128 {
		return 0
	}
	return asciiBlocksAVX2(&b[0], len(b))
}

//go:noescape
func asciiBlocksAVX2(p *byte, n int) int
