package suite

// This file checks the progress bar on a pseudo terminal.

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal is a pseudo terminal and the end that shows what it displays.
func terminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 100}); err != nil {
		t.Fatal(err)
	}
	return master, slave
}

func TestProgressOnATerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	dir := writeSuite(t, map[string]string{"a.wasm": "exit 1", "b.wasm": ""})
	for _, c := range []struct {
		name              string
		out, err          bool // is a terminal
		bar, failureShown bool // on the terminal
	}{
		{"both", true, true, true, true},
		{"stderr", false, true, true, false},
		{"stdout", true, false, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			master, slave := terminal(t)
			var shown, out, errs bytes.Buffer
			done := make(chan struct{})
			go func() {
				io.Copy(&shown, master) // ends with EIO when the slave is closed
				close(done)
			}()
			opt := Options{Paths: []string{dir}, Runner: fakeRunner(t), Stdout: &out, Stderr: &errs}
			if c.out {
				opt.Stdout = slave
			}
			if c.err {
				opt.Stderr = slave
			}
			if _, err := Run(t.Context(), opt); err != nil {
				t.Fatal(err)
			}
			slave.Close()
			<-done
			master.Close()
			text := shown.String()
			if strings.Contains(text, "2/2 ") != c.bar {
				t.Errorf("the terminal shows %q", text)
			}
			if strings.Contains(text, "FAIL") != c.failureShown || strings.Contains(out.String(), "FAIL") == c.failureShown {
				t.Errorf("the terminal shows %q, the output is %q", text, out.String())
			}
			if summary := "1 passed, 1 failed, 0 skipped"; strings.Contains(text, summary) != c.out {
				t.Errorf("the terminal shows %q", text)
			}
		})
	}
}
