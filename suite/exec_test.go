package suite

// This file checks what each operation does, against the fake runtime.

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A verdictCase is a guest, a spec, and what must come of it.
type verdictCase struct {
	name  string
	guest string
	spec  string // empty for no file
	want  Outcome
	// message is a regular expression for the message of a failure.
	message string
	// ours tells that the official runner gives another verdict, ends with an
	// exception or hangs, on purpose of this one.
	ours bool
}

const runWait = `{"type": "run"}, {"type": "wait"}`

// operations is a spec with a list of operations.
func operations(ops string) string { return `{"operations": [` + ops + `]}` }

var verdictCases = []verdictCase{
	{name: "no-spec-pass", guest: "exit 0", want: Pass},
	{name: "no-spec-fail", guest: "exit 3", want: Fail, message: "^wait: expected exit code 0, got 3$"},
	{name: "empty-spec", guest: "print x", spec: `{}`, want: Pass},
	{name: "legacy-exit", guest: "exit 33", spec: `{"exit_code": 33}`, want: Pass},
	{name: "legacy-stdout", guest: "print hello", spec: `{"stdout": "hello"}`, want: Pass},
	{name: "legacy-stdout-more-follows", guest: "print \"hello world\"", spec: `{"stdout": "hello"}`, want: Pass},
	{name: "legacy-stdout-empty-is-no-check", guest: "print hello", spec: `{"stdout": ""}`, want: Pass},
	{name: "legacy-stdout-null", guest: "print hello", spec: `{"stdout": null}`, want: Pass},
	{name: "legacy-stdout-differs", guest: "print jello", spec: `{"stdout": "hello"}`, want: Fail, message: "^read stdout: the output differs"},
	{name: "legacy-stdout-short", guest: "print hell", spec: `{"stdout": "hello"}`, want: Fail, message: "ended after 4 of 5"},
	{name: "legacy-stderr", guest: "print a\neprint b", spec: `{"stdout": "a", "stderr": "b"}`, want: Pass},
	{name: "legacy-stderr-differs", guest: "eprint c", spec: `{"stderr": "b"}`, want: Fail, message: "^read stderr: "},
	{name: "legacy-args", guest: "args", spec: `{"args": ["a b", "--", "\"x\""], "stdout": "[\"a b\" \"--\" \"\\\"x\\\"\"]"}`, want: Pass},
	{name: "legacy-env-order", guest: "env", spec: `{"env": {"z": "1", "a": "new\nline", "m": ""}, "stdout": "[\"z=1\" \"a=new\\nline\" \"m=\"]"}`, want: Pass},
	{name: "legacy-root", guest: "ls", spec: `{"root": "data.dir", "stdout": "file.txt sub sub/deep.txt\n"}`, want: Pass},
	{name: "legacy-debug-and-world-have-no-effect", guest: "runner-env DEBUG", spec: `{"debug": true, "stdout": "DEBUG=\n"}`, want: Pass},
	{name: "newline-crlf", guest: `print "a\r\nb\rc\n"`, spec: `{"stdout": "a\nb\nc\n"}`, want: Pass},
	{name: "newline-crlf-expected-never-matches", guest: `print "a\r\nb"`, spec: `{"stdout": "a\r\nb"}`, want: Fail},
	{name: "characters-not-bytes", guest: `print "äö€😀 and more"`, spec: `{"stdout": "äö€😀"}`, want: Pass},
	{name: "not-utf8", guest: `print "a\xff"`, spec: `{"stdout": "ab"}`, want: Fail, message: "not valid UTF-8", ours: true},
	{name: "signal-is-negative", guest: "kill-self", spec: `{"exit_code": -9}`, want: Pass},
	{name: "signal-fails", guest: "kill-self", want: Fail, message: `got -9 \(ended by SIGKILL\)`},

	{name: "ops-run-wait", guest: "exit 2", spec: operations(`{"type": "run"}, {"type": "wait", "exit_code": 2}`), want: Pass},
	{name: "ops-none-runs-nothing", guest: "exit 2", spec: `{"proposals": []}`, want: Pass},
	{name: "ops-debug", guest: "runner-env DEBUG", spec: `{"debug": true, "operations": [{"type": "run"}, {"type": "read", "payload": "DEBUG=true\n"}, {"type": "wait"}]}`, want: Pass},
	{name: "ops-write-read", guest: "take 5\ntake 3", spec: operations(`{"type": "run"}, {"type": "write", "id": "stdin", "payload": "hello"}, {"type": "read", "payload": "hel"}, {"type": "read", "payload": "lo"},
		{"type": "write", "id": "stdin", "payload": "abc"}, {"type": "read", "payload": "abc"}, {"type": "wait"}`), want: Pass},
	{name: "ops-wait-closes-stdin", guest: "cat", spec: operations(runWait), want: Pass},
	{name: "ops-read-past-end", guest: "print ab", spec: operations(`{"type": "run"}, {"type": "read", "payload": "ab"}, {"type": "read", "payload": "c"}, {"type": "wait"}`), want: Fail, message: "ended after 0 of 1"},
	{name: "ops-two-runs", guest: "must-miss a.cleanup\ncreate a.cleanup\nls", spec: operations(
		`{"type": "run", "root": "data.dir"}, {"type": "wait"}, {"type": "run", "root": "data.dir"}, {"type": "read", "payload": "a.cleanup file"}, {"type": "wait"}`), want: Pass},
	{name: "ops-kill-term", guest: "eprint r\nhang", spec: operations(`{"type": "run"}, {"type": "read", "id": "stderr", "payload": "r"}, {"type": "kill"}, {"type": "wait", "exit_code": -15}`), want: Pass},
	{name: "ops-kill-handled", guest: "on-term 7\neprint r\nhang", spec: operations(`{"type": "run"}, {"type": "read", "id": "stderr", "payload": "r"}, {"type": "kill", "signal": "SIGINT"}, {"type": "wait", "exit_code": 7}`), want: Pass},
	{name: "ops-kill-wrong-code", guest: "eprint r\nhang", spec: operations(`{"type": "run"}, {"type": "read", "id": "stderr", "payload": "r"}, {"type": "kill", "signal": "SIGKILL"}, {"type": "wait"}`), want: Fail, message: "SIGKILL"},

	{name: "tcp-echo", guest: "echo-server", spec: operations(`{"type": "run"}, {"type": "connect"}, {"type": "send", "id": "server", "payload": "ping"}, {"type": "recv", "id": "server", "payload": "ping"}, {"type": "kill", "signal": "SIGKILL"}, {"type": "wait", "exit_code": -9}`), want: Pass},
	{name: "tcp-differs", guest: "echo-server", spec: operations(`{"type": "run"}, {"type": "connect"}, {"type": "send", "id": "server", "payload": "ping"}, {"type": "recv", "id": "server", "payload": "pong"}, {"type": "wait"}`), want: Fail, message: "recv server: the data differs"},
	{name: "tcp-no-address", guest: "print nowhere\\n", spec: operations(`{"type": "run"}, {"type": "connect"}, {"type": "wait"}`), want: Fail, message: `HOST:PORT.*"nowhere`},
	{name: "tcp-address-with-more", guest: "echo-server :1", spec: operations(`{"type": "run"}, {"type": "connect"}, {"type": "wait"}`), want: Fail, message: "HOST:PORT"},
	{name: "tcp-refused", guest: `print "127.0.0.1:1\n"`, spec: operations(`{"type": "run"}, {"type": "connect"}, {"type": "wait"}`), want: Fail, message: "connecting"},

	{name: "http-ok", guest: "on-term 0\nhttp-server", spec: operations(`{"type": "run"}, {"type": "request", "path": "hello", "headers": {"x-name": "you"}, "response": {"headers": {"content-type": "text/plain", "x-two": "a, b"}, "body": "hello you"}}, {"type": "request", "method": "POST", "path": "/echo", "body": "b", "response": {"body": "b"}}, {"type": "kill"}, {"type": "wait"}`), want: Pass},
	{name: "http-redirect", guest: "on-term 0\nhttp-server", spec: operations(`{"type": "run"}, {"type": "request", "path": "/moved", "response": {"body": "hello "}}, {"type": "kill"}, {"type": "wait"}`), want: Pass},
	{name: "http-status", guest: "on-term 0\nhttp-server", spec: operations(`{"type": "run"}, {"type": "request", "path": "/none"}, {"type": "kill"}, {"type": "wait"}`), want: Fail, message: "expected status 200, got 404"},
	{name: "http-header-missing", guest: "on-term 0\nhttp-server", spec: operations(`{"type": "run"}, {"type": "request", "path": "/echo", "response": {"headers": {"x-two": "a"}}}, {"type": "kill"}, {"type": "wait"}`), want: Fail, message: "no header x-two"},
	{name: "http-header-differs", guest: "on-term 0\nhttp-server", spec: operations(`{"type": "run"}, {"type": "request", "path": "/hello", "response": {"headers": {"x-two": "a"}, "body": "hello "}}, {"type": "kill"}, {"type": "wait"}`), want: Fail, message: `x-two: expected "a", got "a, b"`},
	{name: "http-body", guest: "on-term 0\nhttp-server", spec: operations(`{"type": "run"}, {"type": "request", "path": "/hello", "response": {"body": "bye"}}, {"type": "kill"}, {"type": "wait"}`), want: Fail, message: "response body differs"},
	{name: "http-no-url", guest: `eprint "nothing here\n"`, spec: operations(`{"type": "run"}, {"type": "request"}, {"type": "wait"}`), want: Fail, message: `http://.*"nothing here"`},

	{name: "servers", guest: "get HTTP_SERVER_MAIN GET /static\nget HTTP_SERVER_MAIN POST /body sent\nget HTTP_SERVER_MAIN PUT /headers\nget HTTP_SERVER_MAIN GET /chunks\nget HTTP_SERVER_MAIN GET /none\nget HTTP_SERVER_DEAD GET /",
		spec: `{"servers": [{"name": "main", "endpoints": [
			{"path": "/static", "response": {"status": 201, "headers": {"X-Given": "g"}, "body": "s"}},
			{"path": "/body", "method": "post", "mode": "echo-body"},
			{"path": "/headers", "method": "PUT", "mode": "echo-headers"},
			{"path": "/chunks", "response": {"chunks": ["c1", "c2"], "trailers": {"X-T": "t"}}}
		]}, {"name": "dead", "kind": "closed"}],
		"operations": [{"type": "run"}, {"type": "read", "payload": "201 s x-given=g\n200 sent\n200  x-request-method=PUT x-request-path=/headers x-echo-x-mine=yes\n200 c1c2 trailer X-T=t\n404 \nno answer\n"}, {"type": "wait"}]}`, want: Pass},
}

