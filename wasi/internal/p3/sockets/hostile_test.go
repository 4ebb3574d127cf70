package sockets

// This file is guests that call what they like, and guests that end at any
// moment.

import (
	"context"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host/net"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/sockets"
)

// A guest has only so much open, whatever it is.
func TestLimit(t *testing.T) {
	g := newGuest(t, net.AllowAll(), 3)
	g.tcp(v4)
	u := g.udp(v6)
	last := g.tcp(v6)
	_, err := g.h.TCPSocketCreate(g.ctx, v4)
	g.is("create", err, "other")
	_, err = g.h.UDPSocketCreate(g.ctx, v4)
	g.is("create", err, "other")
	g.ok(u.Drop(g.ctx))
	g.ok(last.Drop(g.ctx))
	g.udp(v4)
	g.tcp(v4)
	_, err = g.h.TCPSocketCreate(g.ctx, v4)
	g.is("create", err, "other")
}

// Connections for which there is no room wait until there is.
func TestAcceptLimit(t *testing.T) {
	g := newGuest(t, net.AllowAll(), 3)
	_, coming, a := g.listen(v4)
	for range 5 {
		g.dial(a)
	}
	first, err := coming.Next(g.ctx)
	g.ok(err)
	second, err := coming.Next(g.ctx)
	g.ok(err)
	came := make(chan gen.TCPSocket)
	go func() {
		for {
			s, err := coming.Next(g.ctx)
			if err != nil {
				close(came)
				return
			}
			came <- s
		}
	}()
	g.ok(first.Drop(g.ctx))
	third := <-came
	g.ok(second.Drop(g.ctx))
	g.ok(third.Drop(g.ctx))
	<-came
	<-came
	g.ok(g.st.Close())
	if s, more := <-came; more {
		t.Errorf("a guest that has ended accepted %v", s)
	}
}

// What was accepted and nobody took goes with the stream.
func TestNobodyTakes(t *testing.T) {
	g := newGuest(t, net.AllowAll(), 0)
	_, coming, a := g.listen(v4)
	before := descriptors()
	p := make([]gen.TCPSocket, 8)
	c := g.dial(a)
	n, err := coming.Read(g.ctx, p)
	if g.ok(err); n != 1 {
		t.Fatalf("%d connections of 1", n)
	}
	g.ok(p[0].Drop(g.ctx))
	if _, err := io.ReadAll(c); err != nil {
		t.Error(err)
	}
	c.Close()
	g.ok(coming.Close())
	if after := descriptors(); after != before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
}

// Whatever a guest has going on ends with it.
func TestEnd(t *testing.T) {
	for name, begin := range map[string]func(g *testGuest, goes func(func())){
		"accept": func(g *testGuest, goes func(func())) {
			_, coming, _ := g.listen(v4)
			goes(func() {
				if _, err := coming.Next(g.ctx); err != io.EOF {
					g.t.Errorf("next = %v", err)
				}
			})
		},
		"connect": func(g *testGuest, goes func(func())) {
			s := g.tcp(v4)
			goes(func() { _ = s.Connect(g.ctx, at("192.0.2.1:80")) })
		},
		"receive": func(g *testGuest, goes func(func())) {
			s, _ := g.pair(v4)
			x, err := s.Receive(g.ctx)
			g.ok(err)
			goes(func() {
				if n, err := x.F0.Read(make([]byte, 1)); n != 0 || err == nil {
					g.t.Errorf("read = %d, %v", n, err)
				}
			})
		},
		"send that waits for the guest": func(g *testGuest, goes func(func())) {
			s, _ := g.pair(v4)
			r, w := io.Pipe()
			f, err := s.Send(g.ctx, r)
			g.ok(err)
			goes(func() {
				_, _ = f.Get(g.ctx)
				if _, err := w.Write([]byte{1}); err == nil {
					g.t.Error("the stream is not closed")
				}
			})
		},
		"send that waits for the peer": func(g *testGuest, goes func(func())) {
			s, _ := g.pair(v4)
			f, err := s.Send(g.ctx, endless{})
			g.ok(err)
			goes(func() {
				if r, err := f.Get(g.ctx); err == nil && !r.IsErr {
					g.t.Error("the end was reached")
				}
			})
		},
		"udp receive": func(g *testGuest, goes func(func())) {
			s, _ := g.boundUDP(v4)
			goes(func() {
				_, err := s.Receive(g.ctx)
				g.is("receive", err, "invalid-state")
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGuest(t, net.AllowAll(), 0)
			var all sync.WaitGroup
			for range 4 {
				begin(g, all.Go)
			}
			g.ok(g.st.Close())
			all.Wait()
			_, err := g.h.TCPSocketCreate(g.ctx, v4)
			g.is("create", err, "invalid-state")
			_, err = g.h.UDPSocketCreate(g.ctx, v4)
			g.is("create", err, "invalid-state")
		})
	}
}

// endless is a stream without end, of the smallest pieces.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return 1, nil }
func (endless) Close() error               { return nil }

// What a guest gave away before its end is written.
func TestFlush(t *testing.T) {
	g := newGuest(t, net.AllowAll(), 0)
	_, coming, a := g.listen(v4)
	c := g.dial(a)
	s, err := coming.Next(g.ctx)
	g.ok(err)
	r, w := io.Pipe()
	_, err = s.Send(g.ctx, r)
	g.ok(err)
	// The second write is taken once the first one is on its way.
	for _, word := range []string{"the last ", "words"} {
		_, err := w.Write([]byte(word))
		g.ok(err)
	}
	g.ok(g.st.Flush(g.ctx))
	g.ok(g.st.Close())
	if got, err := io.ReadAll(c); !strings.HasPrefix(string(got), "the last ") || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// A chaos is a guest whose calls are chosen by chance, and made several at a
// time.
type chaos struct {
	*testGuest
	addrs []gen.IPSocketAddress

	mu  sync.Mutex
	tcp []*TCPSocket
	udp []*UDPSocket
}

func (c *chaos) addTCP(s gen.TCPSocket, err error) {
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.tcp = append(c.tcp, s.(*TCPSocket))
	}
}

func (c *chaos) addUDP(s gen.UDPSocket, err error) {
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.udp = append(c.udp, s.(*UDPSocket))
	}
}

