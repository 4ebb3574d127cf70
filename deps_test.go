package dray_test

// This file holds the import floors and checks every Go file of the checkout
// against them, whatever its build constraints, so that a file for another
// system cannot go astray. Test files may import what they like, but for cgo.

import (
	"fmt"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const modulePath = "github.com/dray-wasm/dray"

// floors are the rooms of the house: folders with all that is below them, "."
// for the root alone. A package imports rooms of lower floors, and packages of
// its own room.
const floors = `
1  diag valtype host
2  wasm value
3  engine component
4  internal wit
5  bind bindgen componentize
6  .
7  wasi script suite examples
8  cmd
`

// order is finer, within rooms: a package imports those in columns to the left
// of its own. A room that is here lists all its packages.
const order = `
host:    host < host/stream < host/clock host/random < host/fs host/net < host/stdio host/http
engine:  engine < engine/wazero engine/native engine/interp
internal: internal/reference internal/futex internal/abi < internal/task < internal/canon internal/ends < internal/plan internal/govalue < internal/instance
`

// doors are imports that only some may use: what is imported, and by whom.
// "..." at the end stands for a folder and all that is below it. Every module
// that is not ours or the standard library is here.
const doors = `
engine/wazero engine/native engine/interp:  . script
wasi/internal/...:                          wasi wasi/http wasi/internal/...

# The operating system: the host core, the engine's cache and memories, and
# what has a command line. The root reads a file and finds the cache.
os:                  host/... internal/reference engine/wazero . suite cmd/...
os/exec os/user:     suite cmd/...
os/signal:           suite cmd/...
net:                 host host/net host/http suite cmd/...
net/http:            host/http wasi/http suite cmd/...
syscall:             host/... engine/wazero suite cmd/...
io/ioutil plugin:    nobody
log expvar:          cmd/...
log/slog:            wasi wasi/http wasi/internal/guest wasi/internal/p2/... cmd/...

# Memory without a type is for system calls and for engines.
unsafe:  host/... engine/... suite
reflect: cmd/... suite bindgen/... internal/govalue engine/wazero .

# Other people's modules.
golang.org/x/net/idna:                     host/net
golang.org/x/sys/cpu:                      internal/abi engine/wazero
golang.org/x/net/idna:                     host/net
golang.org/x/sys/...:                      host/... engine/wazero internal/abi suite cmd/...
golang.org/x/term:                         host/stdio suite cmd/...
golang.org/x/crypto/blake2b:               engine/wazero
github.com/tetratelabs/wazero/...:         engine/wazero
go.etcd.io/bbolt/...:                      wasi/keyvalue/bolt
github.com/redis/go-redis/v9/...:          wasi/keyvalue/redis
github.com/ianlancetaylor/demangle:        wasm/debuginfo
github.com/spf13/...:                      cmd/...
github.com/prometheus/...:                 cmd/...
go.opentelemetry.io/...:                   cmd/...
github.com/vbauerster/mpb/v8/...:          suite cmd/...
github.com/rogpeppe/go-internal/...:       suite
`

// An edge is an import: by a package of this module, of a package, in a file.
// The path of this module is "." in to, and is left out in from, where "." is
// the root.
type edge struct{ from, to, file string }

func TestImports(t *testing.T) {
	edges, err := imports(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if len(edges) < 50 {
		t.Fatalf("only %d imports found", len(edges))
	}
	for _, v := range newRules(t).violations(edges) {
		t.Error(v)
	}
}

// TestImportsForbidden checks that the rules can fail.
func TestImportsForbidden(t *testing.T) {
	r := newRules(t)
	for _, tt := range []struct{ from, to, want string }{
		{"wasm/binary", "./diag", ""},
		{"wasm/binary", "./wasm/leb128", ""},
		{"wasm", "./engine", "floor 2 imports engine on floor 3"},
		{"diag", "./host", "floor 1 imports host on floor 1"},
		{"host/fs", "./wasm", "floor 1 imports wasm on floor 2"},
		{"host/stdio", "./host/fs", ""},
		{"host/fs", "./host/stdio", "order"},
		{"host/fs", "./host/net", "order"},
		{"host/stream", "./host/clock", "order"},
		{"host/usb", "./host", "order"},
		{"engine", "./engine/wazero", "door"},
		{"engine/wazero", "./engine", ""},
		{"engine/wazero", "./engine/testing", "order"},
		{".", "./engine/wazero", ""},
		{"wasi", "./engine/wazero", "door"},
		{"cmd/dray", "./engine/wazero", "door"},
		{"wasi", "./wasi/internal/p1", ""},
		{"cmd/dray", "./wasi/internal/p1", "door"},
		{"suite", "./wasi", "floor 7 imports wasi on floor 7"},
		{"wasi", "./", ""},
		{"engine", "./", "floor 3 imports . on floor 6"},
		{"kitchen", "./diag", "floors"},
		{"diag", "./kitchen", "floors"},
		{"host/fs", "os", ""},
		{"wasm/binary", "os", "door"},
		{"wasi/internal/p1", "os", "door"},
		{"wasi/internal/p1", "net", "door"},
		{"wasm", "unsafe", "door"},
		{"diag", "C", "cgo"},
		{"cmd/dray", "C", "cgo"},
		{"engine/wazero", "github.com/tetratelabs/wazero/api", ""},
		{"engine", "github.com/tetratelabs/wazero", "door"},
		{"cmd/dray", "example.com/new/module", "doors"},
		{"cmd/dray", "io/ioutil", "door"},
		{"wasm", "strings", ""},
		{"wasm", "encoding/binary", ""},
	} {
		got := strings.Join(r.violations([]edge{{tt.from, tt.to, "f.go"}}), "; ")
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s imports %s: %q, want %q", tt.from, tt.to, got, tt.want)
		}
	}
}

// TestFloorsDocumented compares the floors with those in ARCHITECTURE.md.
func TestFloorsDocumented(t *testing.T) {
	data, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(data), "\n```\n")
	block, _, _ = strings.Cut(block, "\n```\n")
	r := newRules(t)
	documented := map[string]bool{}
	line := regexp.MustCompile(`(?m)^(\d?)  ( *)(\S+)`)
	floor, folder := 0, ""
	for _, m := range line.FindAllStringSubmatch(block, -1) {
		if m[1] != "" {
			floor, _ = strconv.Atoi(m[1])
		}
		// Folders below others are indented.
		name := strings.TrimSuffix(m[3], "/")
		if len(m[2]) > 1 {
			name = path.Join(folder, name)
		} else {
			folder = name
		}
		documented[name] = true
		if got, ok := r.floor(name); !ok || got != floor {
			t.Errorf("ARCHITECTURE.md has %s on floor %d, here it is on floor %d", name, floor, got)
		}
	}
	edges, err := imports(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range edges {
		pkg := e.from
		for !documented[pkg] && path.Dir(pkg) != "." {
			pkg = path.Dir(pkg)
		}
		if !documented[pkg] {
			t.Errorf("ARCHITECTURE.md does not have %s", pkg)
			documented[pkg] = true
		}
	}
}

// imports lists the imports of all Go files below a folder.
func imports(root fs.FS) (edges []edge, err error) {
	fset := token.NewFileSet()
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (base == "testdata" || base == "vendor" || base[0] == '.' || base[0] == '_'):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go" || base[0] == '.' || base[0] == '_':
			return nil
		}
		src, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(fset, name, src, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		for _, group := range f.Comments {
			for _, c := range group.List {
				if neverBuilt(c.Text) {
					return nil
				}
			}
		}
		for _, spec := range f.Imports {
			to, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if strings.HasSuffix(name, "_test.go") && to != "C" {
				continue
			}
			if rest, ok := strings.CutPrefix(to, modulePath); ok && (rest == "" || rest[0] == '/') {
				to = "./" + strings.TrimPrefix(rest, "/")
			}
			edges = append(edges, edge{path.Dir(name), to, name})
		}
		return nil
	})
	return edges, err
}

