package files

// This file is who uses what is open.

import (
	"sync"
	"sync/atomic"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
)

// A node is an open file or directory. A descriptor and the streams that were
// made of it share one, and the last of them closes it.
type node struct {
	fs.Node
	users atomic.Int64
	// borrowed says that it is not to be closed.
	borrowed bool
}

func (n *node) release() error {
	if n.users.Add(-1) > 0 || n.borrowed {
		return nil
	}
	return n.Node.Close()
}

// A Use is one user of what is open, and is what counts as open. It is safe for
// concurrent use.
type Use struct {
	st     *State
	mu     sync.Mutex
	n      *node
	closed bool
}

// begin counts a new one that has no node yet.
func (u *Use) begin(st *State) error {
	u.st = st
	return st.guest.Opened(u)
}

// set makes u a user of n. Where u was closed meanwhile, n is released and the
// error is host.EBADF.
func (u *Use) set(n *node) error {
	n.users.Add(1)
	u.mu.Lock()
	if !u.closed {
		u.n = n
		u.mu.Unlock()
		return nil
	}
	u.mu.Unlock()
	n.release()
	return host.EBADF
}

// Check is host.EBADF once u is closed.
func (u *Use) Check() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return host.EBADF
	}
	return nil
}

// share makes p another user of what u uses, and counts it.
func (u *Use) share(p *Use) error {
	if err := p.begin(u.st); err != nil {
		return err
	}
	u.mu.Lock()
	n, err := u.n, error(nil)
	if u.closed {
		err = host.EBADF
	} else {
		n.users.Add(1)
	}
	u.mu.Unlock()
	if err == nil {
		err = p.set(n)
		n.release()
	}
	if err != nil {
		p.Drop()
	}
	return err
}

// Close ends the use. Closing again does nothing.
func (u *Use) Close() error {
	u.mu.Lock()
	n := u.n
	u.n, u.closed = nil, true
	u.mu.Unlock()
	if n == nil {
		return nil
	}
	return n.release()
}

// Drop is Close by the guest, who is not told what the system has to say about
// it.
func (u *Use) Drop() error {
	u.st.guest.Closed(u)
	u.Close()
	return nil
}
