package suite

// This file gives every test a private copy of the folder it preopens, so
// that tests can run in parallel and leave nothing behind in the suite.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	// maxRootBytes and maxRootFiles cap what is copied for one test.
	maxRootBytes = 1 << 30
	maxRootFiles = 100_000
)

// A treeCopy is one copy of a folder under way.
type treeCopy struct {
	ctx   context.Context
	bytes int64
	files int
}

// copyTree copies the folder src to dst, which does not exist yet. Modes,
// modification times and symbolic links (as they are) are kept. Left out are
// *.cleanup files and folders, which are remains of tests, and files that are
// neither regular nor folders nor links. Hard links become separate files.
func copyTree(ctx context.Context, src, dst string) error {
	info, err := os.Stat(src)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return errors.New("it is not a folder")
	}
	c := &treeCopy{ctx: ctx}
	return c.dir(src, dst, info)
}

// dir copies one folder and what is in it.
func (c *treeCopy) dir(src, dst string, info fs.FileInfo) error {
	if err := os.Mkdir(dst, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(src)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := c.entry(filepath.Join(src, e.Name()), filepath.Join(dst, e.Name())); err != nil {
			return err
		}
	}
	if err := os.Chmod(dst, info.Mode().Perm()); err != nil {
		return err
	}
	return os.Chtimes(dst, info.ModTime(), info.ModTime())
}

// entry copies one entry of a folder.
func (c *treeCopy) entry(src, dst string) error {
	if c.ctx.Err() != nil {
		return context.Cause(c.ctx)
	}
	info, err := os.Lstat(src)
	if err != nil {
		return err
	}
	if c.files++; c.files > maxRootFiles {
		return fmt.Errorf("it holds more than %d files, too many to copy for a test", maxRootFiles)
	}
	link := info.Mode()&fs.ModeSymlink != 0
	if !link && strings.HasSuffix(info.Name(), ".cleanup") {
		return nil
	}
	switch {
	case link:
		target, err := os.Readlink(src)
		if err != nil {
			return err
		}
		if err := os.Symlink(target, dst); err != nil {
			return err
		}
		return setLinkTime(dst, info.ModTime())
	case info.IsDir():
		return c.dir(src, dst, info)
	case info.Mode().IsRegular():
		return c.file(src, dst, info)
	}
	return nil
}

// file copies one regular file.
func (c *treeCopy) file(src, dst string, info fs.FileInfo) error {
	if c.bytes += info.Size(); c.bytes > maxRootBytes {
		return fmt.Errorf("it holds more than %d MiB, too much to copy for a test", maxRootBytes>>20)
	}
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(dst, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, io.LimitReader(in, maxRootBytes))
	if e := out.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Chmod(dst, info.Mode().Perm())
	}
	if err == nil {
		err = os.Chtimes(dst, info.ModTime(), info.ModTime())
	}
	return err
}

// removeCleanups removes the *.cleanup files and folders below dir, as the
// official runner does before each run. Links are left alone.
func removeCleanups(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		if !strings.HasSuffix(e.Name(), ".cleanup") || e.Type()&fs.ModeSymlink != 0 {
			return nil
		}
		if err := os.RemoveAll(path); err != nil {
			return err
		}
		if e.IsDir() {
			return fs.SkipDir
		}
		return nil
	})
}

// removeTree removes a copy, also one with folders that are not writable.
func removeTree(dir string) error {
	if os.RemoveAll(dir) == nil {
		return nil
	}
	filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if e != nil && e.IsDir() {
			os.Chmod(path, 0o700)
		}
		return nil
	})
	return os.RemoveAll(dir)
}