// neverBuilt tells whether a comment keeps a file out of all builds: programs
// that "go run" starts have the constraint "ignore".
func neverBuilt(comment string) bool {
	if !constraint.IsGoBuild(comment) {
		return false
	}
	x, err := constraint.Parse(comment)
	return err == nil && !x.Eval(func(tag string) bool { return tag != "ignore" && tag != "never" }) &&
		x.Eval(func(string) bool { return true })
}

// rules are the texts above, parsed.
type rules struct {
	rooms   map[string]int
	columns map[string]int
	ordered map[string]bool
	doors   map[string][]string
}

func newRules(t *testing.T) *rules {
	r := &rules{rooms: map[string]int{}, columns: map[string]int{}, ordered: map[string]bool{}, doors: map[string][]string{}}
	for line := range lines(floors) {
		words := strings.Fields(line)
		n, err := strconv.Atoi(words[0])
		if err != nil {
			t.Fatalf("floors: %q: %v", line, err)
		}
		for _, w := range words[1:] {
			r.rooms[w] = n
		}
	}
	for line := range lines(order) {
		name, list, ok := strings.Cut(line, ":")
		if !ok {
			t.Fatalf("order: %q", line)
		}
		r.ordered[name] = true
		for i, column := range strings.Split(list, "<") {
			for _, w := range strings.Fields(column) {
				r.columns[w] = i + 1
			}
		}
	}
	for line := range lines(doors) {
		what, who, ok := strings.Cut(line, ":")
		if !ok {
			t.Fatalf("doors: %q", line)
		}
		for _, w := range strings.Fields(what) {
			r.doors[w] = strings.Fields(who)
		}
	}
	return r
}

