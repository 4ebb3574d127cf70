package p1

// This file is sockets.

import (
	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/net"
)

// sockAccept takes a connection from a listener. Whether it waits is up to the
// listener's flags; those that it is given are the connection's.
func (c call) sockAccept(p []uint64) error {
	d, err := c.fd(p[0])
	if err != nil {
		return err
	}
	flags, result := uint32(p[1]), uint32(p[2])
	switch {
	case d.conn != nil || flags&^fdflagNonblock != 0:
		return host.EINVAL
	case d.lis == nil:
		return host.ENOTSOCK
	case !c.memory().has(result, 4):
		return host.EFAULT
	}
	for {
		// Ask before a connection is taken that could not be kept.
		if c.state.table.full() {
			return host.EMFILE
		}
		conn, err := d.lis.TryAccept()
		if err == nil {
			return c.install(connDescriptor(conn, flags), result)
		}
		if host.ErrnoOf(err) != host.EAGAIN || d.nonblock() {
			return err
		}
		if err := d.await(c.ctx, d.lis.Acceptable()); err != nil {
			return err
		}
	}
}

// socket is why d is not a connection: ENOTSOCK, ENOTCONN, or nil.
func (d *descriptor) socket() error {
	switch {
	case d.lis != nil:
		return host.ENOTCONN
	case d.conn == nil:
		return host.ENOTSOCK
	}
	return nil
}

// sockRecv receives. Waiting for all is not there together with peeking, which
// sees what has arrived. Nothing is ever cut off: the connections are streams.
func (c call) sockRecv(p []uint64) error {
	d, v, err := c.vectors(p[0], p[1], p[2], p[4])
	if err != nil {
		return err
	}
	flags, roflags := uint32(p[3]), uint32(p[5])
	if err := d.socket(); err != nil {
		return err
	}
	b, ok := c.memory().bytes(roflags, 2)
	switch {
	case !ok:
		return host.EFAULT
	case flags&^riflagsAll != 0:
		return host.EINVAL
	case flags == riflagsAll:
		return host.ENOTSUP
	}
	b[0], b[1] = 0, 0
	t := c.transfer(d)
	var n int
	if flags&recvPeek != 0 {
		n, err = t.peek(&v)
	} else {
		n, err = t.readv(&v, flags&recvWaitall != 0)
	}
	return c.transferred(p[4], n, err)
}

// peek fills the buffers with up to gatherSize bytes that stay where they are.
func (t *transfer) peek(v *iovecs) (int, error) {
	buf := gatherPool.Get().(*[gatherSize]byte)
	defer gatherPool.Put(buf)
	b := buf[:min(v.total, gatherSize, t.limit)]
	if len(b) == 0 {
		return 0, nil
	}
	n, err := peek(t, t.d.conn, b)
	return v.scatter(b[:n]), err
}

func peek(t *transfer, conn net.Conn, b []byte) (int, error) {
	if t.nonblock {
		return conn.TryPeek(b)
	}
	return conn.Peek(t.ctx, b)
}

func (c call) sockSend(p []uint64) error {
	d, v, err := c.vectors(p[0], p[1], p[2], p[4])
	if err != nil {
		return err
	}
	if err := d.socket(); err != nil {
		return err
	}
	if uint32(p[3]) != 0 {
		return host.EINVAL
	}
	t := c.transfer(d)
	n, err := t.writev(&v)
	return c.transferred(p[4], n, err)
}

func (c call) sockShutdown(p []uint64) error {
	d, err := c.fd(p[0])
	if err != nil {
		return err
	}
	if err := d.socket(); err != nil {
		return err
	}
	how := uint32(p[1])
	if how == 0 || how&^sdflgAll != 0 {
		return host.EINVAL
	}
	return d.conn.Shutdown(how&sdRd != 0, how&sdWr != 0)
}
