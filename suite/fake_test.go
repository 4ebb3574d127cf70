package suite

// This file is a runtime for tests: this test binary, started again. The
// "module" it runs is a text file, one command a line.

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fakeVar makes this binary a runtime.
const fakeVar = "DRAY_SUITE_FAKE_RUNTIME"

func TestMain(m *testing.M) {
	fuzzing := len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "-test.")
	if os.Getenv(fakeVar) != "" && !fuzzing {
		os.Exit(fakeRuntime(os.Args[1:]))
	}
	os.Setenv(fakeVar, "1")
	os.Exit(m.Run())
}

// fakeRunner is this binary as a runner.
func fakeRunner(t testing.TB) Runner {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Runner{Command: []string{self}}
}

// A fake is one run of the fake runtime.
type fake struct {
	env  []string
	dir  string
	args []string
	in   *bufio.Reader
}

func fakeRuntime(argv []string) int {
	f := &fake{in: bufio.NewReader(os.Stdin)}
	for len(argv) > 1 && strings.HasPrefix(argv[0], "--") {
		switch argv[0] {
		case "--env":
			f.env = append(f.env, argv[1])
		case "--dir":
			f.dir = strings.TrimSuffix(argv[1], "::/")
		case "--hold":
			time.Sleep(time.Hour)
		}
		argv = argv[2:]
	}
	src, err := os.ReadFile(argv[0])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 99
	}
	f.args = argv[1:]
	for _, line := range strings.Split(string(src), "\n") {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if code := f.command(word, unquoted(rest)); code >= 0 {
			return code
		}
	}
	return 0
}

// unquoted is s without its Go quotes, if it has them.
func unquoted(s string) string {
	if u, err := strconv.Unquote(s); err == nil {
		return u
	}
	return s
}

// command carries out one command; a result of at least 0 is an exit code.
func (f *fake) command(word, arg string) int {
	switch word {
	case "":
	case "print":
		os.Stdout.WriteString(arg)
	case "eprint":
		os.Stderr.WriteString(arg)
	case "fill": // N bytes of output
		n, _ := strconv.Atoi(arg)
		io.CopyN(os.Stdout, endless{}, int64(n))
	case "exit":
		n, _ := strconv.Atoi(arg)
		return n
	case "args":
		fmt.Printf("%q", f.args)
	case "env":
		fmt.Printf("%q", f.env)
	case "runner-env":
		fmt.Printf("%s=%s\n", arg, os.Getenv(arg))
	case "take": // N bytes of input, to stdout
		n, _ := strconv.Atoi(arg)
		io.CopyN(os.Stdout, f.in, int64(n))
	case "cat":
		io.Copy(os.Stdout, f.in)
	case "hang":
		time.Sleep(time.Hour)
	case "close-stdout":
		os.Stdout.Close()
	case "closed-stdin":
		os.Stdin.Close()
	case "on-term": // exit with a code when SIGTERM arrives
		f.onTerm(arg)
	case "hold": // a child keeps stdout open
		f.hold()
	case "kill-self":
		p, _ := os.FindProcess(os.Getpid())
		p.Kill()
		time.Sleep(time.Hour)
	default:
		return f.moreCommands(word, arg)
	}
	return -1
}

// moreCommands are those that touch files and the network.
func (f *fake) moreCommands(word, arg string) int {
	switch word {
	case "ls":
		f.list()
	case "create":
		if err := os.WriteFile(filepath.Join(f.dir, arg), []byte("x"), 0o600); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 98
		}
	case "must-miss":
		if _, err := os.Lstat(filepath.Join(f.dir, arg)); err == nil {
			return 97
		}
	case "echo-server":
		f.echoServer(arg)
	case "http-server":
		f.httpServer()
	case "get": // VAR METHOD PATH [BODY]
		return f.get(strings.Fields(arg))
	default:
		fmt.Fprintf(os.Stderr, "unknown command %q\n", word)
		return 96
	}
	return -1
}

// endless is an endless text.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

func (f *fake) onTerm(arg string) {
	code, _ := strconv.Atoi(arg)
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM, os.Interrupt)
	go func() {
		<-c
		os.Exit(code)
	}()
}

func (f *fake) hold() {
	self, _ := os.Executable()
	c := exec.Command(self, "--hold", "1", "x")
	c.Stdout = os.Stdout
	if err := c.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	fmt.Fprintf(os.Stderr, "child %d\n", c.Process.Pid)
}

// list prints what the preopened folder holds.
func (f *fake) list() {
	var names []string
	filepath.Walk(f.dir, func(path string, info os.FileInfo, err error) error {
		if rel, _ := filepath.Rel(f.dir, path); rel != "." {
			names = append(names, filepath.ToSlash(rel))
		}
		return nil
	})
	slices.Sort(names)
	fmt.Println(strings.Join(names, " "))
}

// echoServer prints its address, with a suffix, and answers one connection.
func (f *fake) echoServer(suffix string) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	fmt.Printf("%s%s\n", l.Addr(), suffix)
	c, err := l.Accept()
	if err != nil {
		return
	}
	io.Copy(c, c)
	c.Close()
}

// httpServer prints its URL and serves until SIGTERM.
func (f *fake) httpServer() {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Add("X-Two", "a")
		w.Header().Add("X-Two", "b")
		fmt.Fprintf(w, "hello %s", r.Header.Get("X-Name"))
	})
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/hello", http.StatusFound) })
	mux.HandleFunc("/silent", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	fmt.Fprintf(os.Stderr, "Serving HTTP on http://%s/ now\n", l.Addr())
	http.Serve(l, mux)
}

// get calls a server of the spec and prints status, headers of interest, body
// and trailers.
func (f *fake) get(a []string) int {
	addr := ""
	for _, e := range f.env {
		if v, ok := strings.CutPrefix(e, a[0]+"="); ok {
			addr = v
		}
	}
	var body io.Reader
	if len(a) > 3 {
		body = strings.NewReader(a[3])
	}
	req, err := http.NewRequest(a[1], "http://"+addr+a[2], body)
	if err != nil {
		return 95
	}
	req.Header.Set("X-Mine", "yes")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Println("no answer")
		return -1
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	fmt.Printf("%d %s", resp.StatusCode, text)
	for _, h := range []string{"X-Given", "X-Request-Method", "X-Request-Path", "X-Echo-X-Mine"} {
		if v := resp.Header.Get(h); v != "" {
			fmt.Printf(" %s=%s", strings.ToLower(h), v)
		}
	}
	for name := range resp.Trailer {
		fmt.Printf(" trailer %s=%s", name, resp.Trailer.Get(name))
	}
	fmt.Println()
	return -1
}

// writeSuite writes files below a new folder and returns it.
func writeSuite(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