// caseFiles are the files of a case.
func (c *verdictCase) files() map[string]string {
	files := map[string]string{
		c.name + ".wasm":         c.guest,
		"data.dir/file.txt":      "content",
		"data.dir/sub/deep.txt":  "deep",
		"data.dir/old.cleanup":   "remains",
		"data.dir/d.cleanup/x.y": "remains",
	}
	if c.spec != "" {
		files[c.name+".json"] = c.spec
	}
	return files
}

// runOne runs the only test of a folder.
func runOne(t *testing.T, dir string, timeout time.Duration) *Result {
	t.Helper()
	tests, _, err := Find([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	if len(tests) != 1 || tests[0].Err != nil {
		t.Fatalf("got %d tests, error %v", len(tests), tests[0].Err)
	}
	runner := fakeRunner(t)
	return execute(t.Context(), &runner, tests[0], timeout, t.TempDir())
}

func TestOperations(t *testing.T) {
	for _, c := range verdictCases {
		t.Run(c.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && strings.Contains(c.guest+c.spec, "kill") {
				t.Skip("Windows has no signals")
			}
			t.Parallel()
			res := runOne(t, writeSuite(t, c.files()), time.Minute)
			if res.Outcome != c.want {
				t.Fatalf("outcome %s, want %s; failure %+v\nstdout %q\nstderr %q", res.Outcome, c.want, res.Failure, res.Stdout, res.Stderr)
			}
			if c.message != "" && !regexp.MustCompile(c.message).MatchString(res.Failure.text()) {
				t.Errorf("message %q, want %q", res.Failure.text(), c.message)
			}
		})
	}
}

func TestTimeoutNamesTheOperation(t *testing.T) {
	for _, c := range []struct{ name, guest, spec, message string }{
		{"wait", "hang", operations(runWait), "^wait: timed out after 200ms while waiting for the process to end"},
		{"read", "print ab\nhang", `{"stdout": "abc"}`, "^read stdout: timed out after 200ms while reading stdout"},
		{"write", "hang", operations(fmt.Sprintf(`{"type": "run"}, {"type": "write", "id": "stdin", "payload": %q}, {"type": "wait"}`, strings.Repeat("x", 1<<20))), "^write stdin: timed out"},
		{"connect", "hang", operations(`{"type": "run"}, {"type": "connect"}, {"type": "wait"}`), "^connect server: timed out"},
		{"recv", "echo-server", operations(`{"type": "run"}, {"type": "connect"}, {"type": "recv", "id": "server", "payload": "x"}, {"type": "wait"}`), "^recv server: timed out"},
		{"request", "http-server", operations(`{"type": "run"}, {"type": "request", "path": "/silent"}, {"type": "wait"}`), "^request GET /silent: timed out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			timeout := 200 * time.Millisecond
			if c.name == "recv" || c.name == "request" {
				timeout = 5 * time.Second // the guest has to start first
				c.message = strings.Replace(c.message, "200ms", "5s", 1)
			}
			res := runOne(t, writeSuite(t, map[string]string{"t.wasm": c.guest, "t.json": c.spec}), timeout)
			if res.Outcome != Fail || !regexp.MustCompile(c.message).MatchString(res.Failure.text()) {
				t.Fatalf("outcome %s, failure %+v", res.Outcome, res.Failure)
			}
		})
	}
}

