package fs

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/dray-wasm/dray/host"
	"golang.org/x/sys/unix"
)

// fifoDir is a grant with a named pipe in it.
func fifoDir(t *testing.T, impl string) (d, ro Dir, path string) {
	tmp := t.TempDir()
	path = filepath.Join(tmp, "fifo")
	if err := unix.Mkfifo(path, 0o666); err != nil {
		t.Fatal(err)
	}
	d = openGrant(t, impl, tmp)
	ro, err := OpenDir(tmp, ReadOnly)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close(); ro.Close() })
	return d, ro, path
}

func TestFifo(t *testing.T) {
	for _, impl := range []string{"kernel", "rooted"} {
		t.Run(impl, func(t *testing.T) {
			d, ro, path := fifoDir(t, impl)
			n, err := d.Open(t.Context(), "fifo", Open{Read: true})
			if err != nil {
				t.Fatal(err)
			}
			f := n.(File)
			defer f.Close()
			if f.Type() != Fifo {
				t.Errorf("type %d", f.Type())
			}
			if st, err := f.Stat(); err != nil || st.Type != Fifo {
				t.Errorf("%+v, %v", st, err)
			}
			if _, err := f.ReadAt(make([]byte, 1), 0); err != host.ESPIPE {
				t.Errorf("ReadAt: %v", err)
			}
			in, out := f.Stream()
			if in == nil || out != nil {
				t.Fatalf("streams %v, %v", in, out)
			}
			// Before the first writer a read waits, and does not see the end.
			if _, err := in.TryRead(make([]byte, 1)); err != host.EAGAIN {
				t.Errorf("TryRead without a writer: %v", err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			if _, err := in.Read(ctx, make([]byte, 1)); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Read without a writer: %v", err)
			}
			cancel()
			var wg sync.WaitGroup
			wg.Go(func() {
				if err := os.WriteFile(path, []byte("through"), 0); err != nil {
					t.Error(err)
				}
			})
			buf := make([]byte, 100)
			got, err := in.Read(t.Context(), buf)
			if err != nil || string(buf[:got]) != "through" {
				t.Errorf("read %q, %v", buf[:got], err)
			}
			wg.Wait()
			if _, err := in.Read(t.Context(), buf); err != io.EOF {
				t.Errorf("behind the writer: %v", err)
			}
			if _, err := ro.Open(t.Context(), "fifo", Open{Write: true, NonBlock: true}); err != host.EROFS {
				t.Errorf("writing below a read-only grant: %v", err)
			}
		})
	}
}

func TestFifoWrite(t *testing.T) {
	d, _, path := fifoDir(t, "kernel")
	if _, err := d.Open(t.Context(), "fifo", Open{Write: true, NonBlock: true}); err != host.ENXIO {
		t.Errorf("without a reader, non-blocking: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	if _, err := d.Open(ctx, "fifo", Open{Write: true}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without a reader: %v", err)
	}
	cancel()
	var got []byte
	var wg sync.WaitGroup
	wg.Go(func() { got, _ = os.ReadFile(path) })
	n, err := d.Open(t.Context(), "fifo", Open{Write: true})
	if err != nil {
		t.Fatal(err)
	}
	_, out := n.(File).Stream()
	if _, err := out.Write(t.Context(), []byte("through")); err != nil {
		t.Error(err)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	if err := n.Close(); err != host.EBADF {
		t.Errorf("second close: %v", err)
	}
	wg.Wait()
	if string(got) != "through" {
		t.Errorf("got %q", got)
	}
}

func TestDevices(t *testing.T) {
	d, err := OpenDir("/dev", ReadWrite)
	if err != nil {
		t.Skip("SKIPPED: ", err)
	}
	defer d.Close()
	n, err := d.Open(t.Context(), "null", Open{Read: true, Write: true})
	if err != nil {
		t.Skip("SKIPPED: ", err)
	}
	defer n.Close()
	if typ := n.(File).Type(); typ != CharDevice {
		t.Fatalf("/dev/null has type %d", typ)
	}
	in, out := n.(File).Stream()
	if got, err := out.Write(t.Context(), []byte("gone")); got != 4 || err != nil {
		t.Errorf("write: %d, %v", got, err)
	}
	if _, err := in.Read(t.Context(), make([]byte, 1)); err != io.EOF {
		t.Errorf("read: %v", err)
	}
	z, err := d.Open(t.Context(), "zero", Open{Read: true})
	if err != nil {
		t.Skip("SKIPPED: ", err)
	}
	defer z.Close()
	in, _ = z.(File).Stream()
	if got, err := in.Read(t.Context(), make([]byte, 10)); got != 10 || err != nil {
		t.Errorf("read of zero: %d, %v", got, err)
	}
}
