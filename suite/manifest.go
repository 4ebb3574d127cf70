package suite

// This file reads manifest.json, which names a folder of tests and the WASI
// version they are written for.

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dray-wasm/dray/diag"
)

// A Manifest describes a folder of tests.
type Manifest struct {
	// Name is empty when the manifest gives none, or there is no manifest.
	Name    string
	Version Version
}

// readManifest reads the manifest of a folder. Without one, or without a
// version in it, a folder named like a version has that version; any other
// folder holds wasm32-wasip1 tests.
func readManifest(dir string) (Manifest, error) {
	m := Manifest{Version: WASIP1}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return m, err
	}
	for _, v := range versions {
		if filepath.Base(abs) == v {
			m.Version = Version(v)
		}
	}
	path := filepath.Join(dir, "manifest.json")
	src, err := readSpecFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return m, err
	}
	return m, diag.WithPath(m.parse(src), path)
}

// parse fills m from the content of a manifest.
func (m *Manifest) parse(src []byte) error {
	top, err := parseJSON(src)
	if err != nil {
		return err
	}
	if top.kind != kindObject {
		return top.errorf("a manifest is a JSON object, got %s", top.kind)
	}
	for _, f := range top.members {
		if f.key != "name" && f.key != "version" {
			return f.value.errorf(`a manifest has no such field; its fields are "name" and "version"`)
		}
	}
	if m.Name, err = top.str("name", ""); err != nil {
		return err
	}
	version, err := top.oneOf("version", string(m.Version), versions)
	m.Version = Version(version)
	return err
}

// readSpecFile reads a spec or a manifest, both of which are small.
func readSpecFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxSpecBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading the spec: %w", err)
	}
	return src, nil
}
