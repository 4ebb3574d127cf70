// This file is a Go command, built for preview 1, that an adapter turns into a
// component for WASI 0.2. Without arguments it greets; "check" checks files,
// goroutines and timers, "env" prints the environment, "exit" exits with 3 and
// "panic" panics.
package main

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"
)

// adapter is memory for the adapter, which else would take it behind Go's back
// from where Go's heap grows to. What finds it by its first bytes is adapter.wat.
var adapter = [512 << 10]byte{'t', 'h', 'e', ' ', 'a', 'd', 'a', 'p', 't', 'e', 'r', '\'', 's', ' ', 'm', 'e'}

func main() {
	if adapter[0] == 0 {
		panic("the adapter's memory was overwritten")
	}
	if len(os.Args) < 2 {
		say("hello from go")
		return
	}
	switch os.Args[1] {
	case "env":
		env := os.Environ()
		slices.Sort(env)
		for _, e := range env {
			say(e)
		}
	case "check":
		check("files", files)
		check("goroutines", goroutines)
		check("timers", timers)
	case "exit":
		os.Exit(3)
	case "panic":
		panic("as asked")
	default:
		for i, a := range os.Args[1:] {
			say("arg " + strconv.Itoa(i+1) + ": " + a)
		}
	}
}

// say prints a line. The package fmt would add 0.7 MB.
func say(line string) { os.Stdout.WriteString(line + "\n") }

func check(name string, f func() error) {
	if err := f(); err != nil {
		os.Stderr.WriteString(name + ": " + err.Error() + "\n")
		os.Exit(1)
	}
	say("ok " + name)
}

func files() error {
	if err := os.MkdirAll("/d/e", 0o777); err != nil {
		return err
	}
	text := make([]byte, 200_000)
	for i := range text {
		text[i] = byte(i * 7)
	}
	if err := os.WriteFile("/d/e/f", text, 0o666); err != nil {
		return err
	}
	got, err := os.ReadFile("/d/e/f")
	if err != nil || !slices.Equal(got, text) {
		return errors.Join(errors.New("reading back"), err)
	}
	if err := os.Rename("/d/e/f", "/d/g"); err != nil {
		return err
	}
	if _, err := os.Stat("/d/e/f"); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(errors.New("after rename"), err)
	}
	entries, err := os.ReadDir("/d")
	if err != nil || len(entries) != 2 || entries[0].Name() != "e" || !entries[0].IsDir() {
		return errors.Join(errors.New("read dir"), err)
	}
	return os.RemoveAll("/d")
}

func goroutines() error {
	var wg sync.WaitGroup
	sum := make(chan int, 200)
	for i := range 200 {
		wg.Go(func() {
			time.Sleep(time.Duration(i%10) * time.Millisecond)
			sum <- i
		})
	}
	wg.Wait()
	runtime.GC()
	close(sum)
	all := 0
	for i := range sum {
		all += i
	}
	if all != 19900 {
		return errors.New("sum " + strconv.Itoa(all))
	}
	return nil
}

func timers() error {
	start := time.Now()
	<-time.After(20 * time.Millisecond)
	if d := time.Since(start); d < 20*time.Millisecond || d > 20*time.Second {
		return errors.New("slept " + d.String())
	}
	return nil
}
