// Package message is what the faces of wasi:http have in common, whichever
// version: the rules and limits of fields, messages that come in from outside,
// and the texts of methods and schemes.
package message

import (
	"io"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/dray-wasm/dray/host"
	hosthttp "github.com/dray-wasm/dray/host/http"
)

// The limits of a guest that is given none.
const (
	// DefaultMaxFields bounds the names and values of one fields resource, in
	// bytes. Each field counts [PerField] more.
	DefaultMaxFields = 128 << 10
	// DefaultMaxBodies bounds the bodies that a guest has unfinished and the
	// requests that it has under way, each.
	DefaultMaxBodies = 1024
	// MaxMethod and MaxPath bound the name of a method, and a path and query,
	// in bytes.
	MaxMethod = 64
	MaxPath   = 64 << 10
)

// An Incoming is a request that a guest is to answer.
type Incoming struct {
	// Method, Scheme, Authority and PathWithQuery are as in the request line;
	// "" means that there is none, and for Method GET.
	Method, Scheme, Authority, PathWithQuery string
	// Header is only read, until the guest ends. The guest does not see the
	// fields that [hosthttp.Forbidden] names.
	Header hosthttp.Header
	// Body is read from another goroutine when the guest wants it; nil is an
	// empty one. If it is an io.Closer it is closed once, when the guest needs
	// it no more, and must then end a Read that waits.
	Body io.Reader
	// Trailer gives the trailers, nil for none, once Body is at its end; it
	// may be nil.
	Trailer func() hosthttp.Header
	// MaxBody is how many bytes of Body the guest may read; 0 is no limit. One
	// that is longer ends in an HTTP-request-body-size error.
	MaxBody int64
}

// methods are the methods that have a case of their own, in the order of the
// cases.
var methods = [...]string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}

// MethodOther is the case of all other methods.
const MethodOther = len(methods)

// Method is the case of the variant method for a text; "" is GET.
func Method(s string) int {
	if s == "" {
		return 0
	}
	for c, name := range methods {
		if s == name {
			return c
		}
	}
	return MethodOther
}

// MethodText is the text of a case. That of [MethodOther] is other.
func MethodText(c int, other string) string {
	if c < MethodOther {
		return methods[c]
	}
	return other
}

// The cases of the variant scheme.
const (
	SchemeHTTP = iota
	SchemeHTTPS
	SchemeOther
)

// Scheme is the case of the variant scheme for a text.
func Scheme(s string) int {
	switch {
	case strings.EqualFold(s, "http"):
		return SchemeHTTP
	case strings.EqualFold(s, "https"):
		return SchemeHTTPS
	}
	return SchemeOther
}

// Optional is a text of which "" means that there is none.
func Optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Size is how long a text is that may not be there.
func Size(s *string) int {
	if s == nil {
		return 0
	}
	return len(*s)
}

// Timeout is a duration of the guest, in nanoseconds; 0 is none. One of no time
// is the shortest that there is.
func Timeout(d *uint64) time.Duration {
	if d == nil {
		return 0
	}
	return time.Duration(max(min(*d, math.MaxInt64), 1))
}

// A Limit bounds what a guest has open of one kind. It is safe for concurrent
// use.
type Limit struct {
	Max int
	mu  sync.Mutex
	n   int
}

// Open counts one more, if opened, which counts it elsewhere, does not fail.
func (l *Limit) Open(opened func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.n >= l.Max {
		return host.EMFILE
	}
	if err := opened(); err != nil {
		return err
	}
	l.n++
	return nil
}

// Close forgets what Open counted.
func (l *Limit) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n--
}

// Count is how many there are.
func (l *Limit) Count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n
}
