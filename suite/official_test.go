package suite

// This file compares verdicts with the official runner of the wasi-testsuite,
// where a checkout of it and a Python that can run it are at hand.

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"
)

// suiteVar names the folder of a checkout of the wasi-testsuite.
const suiteVar = "DRAY_WASI_TESTSUITE"

// adapter makes the official runner start the fake runtime as Dray does.
const adapter = `
def get_name(): return "fake"
def get_version(): return "1"
def get_wasi_versions(): return ["wasm32-wasip1"]
def get_wasi_worlds(): return ["wasi:cli/command"]
def compute_argv(test_path, args_env_root, proposals, wasi_world, wasi_version):
    args, env, root = args_env_root
    argv = [%q]
    for k, v in env.items():
        argv += ["--env", f"{k}={v}"]
    if root:
        argv += ["--dir", f"{root}::/"]
    return argv + [test_path] + args
`

func TestSameVerdictsAsOfficialRunner(t *testing.T) {
	checkout := os.Getenv(suiteVar)
	if checkout == "" {
		t.Skipf("%s is not set: it names a checkout of the wasi-testsuite", suiteVar)
	}
	interpreter := python(t)
	if interpreter == "" {
		t.Skip("no Python of version 3.12 with requests and colorama; DRAY_PYTHON names one")
	}
	if runtime.GOOS == "windows" {
		t.Skip("the cases use signals")
	}
	files := map[string]string{"adapter.py": fmt.Sprintf(adapter, fakeRunner(t).Command[0])}
	want := map[string]Outcome{}
	for _, c := range verdictCases {
		if c.ours {
			continue
		}
		for name, content := range c.files() {
			files["suite/"+name] = content
		}
		want[c.name] = c.want
	}
	dir := writeSuite(t, files)
	report := filepath.Join(dir, "report.json")
	cmd := exec.Command(interpreter, filepath.Join(checkout, "test-runner", "wasi_test_runner.py"), "--disable-colors",
		"-t", filepath.Join(dir, "suite"), "-r", filepath.Join(dir, "adapter.py"), "--json-output-location", report)
	out, err := cmd.CombinedOutput()
	src, readErr := os.ReadFile(report)
	if readErr != nil {
		t.Fatalf("the official runner wrote no report: %v\n%s", err, out)
	}
	var got struct {
		Results []struct {
			Tests []struct {
				Name, Outcome string
				Failures      []string
			}
		}
	}
	if err := json.Unmarshal(src, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Results) != 1 || len(got.Results[0].Tests) != len(want) {
		t.Fatalf("the official runner reports on other tests: %s", src)
	}
	for _, r := range got.Results[0].Tests {
		if Outcome(r.Outcome) != want[r.Name] {
			t.Errorf("%s: the official runner says %s %q, dray says %s", r.Name, r.Outcome, r.Failures, want[r.Name])
		}
	}
}

// badSpecs are wrong specs and what is said about them.
var badSpecs = []struct{ name, spec, want string }{
	{"not-json", `{"args": [}`, `^s\.json: 1:11: not valid JSON: `},
	{"trailing", `{} x`, `^s\.json: 1:4: not valid JSON: `},
	{"list", `[]`, `^s\.json: 1:1: a test spec is a JSON object, got a list$`},
	{"mixed", `{"operations": [], "args": []}`, `"args" belongs to the legacy form .* "operations" to the operations form`},
	{"mixed-world", `{"world": "wasi:cli/command", "stdout": ""}`, `one file uses one form`},
	{"unknown-operation", "{\"operations\": [\n  {\"type\": \"walk\"}]}", `^s\.json: 2:12: operations\[0\]\.type: unknown type "walk"; known are "run", "wait", `},
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
	{"args-not-list", `{"args": "a"}`, `^s\.json: 1:10: args: expected a list, got a string$`},
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

// officialParse reads specs with the official parser and validator and prints
// the names of those it refuses.
const officialParse = `
import sys, pathlib
sys.path.insert(0, sys.argv[1])
from wasi_test_runner.test_case import Config, TestCaseValidator
for p in sorted(pathlib.Path(sys.argv[2]).glob("*.json")):
    try:
        TestCaseValidator(Config.from_file(str(p)), str(p)).validate()
    except Exception:
        print(p.stem)
`

func TestOfficialParserRefusesBadSpecs(t *testing.T) {
	checkout, interpreter := os.Getenv(suiteVar), python(t)
	if checkout == "" || interpreter == "" {
		t.Skipf("%s is not set, or no Python can run the official runner", suiteVar)
	}
	files := map[string]string{}
	for _, c := range badSpecs {
		files[c.name+".json"] = c.spec
	}
	for _, c := range verdictCases {
		if c.spec != "" {
			files["good-"+c.name+".json"] = c.spec
		}
	}
	dir := writeSuite(t, files)
	out, err := exec.Command(interpreter, "-c", officialParse, filepath.Join(checkout, "test-runner"), dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	refused := map[string]bool{}
	for _, name := range regexp.MustCompile(`\S+`).FindAllString(string(out), -1) {
		refused[name] = true
	}
	for _, c := range badSpecs {
		if !refused[c.name] {
			t.Errorf("%s: the official runner takes this spec", c.name)
		}
		delete(refused, c.name)
	}
	for name := range refused {
		t.Errorf("%s: the official runner refuses this spec", name)
	}
}
