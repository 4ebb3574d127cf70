// This file finds the files of a package and its dependencies (WIT.md, section
// "Filesystem structure").

package wit

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/dray-wasm/dray/diag"
)

// MaxSize is the largest size of a file, and of all files together, in bytes.
const MaxSize = 64 << 20

// Options say how WIT is read. The zero value is good.
type Options struct {
	// Features are the features of @unstable that are enabled. Items of other
	// features are left out; a reference to one is an error.
	Features []string
	// AllFeatures enables all features.
	AllFeatures bool
	// Decode reads a dependency in the binary format, a file "*.wasm". Without
	// it such files are an error. Package wit/encode has one.
	Decode func(data []byte) (*Resolve, error)
}

// A Source is a WIT file. Name is for messages.
type Source struct {
	Name string
	Data []byte
}

// A Group is the files of one package. They may hold more packages in nested
// definitions.
type Group []Source

// Parse reads a package from the text of one file. All it uses has to be in
// the file.
//
// Errors of this and the other functions are *diag.Error with the path of the
// file, a line and a column.
func Parse(name string, src []byte, o Options) (*Resolve, error) {
	return Link(o, Group{{name, src}})
}

// ParseFile is [Parse] of a file.
func ParseFile(fsys fs.FS, name string, o Options) (*Resolve, error) {
	l := loader{fsys: fsys, options: o}
	src, err := l.read(name)
	if err != nil {
		return nil, err
	}
	return Link(o, Group{src})
}

// ParseDir reads the package in a directory: all files *.wit in it together.
// Dependencies are in its directory "deps": each a directory with the files of
// a package, a file *.wit, or a file *.wasm for [Options.Decode]. Other files
// are ignored.
func ParseDir(fsys fs.FS, dir string, o Options) (*Resolve, error) {
	l := loader{fsys: fsys, options: o}
	root, err := l.dir(dir)
	if err != nil {
		return nil, err
	}
	if len(root) == 0 {
		return nil, failed(dir, "the directory has no files *.wit")
	}
	deps, err := l.deps(path.Join(dir, "deps"))
	if err != nil {
		return nil, err
	}
	lk := newLinker(o)
	return lk.link(root, deps, l.decoded)
}

// Link makes a Resolve of a package and its dependencies, in any order.
func Link(o Options, root Group, deps ...Group) (*Resolve, error) {
	return newLinker(o).link(root, deps, nil)
}

// A loader reads files.
type loader struct {
	fsys    fs.FS
	options Options
	size    int64
	decoded []binaryDep
}

// A binaryDep is a dependency in the binary format.
type binaryDep struct {
	name    string
	resolve *Resolve
}

func failed(name, msg string) error {
	return &diag.Error{Code: CodeRead, Path: name, Msg: msg}
}

// read reads a file.
func (l *loader) read(name string) (Source, error) {
	info, err := fs.Stat(l.fsys, name)
	if err != nil {
		return Source{}, cannotRead(name, err)
	}
	if l.size += info.Size(); l.size > MaxSize {
		return Source{}, failed(name, "the file is too large: WIT may have 64 MiB")
	}
	data, err := fs.ReadFile(l.fsys, name)
	if err != nil {
		return Source{}, cannotRead(name, err)
	}
	return Source{name, data}, nil
}

func cannotRead(name string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return &diag.Error{Code: CodeRead, Path: name, Msg: "cannot be read", Err: err}
}

// dir reads the files of a package in a directory.
func (l *loader) dir(dir string) (Group, error) {
	entries, err := fs.ReadDir(l.fsys, dir)
	if err != nil {
		return nil, cannotRead(dir, err)
	}
	var g Group
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) != ".wit" {
			continue
		}
		src, err := l.read(path.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		g = append(g, src)
	}
	slices.SortFunc(g, func(a, b Source) int { return strings.Compare(a.Name, b.Name) })
	return g, nil
}

// deps reads what is in a directory "deps", which need not exist.
func (l *loader) deps(dir string) ([]Group, error) {
	entries, err := fs.ReadDir(l.fsys, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, cannotRead(dir, err)
	}
	var groups []Group
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		info, err := fs.Stat(l.fsys, name) // follows links
		if err != nil {
			return nil, cannotRead(name, err)
		}
		var g Group
		switch ext := path.Ext(name); {
		case info.IsDir():
			g, err = l.dir(name)
		case ext == ".wit":
			var src Source
			src, err = l.read(name)
			g = Group{src}
		case ext == ".wasm":
			err = l.decode(name)
		}
		if err != nil {
			return nil, err
		}
		if len(g) > 0 {
			groups = append(groups, g)
		}
	}
	return groups, nil
}

// decode reads a dependency in the binary format.
func (l *loader) decode(name string) error {
	if l.options.Decode == nil {
		return failed(name, "a dependency in the binary format cannot be read here; Options.Decode is not set")
	}
	src, err := l.read(name)
	if err != nil {
		return err
	}
	r, err := l.options.Decode(src.Data)
	if err != nil {
		return diag.WithPath(err, name)
	}
	l.decoded = append(l.decoded, binaryDep{name, r})
	return nil
}