func TestTimeoutKillsTheWholeGroup(t *testing.T) {
	t.Parallel()
	res := runOne(t, writeSuite(t, map[string]string{"t.wasm": "hold\nexit 0"}), 5*time.Second)
	if res.Outcome != Fail || !strings.Contains(res.Failure.Message, "timed out") {
		t.Fatalf("outcome %s, failure %+v", res.Outcome, res.Failure)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(res.Stderr, "child ")))
	if err != nil {
		t.Fatalf("stderr %q", res.Stderr)
	}
	if runtime.GOOS != "linux" {
		return
	}
	// A process that was killed takes a moment to end.
	for end := time.Now().Add(time.Minute); ; runtime.Gosched() {
		state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(state), ") Z ") {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the child still runs: %s", state)
		}
	}
}

func TestLongOutputIsReadAndCut(t *testing.T) {
	res := runOne(t, writeSuite(t, map[string]string{"t.wasm": "fill 2500000\nexit 1"}), time.Minute)
	if res.Outcome != Fail || res.Failure.text() != "wait: expected exit code 0, got 1" {
		t.Fatalf("failure %+v", res.Failure)
	}
	if len(res.Stdout) > 3*captureHalf || !strings.Contains(res.Stdout, "bytes left out]") {
		t.Errorf("kept %d bytes", len(res.Stdout))
	}
	want := strings.Repeat("a", 2500000)
	res = runOne(t, writeSuite(t, map[string]string{"t.wasm": "fill 2500000", "t.json": `{"stdout": "` + want + `"}`}), time.Minute)
	if res.Outcome != Pass {
		t.Fatalf("failure %s", res.Failure.Message)
	}
}

