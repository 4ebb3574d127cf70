package p1

// This file is reading and writing.

import (
	"context"
	"io"
	"math"
	"sync"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
)

func (c call) fdRead(p []uint64) error {
	d, v, err := c.vectors(p[0], p[1], p[2], p[3])
	if err != nil {
		return err
	}
	if err := d.readable(); err != nil {
		return err
	}
	t := c.transfer(d)
	var n int
	if d.file != nil && d.regular() {
		d.mu.Lock()
		t.positioned, t.off = true, d.off
		n, err = t.readv(&v, false)
		d.off = t.off
		d.mu.Unlock()
	} else {
		n, err = t.readv(&v, false)
	}
	return c.transferred(p[3], n, err)
}

func (c call) fdWrite(p []uint64) error {
	d, v, err := c.vectors(p[0], p[1], p[2], p[3])
	if err != nil {
		return err
	}
	if err := d.writable(); err != nil {
		return err
	}
	t := c.transfer(d)
	var n int
	if d.file != nil && d.regular() {
		n, err = t.writeFile(&v)
	} else {
		n, err = t.writev(&v)
	}
	return c.transferred(p[3], n, err)
}

// writeFile writes to a regular file where its offset or its append flag says.
func (t *transfer) writeFile(v *iovecs) (int, error) {
	d := t.d
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.flags.Load()&fdflagAppend == 0 {
		t.positioned, t.off = true, d.off
		n, err := t.writev(v)
		d.off = t.off
		return n, err
	}
	t.append = true
	n, err := t.writev(v)
	if n > 0 {
		// The offset goes behind what was written, which is the end.
		if st, serr := d.file.Stat(); serr == nil {
			d.off = st.Size
		}
	}
	return n, err
}

func (c call) fdPread(p []uint64) error {
	d, v, err := c.vectors(p[0], p[1], p[2], p[4])
	if err != nil {
		return err
	}
	if err := d.readable(); err != nil {
		return err
	}
	t, err := c.transferAt(d, p[3])
	if err != nil {
		return err
	}
	n, err := t.readv(&v, false)
	return c.transferred(p[4], n, err)
}

func (c call) fdPwrite(p []uint64) error {
	d, v, err := c.vectors(p[0], p[1], p[2], p[4])
	if err != nil {
		return err
	}
	if err := d.writable(); err != nil {
		return err
	}
	t, err := c.transferAt(d, p[3])
	if err != nil {
		return err
	}
	n, err := t.writev(&v)
	return c.transferred(p[4], n, err)
}

// vectors checks what all these functions have in common: the descriptor, the
// n buffers at iovs, and the place of the result.
func (c call) vectors(fd, iovs, n, result uint64) (*descriptor, iovecs, error) {
	d, err := c.fd(fd)
	if err != nil {
		return nil, iovecs{}, err
	}
	m := c.memory()
	v, err := m.iovecs(uint32(iovs), uint32(n))
	if err == nil && !m.has(uint32(result), 4) {
		err = host.EFAULT
	}
	return d, v, err
}

// transferred stores how much was moved. What was moved before an error
// counts, and the error is met again the next time.
func (c call) transferred(result uint64, n int, err error) error {
	if err != nil && (n == 0 && err != io.EOF || ended(c.ctx, err)) {
		return err
	}
	return c.memory().putU32(uint32(result), uint32(n))
}

// A transfer is one read or write.
type transfer struct {
	ctx context.Context
	d   *descriptor
	// positioned moves bytes at off, which goes on with them; append adds to
	// a file. Else d.in and d.out are used.
	positioned, append bool
	off                int64
	// nonblock does not wait.
	nonblock bool
	// limit is how many bytes may be moved.
	limit uint64
}

func (c call) transfer(d *descriptor) transfer {
	return transfer{ctx: c.ctx, d: d, nonblock: d.nonblock(), limit: c.state.limits.MaxTransferBytes}
}

