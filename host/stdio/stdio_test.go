package stdio

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
)

func TestReaderAndWriter(t *testing.T) {
	var b bytes.Buffer
	in, out := FromReader(strings.NewReader("input")), FromWriter(&b)
	if in.Out != nil || out.In != nil {
		t.Error("a stream has two directions")
	}
	p := make([]byte, 8)
	if n, err := in.In.Read(t.Context(), p); string(p[:n]) != "input" || err != nil {
		t.Errorf("Read = %q, %v", p[:n], err)
	}
	if n, err := out.Out.Write(t.Context(), []byte("output")); n != 6 || err != nil || b.String() != "output" {
		t.Errorf("Write = %d, %v: %q", n, err, b.String())
	}
	for _, s := range []*Stream{in, out} {
		st, err := s.Stat()
		if st.Type != fs.Fifo || err != nil || s.IsTerminal() || s.OSFile() != nil {
			t.Errorf("Stat = %+v, %v", st, err)
		}
		if _, err := s.Seek(0, io.SeekCurrent); err != host.ESPIPE {
			t.Errorf("Seek = %v", err)
		}
		if _, err := s.ReadAt(p, 0); err != host.ESPIPE {
			t.Errorf("ReadAt = %v", err)
		}
		if _, err := s.WriteAt(p, 0); err != host.ESPIPE {
			t.Errorf("WriteAt = %v", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != host.EBADF {
			t.Errorf("second Close = %v", err)
		}
		if _, err := s.Stat(); err != host.EBADF {
			t.Errorf("Stat after Close = %v", err)
		}
	}
}

func TestNothing(t *testing.T) {
	in, out := FromReader(nil), FromWriter(nil)
	if n, err := in.In.Read(t.Context(), make([]byte, 8)); n != 0 || err != io.EOF {
		t.Errorf("Read = %d, %v", n, err)
	}
	if n, err := out.Out.Write(t.Context(), []byte("lost")); n != 4 || err != nil {
		t.Errorf("Write = %d, %v", n, err)
	}
	var none *os.File
	if _, err := FromReader(none).In.Read(t.Context(), make([]byte, 8)); err != host.EBADF && err != io.EOF {
		t.Errorf("Read of no file = %v", err)
	}
	gone, err := os.Create(filepath.Join(t.TempDir(), "gone"))
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	s := FromWriter(gone)
	if _, err := s.Stat(); host.ErrnoOf(err) != host.EBADF {
		t.Errorf("Stat of a closed file = %v", err)
	}
	if _, err := s.Seek(0, io.SeekStart); host.ErrnoOf(err) != host.EBADF {
		t.Errorf("Seek of a closed file = %v", err)
	}
}

func TestProcessStreams(t *testing.T) {
	for name, s := range map[string]*Stream{"stdin": Stdin(), "stdout": Stdout(), "stderr": Stderr()} {
		st, err := s.Stat()
		if err != nil || st.Type == fs.Unknown {
			t.Errorf("%s: Stat = %+v, %v", name, st, err)
		}
		if s.OSFile() == nil || (s.In == nil) == (s.Out == nil) {
			t.Errorf("%s is no stream of the process", name)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stderr.Stat(); err != nil {
		t.Errorf("Close closed the file: %v", err)
	}
}

// A regular file is read and written at the offset that it has, and that
// others see.
func TestRegular(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	io.WriteString(f, "header\n")
	out := FromWriter(f)
	if _, err := out.Out.Write(t.Context(), []byte("body\n")); err != nil {
		t.Error(err)
	}
	io.WriteString(f, "trailer\n")
	st, err := out.Stat()
	if err != nil || st.Type != fs.Regular || st.Size != 20 || st.Links != 1 && st.Links != 0 || st.Mtime.IsZero() {
		t.Errorf("Stat = %+v, %v", st, err)
	}
	if at, err := out.Seek(0, io.SeekCurrent); at != 20 || err != nil {
		t.Errorf("Seek = %d, %v", at, err)
	}
	if _, err := out.Seek(-1, io.SeekStart); err != host.EINVAL {
		t.Errorf("Seek before the start = %v", err)
	}
	if _, err := out.Seek(0, 7); err != host.EINVAL {
		t.Errorf("Seek in no way = %v", err)
	}
	if n, err := out.WriteAt([]byte("BODY"), 7); n != 4 || err != nil {
		t.Errorf("WriteAt = %d, %v", n, err)
	}
	if _, err := out.WriteAt([]byte("x"), -1); err != host.EINVAL {
		t.Errorf("WriteAt before the start = %v", err)
	}

	in := FromReader(f)
	if at, err := in.Seek(7, io.SeekStart); at != 7 || err != nil {
		t.Errorf("Seek = %d, %v", at, err)
	}
	p := make([]byte, 5)
	if n, err := in.In.Read(t.Context(), p); string(p[:n]) != "BODY\n" || err != nil {
		t.Errorf("Read = %q, %v", p[:n], err)
	}
	if n, err := in.ReadAt(p[:4], 0); string(p[:n]) != "head" || err != nil {
		t.Errorf("ReadAt = %q, %v", p[:n], err)
	}
	if n, err := in.ReadAt(p, 17); string(p[:n]) != "er\n" || err != nil {
		t.Errorf("ReadAt near the end = %q, %v", p[:n], err)
	}
	if n, err := in.ReadAt(p, 20); n != 0 || err != io.EOF {
		t.Errorf("ReadAt at the end = %d, %v", n, err)
	}
	if _, err := in.ReadAt(p, -1); err != host.EINVAL {
		t.Errorf("ReadAt before the start = %v", err)
	}
	rest, err := io.ReadAll(f)
	if string(rest) != "trailer\n" || err != nil {
		t.Errorf("the offset was not shared: %q, %v", rest, err)
	}
}
