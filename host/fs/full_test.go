package fs

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/host"
)

// testFull fills a tree that has room for 64 KiB and 16 entries. exact says that
// a write which the disk cuts short tells how much it wrote.
func testFull(t *testing.T, d Dir, exact bool) {
	n, err := d.Open(t.Context(), "big", Open{Read: true, Write: true, Create: true})
	if err != nil {
		t.Fatal(err)
	}
	f := n.(File)
	chunk := bytes.Repeat([]byte("x"), 10_000)
	total := 0
	for range 20 {
		var wrote int
		if wrote, err = f.Append(chunk); err != nil {
			total += wrote
			break
		}
		total += wrote
	}
	if err != host.ENOSPC {
		t.Errorf("the disk does not fill: %v after %d bytes", err, total)
	}
	if st, _ := f.Stat(); exact && st.Size != int64(total) || total > 64<<10 || total < 40<<10 {
		t.Errorf("%d bytes written, size %d", total, st.Size)
	}
	if _, err := f.WriteAt(chunk, 1<<20); err != host.ENOSPC {
		t.Errorf("WriteAt on a full disk: %v", err)
	}
	if err := f.Truncate(0); err != nil {
		t.Error(err)
	}
	if n, err := f.WriteAt(chunk, 0); n != len(chunk) || err != nil {
		t.Errorf("with room again: %d, %v", n, err)
	}
	f.Close()
	for i := range 30 {
		if err = d.Mkdir(fmt.Sprint("d", i)); err != nil {
			break
		}
	}
	if err != host.ENOSPC {
		t.Errorf("entries without end: %v", err)
	}
	if _, err := d.Open(t.Context(), "new", Open{Create: true}); err != host.ENOSPC {
		t.Errorf("create without room: %v", err)
	}
	if err := d.Symlink("x", "l"); err != host.ENOSPC {
		t.Errorf("symlink without room: %v", err)
	}
	names, _ := list(d)
	for _, name := range names {
		if dir, ok := strings.CutSuffix(name, "/"); ok {
			err = d.Rmdir(dir)
		} else {
			err = d.Unlink(name)
		}
		if err != nil {
			t.Error(err)
		}
	}
}