// lines lists the lines of a text that are not empty or comments.
func lines(text string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' && !yield(line) {
				return
			}
		}
	}
}

// room is the top folder of a package.
func room(pkg string) string {
	top, _, _ := strings.Cut(pkg, "/")
	return top
}

func (r *rules) floor(pkg string) (n int, ok bool) {
	n, ok = r.rooms[room(pkg)]
	return n, ok
}

// violations says what is wrong with imports, each thing once.
func (r *rules) violations(edges []edge) []string {
	all := map[string]bool{}
	for _, e := range edges {
		if v := r.violation(e.from, e.to); v != "" {
			all[e.file+": "+v] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// violation says what is wrong with an import, "" when nothing is.
func (r *rules) violation(from, to string) string {
	high, ok := r.floor(from)
	switch {
	case to == "C":
		return "cgo: Dray is pure Go"
	case !ok:
		return fmt.Sprintf("%s has no place in floors (deps_test.go)", from)
	}
	own, isOwn := strings.CutPrefix(to, "./")
	if isOwn && own == "" {
		own = "."
	}
	if who, ok := r.door(own); ok && !slices.ContainsFunc(who, func(w string) bool { return within(from, w) }) {
		return fmt.Sprintf("%s imports %s: that door is open to %s only", from, own, strings.Join(who, " "))
	} else if !ok && !isOwn && strings.Contains(room(to), ".") {
		return fmt.Sprintf("%s imports %s: doors (deps_test.go) must say who may", from, to)
	}
	if !isOwn {
		return ""
	}
	low, ok := r.floor(own)
	switch {
	case !ok:
		return fmt.Sprintf("%s has no place in floors (deps_test.go)", own)
	case room(from) == room(own):
		return r.outOfOrder(from, own)
	case low >= high:
		return fmt.Sprintf("%s on floor %d imports %s on floor %d", from, high, own, low)
	}
	return ""
}

// outOfOrder checks an import within a room.
func (r *rules) outOfOrder(from, to string) string {
	if !r.ordered[room(from)] {
		return ""
	}
	high, ok := r.columns[from]
	low, ok2 := r.columns[to]
	switch {
	case !ok || !ok2:
		return fmt.Sprintf("%s imports %s: order (deps_test.go) must list both", from, to)
	case low >= high:
		return fmt.Sprintf("%s imports %s, which is not before it in order (deps_test.go)", from, to)
	}
	return ""
}

// door finds who may import a package; ok is false when there is no door.
func (r *rules) door(to string) (who []string, ok bool) {
	for pattern, who := range r.doors {
		if within(to, pattern) {
			return who, true
		}
	}
	return nil, false
}

// within tells whether a package is that of a pattern.
func within(pkg, pattern string) bool {
	folder, below := strings.CutSuffix(pattern, "/...")
	return pkg == folder || below && strings.HasPrefix(pkg, folder+"/")
}
