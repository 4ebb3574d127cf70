// This file is sources of bytes that are not the host's.

package random

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
	"sync"

	"github.com/dray-wasm/dray/host"
)

// NewSeeded is a source that gives the same bytes for the same seed, now and
// in later versions: anyone who knows the seed can predict them. Fill and
// FillInsecure each give one sequence (ChaCha8, as in math/rand/v2), however
// it is cut into calls; InsecureSeed is always the same value.
func NewSeeded(seed uint64) Source {
	hash := rand.NewChaCha8(key(seed, 2))
	return &seeded{
		secure:   rand.NewChaCha8(key(seed, 0)),
		insecure: rand.NewChaCha8(key(seed, 1)),
		lo:       hash.Uint64(),
		hi:       hash.Uint64(),
	}
}

// key is the key of one of the sequences of a seed.
func key(seed, sequence uint64) (k [32]byte) {
	binary.LittleEndian.PutUint64(k[:], seed)
	binary.LittleEndian.PutUint64(k[8:], sequence)
	return k
}

type seeded struct {
	mu               sync.Mutex
	secure, insecure *rand.ChaCha8
	lo, hi           uint64
}

func (s *seeded) Fill(p []byte) error         { return s.fill(s.secure, p) }
func (s *seeded) FillInsecure(p []byte) error { return s.fill(s.insecure, p) }

func (s *seeded) fill(c *rand.ChaCha8, p []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := c.Read(p)
	return err
}

func (s *seeded) InsecureSeed() (lo, hi uint64) { return s.lo, s.hi }

// FromReader is a source that takes all its bytes from r, one call at a time.
// A nil r is [System]. Where r ends early, Fill is host.EIO; a value for
// InsecureSeed that cannot be had is zero.
func FromReader(r io.Reader) Source {
	if r == nil {
		return System()
	}
	return &reader{r: r}
}

type reader struct {
	mu sync.Mutex
	r  io.Reader
}

func (s *reader) Fill(p []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := io.ReadFull(s.r, p)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return host.EIO
	}
	return err
}

func (s *reader) FillInsecure(p []byte) error { return s.Fill(p) }

func (s *reader) InsecureSeed() (lo, hi uint64) {
	var b [16]byte
	if s.Fill(b[:]) != nil {
		return 0, 0
	}
	return binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])
}
