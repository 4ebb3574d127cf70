package main

// This file measures whole processes, from start to exit, against the command
// of wazero built from the module that go.mod names:
//
//	go test -run=- -bench=Start ./cmd/dray

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func BenchmarkStart(b *testing.B) {
	bin := b.TempDir()
	build(b, filepath.Join(bin, "dray"), ".")
	build(b, filepath.Join(bin, "wazero"), "github.com/tetratelabs/wazero/cmd/wazero")
	runners := []struct {
		name string
		args func(cache, guest string) []string
	}{
		{"dray", func(cache, guest string) []string { return []string{"run", "-C", "cache-dir=" + cache, guest} }},
		{"wazero", func(cache, guest string) []string { return []string{"run", "-cachedir", cache, guest} }},
	}
	for _, guest := range []string{"hello-rust", "hello-go"} {
		file := filepath.Join("..", "..", "testdata", "guests", guest+".wasm")
		if _, err := os.Stat(file); err != nil {
			b.Skip(err)
		}
		for _, cache := range []string{"warm", "cold"} {
			for _, r := range runners {
				b.Run(guest+"/"+cache+"/"+r.name, func(b *testing.B) {
					dir := b.TempDir()
					run := func() {
						out, err := exec.Command(filepath.Join(bin, r.name), r.args(dir, file)...).CombinedOutput()
						if err != nil {
							b.Fatalf("%v: %s", err, out)
						}
					}
					run()
					for b.Loop() {
						if cache == "cold" {
							b.StopTimer()
							dir = b.TempDir()
							b.StartTimer()
						}
						run()
					}
				})
			}
		}
	}
}

func build(b *testing.B, to, pkg string) {
	if out, err := exec.Command("go", "build", "-o", to, pkg).CombinedOutput(); err != nil {
		b.Fatalf("go build %s: %v\n%s", pkg, err, out)
	}
}
