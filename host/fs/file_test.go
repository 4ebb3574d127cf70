package fs

import (
	"testing"

	"github.com/dray-wasm/dray/host"
)

func TestSetSync(t *testing.T) {
	for _, impl := range impls() {
		t.Run(impl.name, func(t *testing.T) {
			rw, _, _ := impl.open(t)
			for _, how := range []Open{{Sync: true}, {Dsync: true}, {}} {
				how.Write, how.Create = true, true
				n, err := rw.Open(t.Context(), "f", how)
				if err != nil {
					t.Fatal(err)
				}
				f := n.(File)
				for _, mode := range [][2]bool{{false, false}, {true, false}, {false, true}} {
					if n, err := f.WriteAt([]byte("x"), 0); n != 1 || err != nil {
						t.Errorf("%d, %v", n, err)
					}
					if n, err := f.Append([]byte("x")); n != 1 || err != nil {
						t.Errorf("%d, %v", n, err)
					}
					if err := f.SetSync(mode[0], mode[1]); err != nil {
						t.Error(err)
					}
				}
				for a := AdviceNormal; a <= AdviceNoReuse; a++ {
					if err := f.Advise(0, 10, a); err != nil {
						t.Errorf("advice %d: %v", a, err)
					}
				}
				if err := f.Advise(-1, 0, 0); err != host.EINVAL {
					t.Errorf("Advise(-1): %v", err)
				}
				if err := f.Advise(0, 0, AdviceNoReuse+1); err != host.EINVAL {
					t.Errorf("unknown advice: %v", err)
				}
				f.Close()
			}
		})
	}
}

func TestAllocations(t *testing.T) {
	for _, impl := range impls() {
		t.Run(impl.name, func(t *testing.T) {
			rw, _, _ := impl.open(t)
			n, err := rw.Open(t.Context(), "f", Open{Read: true, Write: true, Create: true})
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			f := n.(File)
			buf := make([]byte, 64)
			f.WriteAt(buf, 0)
			cases := map[string]func(){
				"ReadAt":     func() { f.ReadAt(buf, 0) },
				"ReadAt end": func() { f.ReadAt(buf, 1<<30) },
				"WriteAt":    func() { f.WriteAt(buf, 0) },
			}
			if impl.name != "portable" {
				cases["Append"] = func() { f.Append(buf[:1]) }
				cases["Stat"] = func() { f.Stat() }
				cases["Truncate"] = func() { f.Truncate(64) }
			}
			for name, run := range cases {
				if n := testing.AllocsPerRun(100, run); n != 0 {
					t.Errorf("%s allocates %v times", name, n)
				}
			}
		})
	}
}
