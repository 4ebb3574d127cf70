// This file finds scripts in folders.

package script

import (
	"io/fs"
	"path"
	"slices"
)

// Extension is that of script files.
const Extension = ".wast"

// Find lists the scripts in a folder and those below it, sorted by path. A root that
// is a file is listed itself, whatever its name.
func Find(fsys fs.FS, root string) ([]string, error) {
	var names []string
	err := fs.WalkDir(fsys, root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (name == root || path.Ext(name) == Extension) {
			names = append(names, name)
		}
		return err
	})
	slices.Sort(names)
	return names, err
}
