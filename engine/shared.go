package engine

// This file reads shared memories.

import (
	"sync/atomic"
	"unsafe"
)

// LoadShared32 reads the first 4 bytes of b as an i32, in one step with regard
// to guests that share the memory. They must be aligned: b begins at a multiple
// of 4 of a memory.
func LoadShared32(b []byte) uint32 {
	_ = b[3]
	return atomic.LoadUint32((*uint32)(unsafe.Pointer(&b[0])))
}

// LoadShared64 reads the first 8 bytes of b as an i64 as LoadShared32 does.
func LoadShared64(b []byte) uint64 {
	_ = b[7]
	return atomic.LoadUint64((*uint64)(unsafe.Pointer(&b[0])))
}
