package filesystem

// This file tests the functions that answer at once.

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/dray-wasm/dray/host/fs"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/filesystem"
)

// tries is what the functions answer for a path, and that they did.
func tries(g *player, d *Descriptor, path string) (out []string, all, some bool) {
	all = true
	add := func(v any, done bool, err error) {
		all, some = all && done, some || done
		out = append(out, fmt.Sprint(v, " ", word(err)))
	}
	follow := gen.PathFlagsSymlinkFollow
	st, done, err := d.TryStat(g.ctx)
	add(st.Size, done, err)
	st, done, err = d.TryStatAt(g.ctx, follow, path)
	add(st.Size, done, err)
	h, done, err := d.TryMetadataHash(g.ctx)
	add(h, done, err)
	h, done, err = d.TryMetadataHashAt(g.ctx, 0, path)
	add(h, done, err)
	s, done, err := d.TryReadlinkAt(g.ctx, path)
	add(s, done, err)
	same, done, err := d.TryIsSameObject(g.ctx, d)
	add(same, done, err)
	_, done, err = d.TryOpenAt(g.ctx, follow, path, 0, 0)
	add("", done, err)
	return out, all, some
}

// whole is what the functions answer that take their time.
func whole(g *player, d *Descriptor, path string) (out []string) {
	add := func(v any, err error) { out = append(out, fmt.Sprint(v, " ", word(err))) }
	follow := gen.PathFlagsSymlinkFollow
	st, err := d.Stat(g.ctx)
	add(st.Size, err)
	st, err = d.StatAt(g.ctx, follow, path)
	add(st.Size, err)
	h, err := d.MetadataHash(g.ctx)
	add(h, err)
	h, err = d.MetadataHashAt(g.ctx, 0, path)
	add(h, err)
	s, err := d.ReadlinkAt(g.ctx, path)
	add(s, err)
	same, err := d.IsSameObject(g.ctx, d)
	add(same, err)
	_, err = d.OpenAt(g.ctx, follow, path, 0, 0)
	add("", err)
	return out
}

func TestTry(t *testing.T) {
	for _, k := range trees() {
		rw, ro := k.open(t)
		g := play(t, 0, Preopen{Guest: "top", Dir: rw}, Preopen{Guest: "ro", Dir: ro})
		g.check("open a.txt r file => ok\nopen d dm d => ok\nopen b.txt r gone => ok\ndrop gone => ok")
		for name, d := range g.ds {
			for _, path := range []string{"a.txt", "flink", "up", "out", "none", "", "/", "..", "g.txt", "\x00"} {
				got, all, _ := tries(g, d, path)
				if want := whole(g, d, path); !all || fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%s: %s, %q at once: %q, else %q", k.name, name, path, got, want)
				}
			}
		}
	}
}

// TestTrySlow has a tree that may take its time: nothing of it is had at once.
func TestTrySlow(t *testing.T) {
	dir := fs.FromFS(fstest.MapFS{"d/f": {Data: []byte("text")}})
	defer dir.Close()
	g := play(t, 0, Preopen{Guest: "top", Dir: dir})
	g.check("open d r d => ok\nopen d/f r f => ok")
	for name, d := range g.ds {
		if out, _, some := tries(g, d, "f"); some {
			t.Errorf("%s: %q", name, out)
		}
	}
	if flags, done, err := g.ds["f"].TryGetFlags(g.ctx); flags != gen.DescriptorFlagsRead || !done || err != nil {
		t.Error(flags, done, err)
	}
	if typ, done, err := g.ds["d"].TryGetType(g.ctx); typ.Case != gen.DescriptorTypeDirectory || !done || err != nil {
		t.Error(typ, done, err)
	}
	v, err := g.ds["f"].ReadViaStream(g.ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := v.F0.(*reader).TryRead(make([]byte, 10)); n != 0 || err != nil {
		t.Errorf("a file that may take its time has %d bytes at once, %v", n, err)
	}
	v.F0.Close()
}
