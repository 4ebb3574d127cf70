package suite

// This file checks the parser of specs.

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// badSpecs are wrong specs and what is said about them.
var badSpecs = []struct{ name, spec, want string }{
	{"not-json", `{"args": [}`, `^s\.json:1:11: not valid JSON: `},
	{"trailing", `{} x`, `^s\.json:1:4: not valid JSON: `},
	{"list", `[]`, `^s\.json:1:1: a test spec is a JSON object, got a list$`},
	{"mixed", `{"operations": [], "args": []}`, `"args" belongs to the legacy form .* "operations" to the operations form`},
	{"mixed-world", `{"world": "wasi:cli/command", "stdout": ""}`, `one file uses one form`},
	{"unknown-operation", "{\"operations\": [\n  {\"type\": \"walk\"}]}", `^s\.json:2:12: operations\[0\]\.type: unknown type "walk"; known are "run", "wait", `},
	{"no-type", `{"operations": [{}]}`, `operations\[0\]: "type" is missing; it is one of "run"`},
	{"unknown-proposal", `{"proposals": ["http", "x"]}`, `proposals\[1\]: unknown proposal "x"; known are "http", "sockets"`},
	{"unknown-world", `{"proposals": [], "world": "wasi:x/y"}`, `world: unknown world "wasi:x/y"; known are "wasi:cli/command", "wasi:http/service"`},
	{"unknown-signal", operations(`{"type": "run"}, {"type": "kill", "signal": "SIGFOO"}`), `operations\[1\]\.signal: unknown signal "SIGFOO"`},
	{"signal-not-string", operations(`{"type": "run"}, {"type": "kill", "signal": 9}`), `signal: expected a string, got a number`},
	{"send-without-id", operations(`{"type": "send"}`), `operations\[0\]: "id" is missing: send needs`},
	{"recv-without-id", operations(`{"type": "recv"}`), `"id" is missing: recv needs`},
	{"protocol", operations(`{"type": "run"}, {"type": "connect", "protocol_type": "x"}`), `unknown protocol_type "x"; known are "tcp", "udp", "http"`},
	{"headers", operations(`{"type": "request", "headers": []}`), `headers: expected an object, got a list`},
	{"request-body", operations(`{"type": "request", "body": 1}`), `body: expected a string, got a number`},
	{"response-status", operations(`{"type": "request", "response": {"status": "200"}}`), `response\.status: expected a number, got a string`},
	{"server-name", `{"servers": [{"name": "a-b"}]}`, `servers\[0\]: the name "a-b" of a server becomes part of a variable`},
	{"server-twice", `{"servers": [{"name": "a"}, {"name": "A"}]}`, `servers\[1\]: a server named "A" stands before`},
	{"server-kind", `{"servers": [{"name": "a", "kind": "x"}]}`, `unknown kind "x"; known are "listening", "closed"`},
	{"server-closed", `{"servers": [{"name": "a", "kind": "closed", "endpoints": []}]}`, `"closed" takes no "endpoints"`},
	{"endpoint-method", `{"servers": [{"name": "a", "endpoints": [{"method": "TRACE"}]}]}`, `endpoints\[0\]\.method: unknown method "TRACE"; known are "GET"`},
	{"endpoint-mode", `{"servers": [{"name": "a", "endpoints": [{"mode": "x"}]}]}`, `unknown mode "x"; known are "static", "echo-body", "echo-headers"`},
	{"endpoint-echo-response", `{"servers": [{"name": "a", "endpoints": [{"mode": "echo-body", "response": ""}]}]}`, `mode "echo-body" takes no "response"`},
	{"endpoint-response", `{"servers": [{"name": "a", "endpoints": [{"response": 4}]}]}`, `response: expected a string or an object, got a number`},
	{"endpoint-both", `{"servers": [{"name": "a", "endpoints": [{"response": {"body": "", "chunks": []}}]}]}`, `takes "body" or "chunks", not both`},
	{"endpoint-chunks", `{"servers": [{"name": "a", "endpoints": [{"response": {"chunks": ["a", 1]}}]}]}`, `chunks\[1\]: expected a string, got a number`},
	{"endpoint-trailers", `{"servers": [{"name": "a", "endpoints": [{"response": {"trailers": {"a": "b"}}}]}]}`, `"trailers" need "chunks"`},

	{"run-twice", operations(`{"type": "run"}, {"type": "run"}`), `operations\[1\]: run: a process still runs: put a "wait" before it`},
	{"no-wait", operations(`{"type": "run"}`), `the process still runs at the end: add \{"type": "wait"\}`},
	{"read-before-run", operations(`{"type": "read"}`), `operations\[0\]: read stdout: no process runs: put a "run" before it`},
	{"kill-after-wait", operations(runWait + `, {"type": "kill"}`), `operations\[2\]: kill SIGTERM: no process runs`},
	{"write-default-id", operations(`{"type": "run"}, {"type": "write"}`), `no stream has the id "write"; the input of the process is "stdin"`},
	{"read-stdin", operations(`{"type": "run"}, {"type": "read", "id": "stdin"}`), `"stdin" is the input of the process; this needs an output of the process`},
	{"write-stdout", operations(`{"type": "run"}, {"type": "write", "id": "stdout"}`), `"stdout" is an output of the process`},
	{"send-unknown", operations(`{"type": "run"}, {"type": "send", "id": "c"}`), `no stream has the id "c"; put a "connect" with that id before it`},
	{"recv-pipe", operations(`{"type": "run"}, {"type": "recv", "id": "stdout"}`), `this needs a connection`},
	{"connect-twice", operations(`{"type": "run"}, {"type": "connect"}, {"type": "connect"}`), `a stream with the id "server" exists`},
	{"connect-udp", operations(`{"type": "run"}, {"type": "connect", "protocol_type": "udp"}, {"type": "wait"}`), `protocol "udp" cannot be connected; only "tcp" can`},
}

