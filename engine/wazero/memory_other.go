//go:build !unix

package wazero

func newSpace(reserve uint64) (space, error) { return newHeapSpace(reserve), nil }
