package ends

// This file is streams of bytes, which are readers.

import (
	"bytes"
	"context"
	"io"
	"strings"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
)

// A ByteStream is the readable end of a stream<u8> of a guest. It implements
// io.ReadCloser and io.WriterTo; see [Stream] for what it takes to read one.
type ByteStream struct{ s Stream[byte] }

// A ContextReader is a reader that can be told when to stop waiting, as
// ByteStream is.
type ContextReader interface {
	ReadContext(ctx context.Context, p []byte) (int, error)
}

// Read waits until there is a byte. Closing the stream or the instance ends it.
func (b *ByteStream) Read(p []byte) (int, error) { return b.s.Read(context.Background(), p) }

// ReadContext is Read that ends when ctx does.
func (b *ByteStream) ReadContext(ctx context.Context, p []byte) (int, error) {
	return b.s.Read(ctx, p)
}

// WriteTo writes what is read to w, up to the end.
func (b *ByteStream) WriteTo(w io.Writer) (n int64, err error) {
	p := make([]byte, maxBytes/2)
	for {
		k, err := b.Read(p)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		k, err = w.Write(p[:k])
		n += int64(k)
		if err != nil {
			return n, err
		}
	}
}

// Close says that the program reads no more.
func (b *ByteStream) Close() error { return b.s.Close() }

func (b *ByteStream) lift(inst *task.Instance, s task.Shared, _ Codec) { b.s.lift(inst, s, Bytes) }
func (b *ByteStream) elem() any                                        { return (*byte)(nil) }
func (b *ByteStream) future() bool                                     { return false }
func (b *ByteStream) lower(inst *task.Instance, elem *abi.Type, _ Codec) (task.Shared, error) {
	return b.s.lower(inst, elem, Bytes)
}

func (b *ByteStream) check() error {
	if b == nil {
		return badValue("a stream is nil")
	}
	return b.s.check()
}

// LiftBytes is LiftReader that gives a *ByteStream in every case.
func LiftBytes(inst *task.Instance, s task.Shared) *ByteStream {
	b := &ByteStream{}
	b.lift(inst, s, nil)
	return b
}

// LiftReader is the reader of a stream<u8> that was lifted from inst: a
// *ByteStream, or the reader that the program gave, if it comes back unread.
// explain, which may be nil, makes errors of the run time those of the embedder.
// Needs the store's baton.
func LiftReader(inst *task.Instance, s task.Shared, explain func(error) error) io.ReadCloser {
	b := &ByteStream{}
	b.s.lift(inst, s, byteCodec{explain})
	if b.s.origin == nil || b.s.origin.reader == nil {
		return b
	}
	if r, ok := b.s.origin.reader.(io.ReadCloser); ok {
		return r
	}
	return NopCloser(b.s.origin.reader)
}

// CheckReader is nil when a reader can be given away as a stream<u8>.
func CheckReader(r io.Reader) error {
	switch r := r.(type) {
	case nil:
		return badValue("a stream is nil")
	case *ByteStream:
		return r.check()
	}
	return nil
}

// LowerReader gives a reader away as a stream<u8>: what it returns is to be
// lowered into inst, which sees the type of the elements as elem. When nobody
// reads any more, or at its end, the reader is closed if it is an io.Closer.
// Needs the store's baton.
//
// Readers of what is in memory are read at once. Others have a goroutine as
// long as the guest waits for them.
func LowerReader(r io.Reader, inst *task.Instance, elem *abi.Type) (task.Shared, error) {
	if b, ok := r.(*ByteStream); ok {
		return Lower(b, inst, elem, Bytes)
	}
	if err := CheckReader(r); err != nil {
		return nil, err
	}
	return task.NewHostStream(inst, elem, readerSource(r)), nil
}

// A TryReader is a reader that can read without waiting: 0 and nil are nothing
// yet. It is asked first, with the store's baton.
type TryReader interface {
	TryRead(p []byte) (int, error)
}

// A PromptCloser is a reader whose Close neither waits nor calls guests: it is
// called before the guest that drops its end of the stream goes on.
type PromptCloser interface {
	io.Closer
	ClosesPromptly()
}

func readerSource(r io.Reader) task.Source {
	o := &origin[byte]{reader: r, next: func(_ context.Context, p []byte) (int, error) { return r.Read(p) }}
	if c, ok := r.(ContextReader); ok {
		o.next = c.ReadContext
	}
	if c, ok := r.(io.Closer); ok {
		o.closed = func() { c.Close() }
	}
	_, o.prompt = r.(PromptCloser)
	src := &source[byte]{origin: o, least: minBytes, most: maxBytes}
	src.buf.codec = Bytes
	if t, ok := r.(TryReader); ok {
		o.try = t.TryRead
		return &trySource[byte]{src}
	}
	if n, ok := r.(nopCloser); ok {
		r = n.Reader
	}
	switch r := r.(type) {
	case *bytes.Reader, *bytes.Buffer, *strings.Reader:
		o.try = r.Read
		return &trySource[byte]{src}
	}
	return src
}

// NopCloser is io.NopCloser of which a stream<u8> can tell what is inside:
// readers of what is in memory need no goroutine then.
func NopCloser(r io.Reader) io.ReadCloser { return nopCloser{r} }

type nopCloser struct{ io.Reader }

func (nopCloser) Close() error { return nil }

// WriteTo keeps io.Copy short.
func (n nopCloser) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, n.Reader) }

// Bytes is the codec of bytes.
var Bytes Codec = byteCodec{}

type byteCodec struct{ explain func(error) error }

// Elements implements Codec.
func (byteCodec) Elements(*task.Instance, *abi.Type) (Elements, error) { return byteCodec{}, nil }

// Explain implements Explainer.
func (c byteCodec) Explain(err error) error {
	if c.explain == nil {
		return err
	}
	return c.explain(err)
}

func (byteCodec) Store(cx *abi.Context, ptr uint64, vs any) error {
	copy(cx.Memory.Bytes()[ptr:], *vs.(*[]byte))
	return nil
}

func (byteCodec) Load(cx *abi.Context, ptr uint64, vs any) error {
	copy(*vs.(*[]byte), cx.Memory.Bytes()[ptr:])
	return nil
}
