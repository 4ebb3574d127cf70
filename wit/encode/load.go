// This file reads whatever holds WIT.

package encode

import (
	"bytes"
	"io/fs"
	"path"
	"strings"

	"github.com/dray-wasm/dray/component/text"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wit"
)

// Load reads WIT from a directory or file: the directory of a package, with its
// dependencies in "deps"; a WIT file; or a file in the binary format, for which
// [Decode] tells what that may be. Of a component in the text format, too,
// Load gives the world. Options.Decode is set where it is nil.
//
// Errors are *diag.Error with the path, which is one within fsys.
func Load(fsys fs.FS, name string, o wit.Options) (*wit.Resolve, error) {
	if o.Decode == nil {
		o.Decode = Decode
	}
	name = path.Clean(name)
	info, err := fs.Stat(fsys, name)
	if err == nil && info.IsDir() {
		return wit.ParseDir(fsys, name, o)
	}
	if err == nil && info.Size() > binary.MaxModuleSize {
		return nil, &diag.Error{Code: wit.CodeRead, Path: name, Msg: "the file is too large"}
	}
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		_, err := wit.ParseFile(fsys, name, o) // its words for the error
		return nil, err
	}
	return LoadBytes(name, data, o)
}

// LoadBytes is [Load] of the content of a file.
func LoadBytes(name string, data []byte, o wit.Options) (*wit.Resolve, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\x00asm")):
		r, err := Decode(data)
		return r, diag.WithPath(err, name)
	case isText(data):
		s, err := text.Parse(data)
		if err != nil {
			return nil, diag.WithPath(err, name)
		}
		r, err := Component(s.Component)
		if err != nil {
			err = s.Locate(err)
		}
		return r, diag.WithPath(err, name)
	}
	return wit.Parse(name, data, o)
}

// isText tells whether data is the text format of a component: WIT does not
// begin with a parenthesis.
func isText(data []byte) bool {
	s := strings.TrimLeft(string(data[:min(len(data), 4096)]), " \t\r\n\ufeff")
	return strings.HasPrefix(s, "(") || strings.HasPrefix(s, ";;")
}
