// This file is the Go command guest: a greeting, and behind its first
// argument the checks that only a Go program can make.
package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() {
	args := os.Args[1:]
	if len(args) == 0 {
		say("hello from go")
		return
	}
	run, ok := commands[args[0]]
	if !ok {
		io.WriteString(os.Stderr, "hello-go: no command "+strconv.Quote(args[0])+"\n")
		os.Exit(2)
	}
	if err := run(args[1:]); err != nil {
		io.WriteString(os.Stderr, "FAIL "+args[0]+": "+err.Error()+"\n")
		os.Exit(1)
	}
}

var commands = map[string]func(args []string) error{
	"args":       printArgs,
	"env":        printEnv,
	"exit":       exit,
	"files":      files,
	"filter":     filter,
	"goroutines": goroutines,
	"listen":     listen,
	"nil":        nilMap,
	"panic":      panicDeep,
	"sleep":      sleep,
}

// say prints a line. The package fmt would add 0.7 MB to the module.
func say(line string) { os.Stdout.WriteString(line + "\n") }

// unexpected describes an error, or none, where another was to come.
func unexpected(what string, err error) error {
	if err == nil {
		return errors.New(what + ": no error")
	}
	return errors.New(what + ": " + err.Error())
}

func printArgs(args []string) error {
	for i, a := range args {
		say("arg " + strconv.Itoa(i+1) + ": " + a)
	}
	return nil
}

func printEnv([]string) error {
	env := os.Environ()
	sort.Strings(env)
	say(strings.Join(env, "\n"))
	return nil
}

func exit(args []string) error {
	code, err := strconv.Atoi(strings.Join(args, ""))
	if err != nil {
		return err
	}
	os.Exit(code)
	return nil
}

// files works in the directory given as the guest's root.
func files([]string) error {
	dir := filepath.Join("/", "go-files")
	if err := os.MkdirAll(filepath.Join(dir, "a", "b"), 0o755); err != nil {
		return err
	}
	name := filepath.Join(dir, "a", "b", "data.txt")
	if err := os.WriteFile(name, []byte("one\ntwo\n"), 0o644); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err := f.WriteString("three\n"); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	got, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if string(got) != "one\ntwo\nthree\n" {
		return errors.New("read back " + strconv.Quote(string(got)))
	}
	say("ok write append read")
	if err := times(name); err != nil {
		return err
	}
	if err := links(dir, name); err != nil {
		return err
	}
	return walk(dir)
}

func times(name string) error {
	want := time.Unix(1_000_000_000, 123_456_789)
	if err := os.Chtimes(name, want, want); err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if !info.ModTime().Equal(want) {
		return errors.New("modification time is " + info.ModTime().String() + ", want " + want.String())
	}
	say("ok chtimes")
	return nil
}

func links(dir, name string) error {
	link := filepath.Join(dir, "link")
	if err := os.Symlink("a/b/data.txt", link); err != nil {
		return err
	}
	to, err := os.Readlink(link)
	if err != nil {
		return err
	}
	if to != "a/b/data.txt" {
		return errors.New("readlink: " + strconv.Quote(to))
	}
	a, err := os.Stat(name)
	if err != nil {
		return err
	}
	b, err := os.Stat(link)
	if err != nil {
		return err
	}
	if a.Size() != b.Size() || !os.SameFile(a, b) {
		return errors.New("the link does not lead to the file")
	}
	say("ok symlink readlink stat")
	moved := filepath.Join(dir, "moved")
	if err := os.Rename(name, moved); err != nil {
		return err
	}
	if _, err := os.Stat(link); !errors.Is(err, os.ErrNotExist) {
		return unexpected("stat through a dangling link", err)
	}
	say("ok rename")
	return nil
}

func walk(dir string) error {
	for i := range 300 {
		if err := os.WriteFile(filepath.Join(dir, "f"+strconv.Itoa(i)), nil, 0o600); err != nil {
			return err
		}
	}
	seen := 0
	err := filepath.WalkDir(dir, func(_ string, _ os.DirEntry, err error) error {
		seen++
		return err
	})
	if err != nil {
		return err
	}
	// 300 files, moved, link, a, a/b and the directory itself.
	if seen != 305 {
		return errors.New("walked over " + strconv.Itoa(seen) + " entries, want 305")
	}
	say("ok walk")
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if _, err := os.Lstat(dir); !errors.Is(err, os.ErrNotExist) {
		return unexpected("after RemoveAll", err)
	}
	say("ok remove all")
	return nil
}

// filter copies stdin to stdout in upper case, a line at a time.
func filter([]string) error {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		say(strings.ToUpper(in.Text()))
	}
	return in.Err()
}

// goroutines lets timers, channels and the collector run together.
func goroutines([]string) error {
	var wg sync.WaitGroup
	var mu sync.Mutex
	sum := 0
	for i := range 200 {
		wg.Go(func() {
			time.Sleep(time.Duration(i%7) * time.Millisecond)
			buf := make([]byte, 64<<10)
			runtime.Gosched()
			mu.Lock()
			sum += i + len(buf)>>16
			mu.Unlock()
		})
	}
	wg.Wait()
	runtime.GC()
	if want := 199*200/2 + 200; sum != want {
		return errors.New("sum is " + strconv.Itoa(sum) + ", want " + strconv.Itoa(want))
	}
	say("ok goroutines")
	return nil
}

// listen serves echo on the listener passed as descriptor 3, until a
// connection sends "quit".
func listen(args []string) error {
	fd := 3
	if len(args) > 0 {
		n, err := strconv.Atoi(args[0])
		if err != nil {
			return err
		}
		fd = n
	}
	// A blocking accept would stop all goroutines.
	if err := syscall.SetNonblock(fd, true); err != nil {
		return err
	}
	l, err := net.FileListener(os.NewFile(uintptr(fd), "listener"))
	if err != nil {
		return err
	}
	defer l.Close()
	say("listening")
	done := make(chan struct{})
	for {
		c, err := l.Accept()
		if err != nil {
			select {
			case <-done:
				say("bye")
				return nil
			default:
				return err
			}
		}
		go serve(c, func() { close(done); l.Close() })
	}
}

func serve(c net.Conn, quit func()) {
	defer c.Close()
	in := bufio.NewReader(c)
	for {
		line, err := in.ReadString('\n')
		if strings.TrimSpace(line) == "quit" {
			quit()
			return
		}
		if _, werr := io.WriteString(c, line); werr != nil || err != nil {
			return
		}
	}
}

func nilMap([]string) error {
	var m map[string]int
	m["a"] = 1
	return nil
}

func panicDeep([]string) error { return outer(3) }

//go:noinline
func outer(n int) error {
	if n == 0 {
		panic("as asked")
	}
	return outer(n - 1)
}

func sleep(args []string) error {
	d, err := time.ParseDuration(strings.Join(args, ""))
	if err != nil {
		return err
	}
	start := time.Now()
	time.Sleep(d)
	if got := time.Since(start); got < d {
		return errors.New("slept " + got.String() + ", want at least " + d.String())
	}
	say("ok sleep")
	return nil
}
