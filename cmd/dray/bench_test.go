package main

// This file measures whole processes, from start to exit, against the command
// of wazero built from the module that go.mod names, and of validation against
// other tools:
//
//	go test -run=- -bench=Start ./cmd/dray
//	go test -run=- -bench=Validate ./cmd/dray

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/valid"
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

// BenchmarkValidate reads and validates real modules of about 2 and 8 MB: with
// "dray validate", with wasm-validate of wabt where it is installed, and in this
// process with the packages that the command stands on and with wazero's
// interpreter, which validates and translates to its own instructions.
func BenchmarkValidate(b *testing.B) {
	bin := b.TempDir()
	build(b, filepath.Join(bin, "dray"), ".")
	asm := filepath.Join(bin, "asm.wasm")
	cmd := exec.Command("go", "build", "-o", asm, "cmd/asm")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for _, file := range []string{filepath.Join("..", "..", "testdata", "guests", "reactor-go.wasm"), asm} {
		data, err := os.ReadFile(file)
		if err != nil {
			b.Skip(err)
		}
		name := filepath.Base(file)
		process := func(tool string, args ...string) {
			path, err := exec.LookPath(tool)
			if err != nil {
				b.Logf("%s is not installed", tool)
				return
			}
			b.Run(name+"/"+filepath.Base(tool)+"-process", func(b *testing.B) {
				b.SetBytes(int64(len(data)))
				for b.Loop() {
					if out, err := exec.Command(path, append(args, file)...).CombinedOutput(); err != nil {
						b.Fatalf("%v: %s", err, out)
					}
				}
			})
		}
		process(filepath.Join(bin, "dray"), "validate")
		process("wasm-validate")
		b.Run(name+"/dray", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				m, err := binary.Decode(data)
				if err == nil {
					err = valid.Module(m, wasm.Standard)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/wazero-interpreter", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				rt := wazero.NewRuntimeWithConfig(b.Context(), wazero.NewRuntimeConfigInterpreter())
				if _, err := rt.CompileModule(b.Context(), data); err != nil {
					b.Fatal(err)
				}
				rt.Close(b.Context())
			}
		})
	}
}