// strictSpecs are wrong specs of which the official runner takes no notice
// before it runs them, or ever.
var strictSpecs = []struct{ name, spec, want string }{
	{"args-not-list", `{"args": "a"}`, `^s\.json:1:10: args: expected a list, got a string$`},
	{"args-not-strings", `{"args": ["a", 1]}`, `args\[1\]: expected a string, got a number`},
	{"env-not-strings", `{"env": {"A": 1}}`, `env\.A: expected a string, got a number`},
	{"env-name", `{"env": {"A=B": "1"}}`, `"A=B" is not a name of a variable`},
	{"root-not-string", `{"root": 1}`, `root: expected a string, got a number`},
	{"exit-code", `{"exit_code": "1"}`, `exit_code: expected a number, got a string`},
	{"exit-code-fraction", `{"exit_code": 1.5}`, `exit_code: expected a whole number of at most 32 bits, got 1\.5`},
	{"exit-code-large", `{"exit_code": 99999999999999999999}`, `expected a whole number`},
	{"endpoint-status", `{"servers": [{"name": "a", "endpoints": [{"response": {"status": 20}}]}]}`, `status 20 has not three digits`},
	{"invalid-utf8", "{\"stdout\": \"\xff\"}", `the file is not valid UTF-8`},
}

func TestBadSpecs(t *testing.T) {
	for _, c := range append(badSpecs, strictSpecs...) {
		t.Run(c.name, func(t *testing.T) {
			spec, _, err := ParseSpec([]byte(c.spec), "s.json", ".")
			if err == nil || spec != nil {
				t.Fatalf("spec %+v, error %v", spec, err)
			}
			if !regexp.MustCompile(c.want).MatchString(err.Error()) {
				t.Errorf("error %q, want %q", err, c.want)
			}
		})
	}
}

