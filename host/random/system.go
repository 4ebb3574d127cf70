// This file is the randomness of the host.

package random

import (
	"crypto/rand"
	"encoding/binary"
	mrand "math/rand/v2"
)

// maxOnce is how many bytes are asked of the system at once: between two such
// requests the thread is free.
const maxOnce = 64 << 10

// System is the randomness of the operating system. It never fails: a system
// that has no randomness ends the program, as crypto/rand documents.
func System() Source { return system{} }

type system struct{}

func (system) Fill(p []byte) error {
	for len(p) > 0 {
		n := min(len(p), maxOnce)
		if _, err := rand.Read(p[:n]); err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

func (system) FillInsecure(p []byte) error {
	for len(p) >= 8 {
		binary.LittleEndian.PutUint64(p, mrand.Uint64())
		p = p[8:]
	}
	for v := mrand.Uint64(); len(p) > 0; v >>= 8 {
		p[0] = byte(v)
		p = p[1:]
	}
	return nil
}

func (system) InsecureSeed() (lo, hi uint64) { return mrand.Uint64(), mrand.Uint64() }