func TestFailureKeepsOutputAndCommand(t *testing.T) {
	dir := writeSuite(t, map[string]string{
		"t.wasm":       "print \"hello wrld\\nmore\"\neprint oops\nexit 134",
		"t.json":       `{"stdout": "hello world", "root": "r.dir", "args": ["-x"], "env": {"K": "V"}}`,
		"r.dir/a.file": "",
	})
	res := runOne(t, dir, time.Minute)
	if res.Outcome != Fail || !res.Failure.Compared || res.Failure.Index != 1 {
		t.Fatalf("failure %+v", res.Failure)
	}
	if res.Failure.Expected != "hello world" || res.Failure.Got != "hello wrld\n" {
		t.Errorf("compared %q with %q", res.Failure.Expected, res.Failure.Got)
	}
	if res.Stdout != "more" || res.Stderr != "oops" {
		t.Errorf("stdout %q, stderr %q", res.Stdout, res.Stderr)
	}
	if res.ExitCode == nil || *res.ExitCode != 134 {
		t.Errorf("exit code %v", res.ExitCode)
	}
	got := strings.Join(res.Argv[1:], " ")
	if want := fmt.Sprintf("--env K=V --dir %s::/ %s -x", filepath.Join(dir, "r.dir"), filepath.Join(dir, "t.wasm")); got != want {
		t.Errorf("command %q, want %q", got, want)
	}
}