func TestParseSpec(t *testing.T) {
	src := `{"proposals": ["sockets"], "world": "wasi:http/service", "debug": 1,
		"servers": [{"name": "One", "endpoints": [{"response": "hi"}, {"method": "head", "path": "/c", "response": {"status": 404, "chunks": []}}]}, {"name": "two", "kind": "closed"}],
		"operations": [{"type": "run", "root": "r", "args": ["1"], "env": {"B": "1", "A": "2", "B": "3"}}, {"type": "connect"},
			{"type": "request", "response": {"status": 500}}, {"type": "kill"}, {"type": "wait", "exit_code": -15}]}`
	got, warnings, err := ParseSpec([]byte(src), "s.json", "dir")
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	want := &Spec{
		Operations: []Operation{
			&RunOp{Args: []string{"1"}, Env: []Pair{{"B", "3"}, {"A", "2"}}, Root: filepath.Join("dir", "r")},
			&ConnectOp{ID: "server", Protocol: "tcp"},
			&RequestOp{Method: "GET", Path: "/", Response: Response{Status: 500}},
			&KillOp{Signal: "SIGTERM"},
			&WaitOp{ExitCode: -15},
		},
		Proposals: []string{"sockets"},
		World:     HTTPService,
		Servers: []Server{
			{Name: "One", Endpoints: []Endpoint{
				{Method: "GET", Path: "/", Mode: "static", Response: Response{Status: 200, Body: "hi"}},
				{Method: "HEAD", Path: "/c", Mode: "static", Response: Response{Status: 404}, Chunks: []string{}},
			}},
			{Name: "two", Closed: true},
		},
		Debug: true,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestParseWarnings(t *testing.T) {
	for _, c := range []struct{ spec, want string }{
		{`{"dirs": ["a"]}`, `s.json:1:10: dirs: unknown field is ignored; known are "args", "root", "env", "exit_code", "stderr", "stdout"`},
		{`{"world": "bogus"}`, `world: unknown field is ignored`},
		{`{"proposals": []}`, `the spec lists no operations, so the test runs nothing and passes`},
		{operations(`{"type": "run", "stdin": ""}, {"type": "wait"}`), `operations[0].stdin: unknown field is ignored`},
	} {
		_, warnings, err := ParseSpec([]byte(c.spec), "s.json", ".")
		if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0].Error(), c.want) {
			t.Errorf("%s: error %v, warnings %v, want %q", c.spec, err, warnings, c.want)
		}
	}
}

func TestParseCapsWarnings(t *testing.T) {
	src := operations(`{"type": "run", "a": 1, "b": 2}` + strings.Repeat(`, {"type": "write", "id": "stdin", "c": 3, "d": 4}`, 100) + `, {"type": "wait"}`)
	if _, warnings, err := ParseSpec([]byte(src), "s.json", "."); err != nil || len(warnings) != maxWarnings {
		t.Errorf("%d warnings, error %v", len(warnings), err)
	}
}

func TestParseDeepJSON(t *testing.T) {
	deep := `{"operations": ` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`
	if _, _, err := ParseSpec([]byte(deep), "s.json", "."); err == nil || !strings.Contains(err.Error(), "nest deeper than 64") {
		t.Errorf("error %.200v", err)
	}
}

// FuzzParseSpec checks that no input makes the parser panic, and that what it
// accepts is in order: every operation has a process, the last has ended.
func FuzzParseSpec(f *testing.F) {
	for _, c := range append(badSpecs, strictSpecs...) {
		f.Add([]byte(c.spec))
	}
	for _, c := range verdictCases {
		f.Add([]byte(c.spec))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		spec, _, err := ParseSpec(src, "s.json", "dir")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "s.json:") {
				t.Errorf("the error does not name the file: %v", err)
			}
			return
		}
		running := false
		for _, op := range spec.Operations {
			switch op.(type) {
			case *RunOp:
				running = true
			case *WaitOp:
				running = false
			default:
				if !running {
					t.Errorf("%s without a process", op)
				}
			}
		}
		if running || !slices.Contains(worlds, string(spec.World)) {
			t.Errorf("spec %+v", spec)
		}
	})
}

func TestManifest(t *testing.T) {
	for _, c := range []struct{ dir, manifest, name, version, err string }{
		{"plain", "", "", "wasm32-wasip1", ""},
		{"wasm32-wasip3", "", "", "wasm32-wasip3", ""},
		{"wasm32-wasip3", `{"version": "wasm32-wasip2", "name": "n"}`, "n", "wasm32-wasip2", ""},
		{"plain", `{"version": "wasm32-wasip9"}`, "", "", `manifest.json:1:13: version: unknown version "wasm32-wasip9"; known are "wasm32-wasip1", `},
		{"plain", `{"name": 4}`, "", "", `name: expected a string, got a number`},
		{"plain", `{"nmae": "x"}`, "", "", `nmae: a manifest has no such field; its fields are "name" and "version"`},
		{"plain", `[]`, "", "", `a manifest is a JSON object, got a list`},
	} {
		dir := filepath.Join(t.TempDir(), c.dir)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if c.manifest != "" {
			if err := os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(c.manifest), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		m, err := readManifest(dir)
		switch {
		case c.err != "":
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: error %v, want %q", c.manifest, err, c.err)
			}
		case err != nil || m.Name != c.name || string(m.Version) != c.version:
			t.Errorf("%s: %+v, error %v", c.manifest, m, err)
		}
	}
}