// transferAt is a transfer at an offset that is not the descriptor's.
func (c call) transferAt(d *descriptor, off uint64) (transfer, error) {
	t := c.transfer(d)
	switch {
	case !d.regular() || d.file == nil && d.std == nil:
		return t, host.ESPIPE
	case off > math.MaxInt64:
		return t, host.EINVAL
	}
	t.positioned, t.off = true, int64(off)
	return t, nil
}

// readv fills the buffers, one after the other, with what one read finds: it
// waits for the first byte only. With all it goes on until they are full.
func (t *transfer) readv(v *iovecs, all bool) (int, error) {
	total := uint64(0)
	for i := 0; i < v.len() && total < t.limit; i++ {
		p, ok := v.at(i)
		if !ok {
			return int(total), host.EFAULT
		}
		for len(p) > 0 && total < t.limit {
			p = p[:min(uint64(len(p)), t.limit-total)]
			n, err := t.read(p)
			total += uint64(n)
			if err != nil || n < len(p) && !all {
				return int(total), err
			}
			p = p[n:]
			t.nonblock = t.nonblock || !all
		}
	}
	return int(total), nil
}

func (t *transfer) read(p []byte) (n int, err error) {
	d := t.d
	switch {
	case t.positioned && d.file != nil:
		n, err = d.file.ReadAt(p, t.off)
		t.off += int64(n)
		return n, err
	case t.positioned:
		n, err = d.std.ReadAt(p, t.off)
		t.off += int64(n)
		return n, err
	case d.in == nil:
		return 0, host.EBADF
	case t.nonblock:
		return d.in.TryRead(p)
	case d.owned:
		return d.in.Read(t.ctx, p)
	}
	// The stream outlives the descriptor, so its own Read would not notice
	// that the descriptor is closed.
	for {
		n, err = d.in.TryRead(p)
		if err == nil || host.ErrnoOf(err) != host.EAGAIN {
			return n, err
		}
		if err := d.await(t.ctx, d.in.Readable()); err != nil {
			return 0, err
		}
	}
}

// await waits until w is ready; EBADF when the descriptor was closed.
func (d *descriptor) await(ctx context.Context, w stream.Waitable) error {
	ready := make([]bool, 2)
	if _, err := stream.Poll(ctx, []stream.Waitable{w, &d.gone}, ready, stream.Deadline{}); err != nil {
		return err
	}
	if d.closed.Load() {
		return host.EBADF
	}
	return nil
}

// gatherSize is up to how many bytes of several buffers are written in one
// piece.
const gatherSize = 64 << 10

var gatherPool = sync.Pool{New: func() any { return new([gatherSize]byte) }}

// writev writes the buffers, one after the other.
func (t *transfer) writev(v *iovecs) (int, error) {
	if v.used > 1 && v.total <= gatherSize && v.total <= t.limit {
		buf := gatherPool.Get().(*[gatherSize]byte)
		defer gatherPool.Put(buf)
		return t.write(buf[:v.gather(buf[:v.total])])
	}
	total := uint64(0)
	for i := 0; i < v.len() && total < t.limit; i++ {
		p, ok := v.at(i)
		if !ok {
			return int(total), host.EFAULT
		}
		if len(p) == 0 {
			continue
		}
		p = p[:min(uint64(len(p)), t.limit-total)]
		n, err := t.write(p)
		total += uint64(n)
		if err != nil || n < len(p) {
			return int(total), err
		}
		if err := t.ctx.Err(); err != nil {
			return int(total), err
		}
	}
	return int(total), nil
}

func (t *transfer) write(p []byte) (n int, err error) {
	d := t.d
	switch {
	case t.append:
		return d.file.Append(p)
	case t.positioned && d.file != nil:
		n, err = d.file.WriteAt(p, t.off)
		t.off += int64(n)
		return n, err
	case t.positioned:
		n, err = d.std.WriteAt(p, t.off)
		t.off += int64(n)
		return n, err
	case d.out == nil:
		return 0, host.EBADF
	case t.nonblock:
		return d.out.TryWrite(p)
	}
	return d.out.Write(t.ctx, p)
}