func TestRunnerLearnsVersionAndWorld(t *testing.T) {
	dir := writeSuite(t, map[string]string{
		"wasm32-wasip3/t.wasm": "runner-env DRAY_TEST_VERSION\nrunner-env DRAY_TEST_WORLD\nrunner-env DRAY_TEST_PROPOSALS",
		"wasm32-wasip3/t.json": `{"proposals": ["http", "sockets"], "world": "wasi:http/service", "operations": [{"type": "run"},
			{"type": "read", "payload": "DRAY_TEST_VERSION=wasm32-wasip3\nDRAY_TEST_WORLD=wasi:http/service\nDRAY_TEST_PROPOSALS=http,sockets\n"}, {"type": "wait"}]}`,
	})
	if res := runOne(t, dir, time.Minute); res.Outcome != Pass {
		t.Fatalf("failure %+v", res.Failure)
	}
}

func TestCannotStart(t *testing.T) {
	dir := writeSuite(t, map[string]string{"t.wasm": ""})
	tests, _, err := Find([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	runner := Runner{Command: []string{filepath.Join(dir, "no-such-program")}}
	res := execute(t.Context(), &runner, tests[0], time.Minute, t.TempDir())
	if res.Outcome != Fail || !strings.HasPrefix(res.Failure.text(), "run: the process cannot be started: ") {
		t.Fatalf("failure %+v", res.Failure)
	}
}

func TestMissingRoot(t *testing.T) {
	dir := writeSuite(t, map[string]string{"t.wasm": "", "t.json": `{"root": "gone.dir"}`})
	res := runOne(t, dir, time.Minute)
	if res.Outcome != Fail || !strings.Contains(res.Failure.text(), "copying the root "+filepath.Join(dir, "gone.dir")) {
		t.Fatalf("failure %+v", res.Failure)
	}
}

func TestWriteToEndedProcess(t *testing.T) {
	res := runOne(t, writeSuite(t, map[string]string{"t.wasm": "closed-stdin\nprint r\nexit 4",
		"t.json": operations(`{"type": "run"}, {"type": "read", "payload": "r"}, {"type": "write", "id": "stdin", "payload": "x"}, {"type": "wait", "exit_code": 4}`)}), time.Minute)
	if res.Outcome != Fail || !strings.Contains(res.Failure.text(), "writing to the input of the process") {
		t.Fatalf("failure %+v", res.Failure)
	}
}

func TestInterruptedTestIsNotRun(t *testing.T) {
	dir := writeSuite(t, map[string]string{"t.wasm": "print r\nhang", "t.json": operations(`{"type": "run"}, {"type": "read", "payload": "rr"}, {"type": "wait"}`)})
	tests, _, err := Find([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	runner := fakeRunner(t)
	res := execute(ctx, &runner, tests[0], time.Minute, t.TempDir())
	if res.Outcome != NotRun {
		t.Fatalf("outcome %s, failure %+v", res.Outcome, res.Failure)
	}
}

// python is an interpreter that can run the official runner, or empty.
func python(t *testing.T) string {
	t.Helper()
	for _, p := range []string{os.Getenv("DRAY_PYTHON"), "python3"} {
		if p == "" {
			continue
		}
		c := exec.Command(p, "-c", "import requests, colorama, sys; assert sys.version_info >= (3, 12)")
		if c.Run() == nil {
			return p
		}
	}
	return ""
}
