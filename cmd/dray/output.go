package main

// This file writes what commands make: to standard output, or to a file that
// appears whole or not at all.

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// writeOutput has write write to a file, or to standard output for "" and "-".
// A file that exists is replaced once everything is written; until then, and
// where anything fails, it stays what it was.
func writeOutput(file string, write func(io.Writer) error) error {
	if file == "" || file == "-" {
		if err := buffered(os.Stdout, write); err != nil {
			return fmt.Errorf("standard output cannot be written: %w", plainPathError(err))
		}
		return nil
	}
	if err := writeFile(file, write); err != nil {
		return fmt.Errorf("%s: cannot be written: %w", safe(file), plainPathError(err))
	}
	return nil
}

// plainPathError is an error without the path that it names: that of a file
// nobody knows.
func plainPathError(err error) error {
	var pe *os.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		return pe.Err
	case errors.As(err, &le):
		return le.Err
	}
	return err
}

func buffered(w io.Writer, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(w, 1<<16)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}

func writeFile(file string, write func(io.Writer) error) error {
	if target, err := filepath.EvalSymlinks(file); err == nil {
		file = target
	}
	mode := os.FileMode(0o666)
	if info, err := os.Stat(file); err == nil {
		if info.IsDir() {
			return errors.New("it is a directory")
		}
		if !info.Mode().IsRegular() {
			return writeDevice(file, write)
		}
		mode = info.Mode().Perm()
	}
	temp := filepath.Join(filepath.Dir(file), "."+filepath.Base(file)+"."+rand.Text()[:8]+".tmp")
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	err = buffered(f, write)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(temp, file)
	}
	if err != nil {
		os.Remove(temp)
	}
	return err
}

// writeDevice writes to what is there and is not a regular file, such as a
// pipe.
func writeDevice(file string, write func(io.Writer) error) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	err = buffered(f, write)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