// pick is a TCP and a UDP socket, and an address where one may be.
func (c *chaos) pick(r *rand.Rand) (t *TCPSocket, u *UDPSocket, a gen.IPSocketAddress) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a = c.addrs[r.IntN(len(c.addrs))]
	if len(c.tcp) > 0 {
		t = c.tcp[r.IntN(len(c.tcp))]
		if x, err := c.tcp[r.IntN(len(c.tcp))].GetLocalAddress(c.ctx); err == nil && r.IntN(2) == 0 {
			a = x
		}
	}
	if len(c.udp) > 0 {
		u = c.udp[r.IntN(len(c.udp))]
		if x, err := c.udp[r.IntN(len(c.udp))].GetLocalAddress(c.ctx); err == nil && r.IntN(2) == 0 {
			a = x
		}
	}
	return t, u, a
}

func (c *chaos) call(ctx context.Context, r *rand.Rand) {
	t, u, a := c.pick(r)
	if t == nil || u == nil || r.IntN(8) == 0 {
		c.addTCP(c.h.TCPSocketCreate(ctx, v4))
		c.addUDP(c.h.UDPSocketCreate(ctx, v4))
		return
	}
	switch r.IntN(16) {
	case 0:
		_ = t.Bind(ctx, a)
	case 1, 2:
		_ = t.Connect(ctx, a)
	case 3:
		if coming, err := t.Listen(ctx); err == nil {
			for range r.IntN(3) {
				c.addTCP(coming.Next(ctx))
			}
			_ = coming.Close()
		}
	case 4, 5:
		if f, err := t.Send(ctx, bind.NopCloser(strings.NewReader("some bytes"))); err == nil && r.IntN(2) == 0 {
			_, _ = f.Get(ctx)
		}
	case 6, 7:
		if x, err := t.Receive(ctx); err == nil {
			if in, is := x.F0.(*receiver); is {
				_, _ = in.ReadContext(ctx, make([]byte, 10))
			}
			_ = x.F0.Close()
		}
	case 8:
		_ = t.SetListenBacklogSize(ctx, r.Uint64())
	case 9:
		_ = t.Drop(ctx)
	case 10:
		_ = u.Bind(ctx, a)
	case 11:
		_ = u.Connect(ctx, a)
	case 12:
		_ = u.Disconnect(ctx)
	case 13:
		_ = u.Send(ctx, make([]byte, r.IntN(100)), &a)
	case 14:
		_, _ = u.Receive(ctx)
	case 15:
		_ = u.Drop(ctx)
	}
}

// Whatever a guest calls, and whenever it ends: nothing hangs, nothing is left.
func TestChaos(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 3
	}
	for seed := range rounds {
		c := &chaos{testGuest: newGuest(t, net.AllowAll(), 40), addrs: []gen.IPSocketAddress{
			local(v4), local(v6), at("0.0.0.0:0"), at("224.0.0.1:80"), at("127.0.0.1:9"),
		}}
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				r := rand.New(rand.NewPCG(uint64(seed), uint64(i)))
				for c.st.Life().Err() == nil {
					// A guest ends calls too.
					ctx, cancel := context.WithCancel(c.st.Life())
					if r.IntN(2) == 0 {
						cancel()
					}
					c.call(ctx, r)
					cancel()
				}
			})
		}
		r := rand.New(rand.NewPCG(uint64(seed), 99))
		for range 100 {
			ctx, cancel := context.WithCancel(c.ctx)
			cancel()
			c.call(ctx, r)
		}
		c.ok(c.st.Close())
		all.Wait()
	}
}
