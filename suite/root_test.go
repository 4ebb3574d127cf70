package suite

// This file checks the private copies of preopened folders.

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestCopyTree(t *testing.T) {
	src := writeSuite(t, map[string]string{"a.txt": "A", "sub/b.txt": "BB", "x.cleanup": "", "d.cleanup/y": "", "sub/z.cleanup": ""})
	old := time.Date(2001, 2, 3, 4, 5, 6, 7000, time.UTC)
	links := map[string]string{"link.cleanup": "a.txt", "dangling": "no/where", "up": "../../etc"}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(src, name)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	if err := os.Chmod(filepath.Join(src, "a.txt"), 0o400); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.txt", "sub"} {
		if err := os.Chtimes(filepath.Join(src, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := setLinkTime(filepath.Join(src, "dangling"), old); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(src, "sub"), 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(filepath.Join(src, "sub"), 0o755) })
	dst := filepath.Join(t.TempDir(), "copy")
	if err := copyTree(t.Context(), src, dst); err != nil {
		t.Fatal(err)
	}
	for name, target := range links {
		if got, err := os.Readlink(filepath.Join(dst, name)); err != nil || got != target {
			t.Errorf("%s: link to %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"x.cleanup", "d.cleanup", "sub/z.cleanup"} {
		if _, err := os.Lstat(filepath.Join(dst, name)); !os.IsNotExist(err) {
			t.Errorf("%s was copied (%v)", name, err)
		}
	}
	if got, err := os.ReadFile(filepath.Join(dst, "sub/b.txt")); string(got) != "BB" {
		t.Errorf("sub/b.txt: %q, %v", got, err)
	}
	names := []string{"a.txt", "sub"}
	if runtime.GOOS != "windows" {
		names = append(names, "dangling")
	}
	for _, name := range names {
		want, _ := os.Lstat(filepath.Join(src, name))
		got, err := os.Lstat(filepath.Join(dst, name))
		if err != nil || got.Mode() != want.Mode() || !got.ModTime().Equal(want.ModTime()) {
			t.Errorf("%s: %v %v, want %v %v (%v)", name, got.Mode(), got.ModTime(), want.Mode(), want.ModTime(), err)
		}
	}
	if err := removeTree(dst); err != nil {
		t.Error(err)
	}
}

func TestCopyTreeLimits(t *testing.T) {
	src := writeSuite(t, map[string]string{"a": "A", "b": "B"})
	c := &treeCopy{ctx: t.Context(), files: maxRootFiles - 1}
	info, err := os.Stat(src)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.dir(src, filepath.Join(t.TempDir(), "c"), info); err == nil || !strings.Contains(err.Error(), "more than 100000 files") {
		t.Errorf("error %v", err)
	}
	c = &treeCopy{ctx: t.Context(), bytes: maxRootBytes - 1}
	if err := c.dir(src, filepath.Join(t.TempDir(), "c"), info); err == nil || !strings.Contains(err.Error(), "more than 1024 MiB") {
		t.Errorf("error %v", err)
	}
	if err := copyTree(t.Context(), filepath.Join(src, "a"), filepath.Join(t.TempDir(), "c")); err == nil || err.Error() != "it is not a folder" {
		t.Errorf("error %v", err)
	}
}

func TestRemoveCleanups(t *testing.T) {
	dir := writeSuite(t, map[string]string{"keep": "", "a.cleanup": "", "s/b.cleanup/deep/x": "", "s/keep": ""})
	if err := os.Symlink("keep", filepath.Join(dir, "l.cleanup")); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	if err := removeCleanups(dir); err != nil {
		t.Fatal(err)
	}
	var left []string
	filepath.Walk(dir, func(path string, _ os.FileInfo, _ error) error {
		rel, _ := filepath.Rel(dir, path)
		left = append(left, filepath.ToSlash(rel))
		return nil
	})
	if got := strings.Join(left, " "); got != ". keep l.cleanup s s/keep" {
		t.Errorf("left %q", got)
	}
}
