package suite

// This file finds the tests below the paths a user gives.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A Test is one .wasm file and what is known about it before it runs.
type Test struct {
	// File is the path of the .wasm file, as reached from the path given.
	File string
	// SpecFile is the JSON file beside it, or empty when there is none.
	SpecFile string
	// Suite is the name in the manifest, or else the folder.
	Suite string
	// Name is the file's base name without ".wasm".
	Name string
	// ID names the test in baselines and filters: "suite/name" below a named
	// manifest, else the path below the path given. It is unique in a list.
	ID string
	// Version is the WASI version of the test's folder.
	Version Version
	// Spec is nil when the spec file is wrong; Err says why.
	Spec *Spec
	Err  error
}

// Find lists the tests at and below paths: folders, searched as a whole, and
// .wasm files. Hidden folders, and folders that specs use as a root, are not
// searched; symbolic links to folders are not followed. The list is sorted
// within each path. A wrong spec is found out later, in [Test.Err]; a wrong
// manifest or a path without any test is an error.
func Find(paths []string) (tests []*Test, warnings []error, err error) {
	f := &finder{seen: map[string]bool{}}
	for _, p := range paths {
		before := len(f.tests) + f.repeated
		if err := f.path(p); err != nil {
			return nil, f.warnings, err
		}
		if len(f.tests)+f.repeated == before {
			return nil, f.warnings, fmt.Errorf("%s: no .wasm file in this folder or below", p)
		}
	}
	uniqueIDs(f.tests)
	return f.tests, f.warnings, nil
}

// A finder collects tests, each file once.
type finder struct {
	tests    []*Test
	seen     map[string]bool // absolute paths
	repeated int
	warnings []error
}

// path adds the tests of one path given.
func (f *finder) path(p string) error {
	info, err := os.Stat(p)
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return fmt.Errorf("%s: %w", p, err)
	}
	if !info.IsDir() {
		if !isWasm(p) || !info.Mode().IsRegular() {
			return fmt.Errorf("%s: expected a folder or a .wasm file", p)
		}
		dir := filepath.Dir(p)
		m, err := readManifest(dir)
		if err != nil {
			return err
		}
		return f.add(p, dir, dir, m)
	}
	return f.dir(p, p, 0)
}

// maxFolderDepth ends the search in absurdly deep trees.
const maxFolderDepth = 200

// dir adds the tests in dir and below; top is the path given.
func (f *finder) dir(top, dir string, depth int) error {
	if depth > maxFolderDepth {
		return fmt.Errorf("%s: folders nest deeper than %d", dir, maxFolderDepth)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	first := len(f.tests)
	if err := f.files(top, dir, entries); err != nil {
		return err
	}
	roots := rootsOf(f.tests[first:])
	for _, e := range entries {
		sub := filepath.Join(dir, e.Name())
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") || roots[sub] {
			continue
		}
		if err := f.dir(top, sub, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// files adds the .wasm files among the entries of one folder.
func (f *finder) files(top, dir string, entries []fs.DirEntry) error {
	var m Manifest
	read := false
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if !isWasm(path) {
			continue
		}
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			continue
		}
		if !read {
			var err error
			if m, err = readManifest(dir); err != nil {
				return err
			}
			read = true
		}
		if err := f.add(path, top, dir, m); err != nil {
			return err
		}
	}
	return nil
}

// add adds one test file, unless it was added before.
func (f *finder) add(file, top, dir string, m Manifest) error {
	abs, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	if f.seen[abs] {
		f.repeated++
		return nil
	}
	f.seen[abs] = true
	t := &Test{File: file, Suite: m.Name, Version: m.Version}
	t.Name = strings.TrimSuffix(filepath.Base(file), ".wasm")
	rel, err := filepath.Rel(top, dir)
	if err != nil {
		return err
	}
	switch {
	case m.Name != "":
		t.ID = m.Name + "/" + t.Name
	case rel == ".":
		t.Suite, t.ID = filepath.Base(filepath.Dir(abs)), t.Name
	default:
		t.Suite = filepath.ToSlash(rel)
		t.ID = t.Suite + "/" + t.Name
	}
	f.readSpec(t, dir)
	f.tests = append(f.tests, t)
	return nil
}

// readSpec reads the spec beside a test, if there is one.
func (f *finder) readSpec(t *Test, dir string) {
	path := strings.TrimSuffix(t.File, ".wasm") + ".json"
	src, err := readSpecFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Spec = defaultSpec()
		return
	}
	t.SpecFile = path
	if err != nil {
		t.Err = err
		return
	}
	var warnings []error
	t.Spec, warnings, t.Err = ParseSpec(src, path, dir)
	f.warnings = append(f.warnings, warnings...)
}

// rootsOf is the set of folders that tests preopen.
func rootsOf(tests []*Test) map[string]bool {
	roots := map[string]bool{}
	for _, t := range tests {
		if t.Spec == nil {
			continue
		}
		for _, op := range t.Spec.Operations {
			if run, ok := op.(*RunOp); ok && run.Root != "" {
				roots[filepath.Clean(run.Root)] = true
			}
		}
	}
	return roots
}

// uniqueIDs gives every test whose ID is not the only one of its kind the
// path of its file as ID.
func uniqueIDs(tests []*Test) {
	count := map[string]int{}
	for _, t := range tests {
		count[t.ID]++
	}
	for _, t := range tests {
		if count[t.ID] > 1 {
			t.ID = filepath.ToSlash(strings.TrimSuffix(t.File, ".wasm"))
		}
	}
}

// isWasm tells whether a path is named as a test is.
func isWasm(path string) bool {
	return strings.HasSuffix(path, ".wasm") && filepath.Base(path) != ".wasm"
}
