//go:build !unix

package wazero

func newSpace(reserve uint64, shared bool) (space, error) { return newHeapSpace(reserve, shared), nil }
