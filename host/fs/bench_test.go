package fs

import (
	"context"
	"fmt"
	"testing"
)

func benchAll(b *testing.B, run func(b *testing.B, d Dir)) {
	for _, impl := range impls() {
		b.Run(impl.name, func(b *testing.B) {
			rw, _, _ := impl.open(b)
			b.ReportAllocs()
			run(b, rw)
		})
	}
}

func benchFile(b *testing.B, d Dir, size int) File {
	n, err := d.Open(b.Context(), "f", Open{Read: true, Write: true, Create: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { n.Close() })
	if _, err := n.(File).WriteAt(make([]byte, size), 0); err != nil {
		b.Fatal(err)
	}
	return n.(File)
}

func BenchmarkOpenClose(b *testing.B) {
	for _, name := range []string{"f", "a/b/f"} {
		b.Run(name, func(b *testing.B) {
			benchAll(b, func(b *testing.B, d Dir) {
				w := newWorld(d)
				for _, line := range []string{"mkdir a", "mkdir a/b", "write a/b/f x", "write f x"} {
					w.run(b, line)
				}
				ctx := context.Background()
				for b.Loop() {
					n, err := d.Open(ctx, name, Open{Read: true, Follow: true})
					if err != nil {
						b.Fatal(err)
					}
					n.Close()
				}
			})
		})
	}
}

func BenchmarkStatAt(b *testing.B) {
	benchAll(b, func(b *testing.B, d Dir) {
		newWorld(d).run(b, "write f x")
		for b.Loop() {
			d.StatAt("f", true)
		}
	})
}

func BenchmarkMissing(b *testing.B) {
	benchAll(b, func(b *testing.B, d Dir) {
		for b.Loop() {
			d.Open(context.Background(), "missing", Open{Read: true})
		}
	})
}

func BenchmarkReadWrite(b *testing.B) {
	for _, size := range []int{64, 64 << 10} {
		buf := make([]byte, size)
		b.Run(fmt.Sprint("ReadAt/", size), func(b *testing.B) {
			benchAll(b, func(b *testing.B, d Dir) {
				f := benchFile(b, d, 64<<10)
				b.SetBytes(int64(size))
				for b.Loop() {
					f.ReadAt(buf, 0)
				}
			})
		})
		b.Run(fmt.Sprint("WriteAt/", size), func(b *testing.B) {
			benchAll(b, func(b *testing.B, d Dir) {
				f := benchFile(b, d, 64<<10)
				b.SetBytes(int64(size))
				for b.Loop() {
					f.WriteAt(buf, 0)
				}
			})
		})
	}
	b.Run("ReadAt/end", func(b *testing.B) {
		benchAll(b, func(b *testing.B, d Dir) {
			f := benchFile(b, d, 64)
			buf := make([]byte, 64)
			for b.Loop() {
				f.ReadAt(buf, 64)
			}
		})
	})
	b.Run("Append/64", func(b *testing.B) {
		benchAll(b, func(b *testing.B, d Dir) {
			f := benchFile(b, d, 0)
			buf := make([]byte, 64)
			n := 0
			for b.Loop() {
				if n++; n%100_000 == 0 {
					f.Truncate(0)
				}
				f.Append(buf)
			}
		})
	})
}

func BenchmarkReadDir(b *testing.B) {
	for _, step := range []int{1000, 10, 1} {
		b.Run(fmt.Sprint("1000 entries by ", step), func(b *testing.B) {
			benchAll(b, func(b *testing.B, d Dir) {
				fill(b, d, 1000)
				for b.Loop() {
					listBy(b, d, step, func(DirEntry) {})
				}
			})
		})
	}
}
