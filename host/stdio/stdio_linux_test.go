package stdio

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/dray-wasm/dray/host/fs"
)

func TestTerminal(t *testing.T) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	defer master.Close()
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	defer tty.Close()
	in, out := FromReader(tty), FromWriter(tty)
	for _, s := range []*Stream{in, out} {
		if st, err := s.Stat(); !s.IsTerminal() || st.Type != fs.CharDevice || err != nil {
			t.Errorf("terminal: %v, Stat = %+v, %v", s.IsTerminal(), st, err)
		}
	}
	if _, err := out.Out.Write(t.Context(), []byte("prompt")); err != nil {
		t.Error(err)
	}
	p := make([]byte, 16)
	if n, err := master.Read(p); string(p[:n]) != "prompt" || err != nil {
		t.Errorf("%q, %v", p[:n], err)
	}
	if _, err := master.Write([]byte("answer\n")); err != nil {
		t.Fatal(err)
	}
	if n, err := in.In.Read(t.Context(), p); string(p[:n]) != "answer\n" || err != nil {
		t.Errorf("%q, %v", p[:n], err)
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	if err := out.Close(); err != nil {
		t.Error(err)
	}
}
