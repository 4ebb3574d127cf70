package filesystem

import (
	"strings"
	"testing"

	"github.com/dray-wasm/dray"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/filesystem"
	wasiio "github.com/dray-wasm/dray/wasi/gen/p2/io"
)

// TestReady has streams of files, which are always ready: nothing is ever left
// for later.
func TestReady(t *testing.T) {
	for _, k := range writable {
		t.Run(k.name, func(t *testing.T) {
			rw, _ := k.open(t)
			g := newGuest(t, 0, Preopen{Guest: "top", Dir: rw})
			g.check("open f crw h => ok\nout h 0 o => ok\nin h 0 i => ok\nopen g crw g => ok\nappend g to => ok")
			in, out := g.ins["i"], g.outs["o"]
			for _, subscribe := range []func() (wasiio.Pollable, error){
				func() (wasiio.Pollable, error) { return in.Subscribe(g.ctx) },
				func() (wasiio.Pollable, error) { return out.Subscribe(g.ctx) },
			} {
				p, err := subscribe()
				if err != nil {
					t.Fatal(err)
				}
				if ready, err := p.Ready(g.ctx); !ready || err != nil {
					t.Errorf("a stream of a file is not ready, %v", err)
				}
				if err := p.Block(g.ctx); err != nil {
					t.Error(err)
				}
				p.Drop(g.ctx)
			}
			for range 3 {
				permit, err := out.CheckWrite(g.ctx)
				if err != nil || permit < 4096 {
					t.Fatalf("check-write permits %d bytes, %v", permit, err)
				}
				if err := out.Write(g.ctx, []byte(strings.Repeat("x", int(permit)))); err != nil {
					t.Fatal(err)
				}
			}
			if err := out.Flush(g.ctx); err != nil {
				t.Error(err)
			}
			size := text(t, rw, "f")
			if !strings.HasPrefix(size, "xxx") {
				t.Errorf("the file begins with %.10q", size)
			}
			total := uint64(0)
			for {
				n, err := g.outs["to"].Splice(g.ctx, in, 1<<20)
				total += n
				if err != nil {
					if word(err) != "closed" {
						t.Error(err)
					}
					break
				}
			}
			a, err := g.ds["h"].Stat(g.ctx)
			b, err2 := g.ds["g"].Stat(g.ctx)
			if a.Size != total || b.Size != total || err != nil || err2 != nil {
				t.Errorf("a file of %d bytes was moved by %d bytes into one of %d", a.Size, total, b.Size)
			}
			if n, err := in.Read(g.ctx, 10); word(err) != "closed" {
				t.Errorf("behind the end there is %q, %v", n, err)
			}
			if in, err = g.ds["h"].ReadViaStream(g.ctx, 3); err != nil {
				t.Fatal(err)
			}
			if p, err := in.Read(g.ctx, 0); len(p) != 0 || err != nil {
				t.Errorf("a read of nothing gives %q, %v", p, err)
			}
			if n, err := in.Skip(g.ctx, 5); n != 5 || err != nil {
				t.Errorf("%d bytes were skipped, %v", n, err)
			}
		})
	}
}

// TestLink defines everything in a linker.
func TestLink(t *testing.T) {
	rt, err := dray.NewRuntime(dray.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	if err := gen.Link(rt.NewLinker(), Host{}.Link()); err != nil {
		t.Error(err)
	}
	if h := (Host{}).Link(); h.Types == nil || h.Preopens == nil {
		t.Error("an interface is not defined")
	}
}
