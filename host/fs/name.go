// This file checks names and takes them apart. It never cleans them: what a
// ".." means is only known once the directories in front of it are open.

package fs

import (
	"strings"

	"github.com/dray-wasm/dray/host"
)

const (
	// maxPath and maxName are the longest name and component in bytes, as on
	// Linux (PATH_MAX counts the final NUL, NAME_MAX does not).
	maxPath = 4095
	maxName = 255
	// maxLinks is how many symbolic links one name may lead through.
	maxLinks = 40
)

// checkName refuses what no tree takes for a name.
func checkName(name string) error {
	switch {
	case name == "":
		return host.ENOENT
	case len(name) > maxPath:
		return host.ENAMETOOLONG
	case strings.IndexByte(name, 0) >= 0:
		return host.EINVAL
	case name[0] == '/':
		return host.ECONFINED
	}
	return nil
}

// checkTarget refuses what no symbolic link may read. An absolute target could
// never be followed, and would mislead whoever looks at the tree from outside.
func checkTarget(target string) error { return checkName(target) }

// A lastKind tells whether the last component of a name is an entry.
type lastKind uint8

const (
	normal lastKind = iota
	dot
	dotdot
)

// A split is a name taken apart in front of its last component.
type split struct {
	// dir is what is in front; "" stands for the directory itself. When the
	// last component is "..", dir is the whole name and base is ".".
	dir, base string
	kind      lastKind
	// slash is true when slashes follow the last component.
	slash bool
}

// splitName takes apart a name that checkName accepts.
func splitName(name string) split {
	var s split
	end := len(name)
	for end > 1 && name[end-1] == '/' {
		end--
		s.slash = true
	}
	name = name[:end]
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		s.dir, s.base = name[:i+1], name[i+1:]
	} else {
		s.base = name
	}
	switch s.base {
	case ".":
		s.kind = dot
	case "..":
		s.dir, s.base, s.kind = name, ".", dotdot
	}
	return s
}

// errSpecial are the answers to an operation on a last component that is not an
// entry, by lastKind.
type errSpecial [3]error

var (
	cannotCreate = errSpecial{nil, host.EEXIST, host.EEXIST}
	cannotRmdir  = errSpecial{nil, host.EINVAL, host.ENOTEMPTY}
	cannotUnlink = errSpecial{nil, host.EISDIR, host.EISDIR}
	cannotRename = errSpecial{nil, host.EBUSY, host.EBUSY}
)

// expandLink is the name that takes the place of one whose last component is a
// symbolic link reading target, with dir in front of it.
func expandLink(dir, target string, slash bool) (string, error) {
	if target == "" {
		return "", host.ENOENT
	}
	if target[0] == '/' {
		return "", host.ECONFINED
	}
	if dir != "" && dir[len(dir)-1] != '/' {
		dir += "/"
	}
	name := dir + target
	if slash {
		name += "/"
	}
	if len(name) > maxPath {
		return "", host.ENAMETOOLONG
	}
	return name, nil
}

// admit is the Open to go on with in d, or why not: it refuses what cannot be
// meant or the grant does not allow, and drops what has no meaning.
func admit(d Dir, name string, how Open) (Open, error) {
	if how.Create && how.Directory {
		return how, host.EINVAL
	}
	how.Exclusive = how.Exclusive && how.Create
	if d.Access() == ReadOnly {
		return openReadOnly(d, name, how)
	}
	return how, nil
}

// openReadOnly decides about an Open that would change something, below a
// ReadOnly grant: it returns the Open to go on with, or why not. It answers as
// a file system does that is mounted read-only.
func openReadOnly(d Dir, name string, how Open) (Open, error) {
	if !how.Write && !how.Create && !how.Truncate {
		return how, nil
	}
	st, err := d.StatAt(name, how.Follow && !how.Exclusive)
	switch {
	case err == nil && how.Exclusive:
		return how, host.EEXIST
	case err == nil && st.Type == Directory && (how.Create || how.Write || how.Truncate):
		return how, host.EISDIR
	case err == nil && st.Type == Symlink && !how.Directory:
		return how, host.ELOOP
	case err == nil && st.Type != Directory && how.Directory:
		return how, host.ENOTDIR
	case err == nil && (how.Write || how.Truncate):
		return how, host.EROFS
	case err == nil:
		how.Create = false
		return how, nil
	case host.ErrnoOf(err) != host.ENOENT || !how.Create:
		return how, err
	}
	if s := splitName(name); s.dir != "" {
		if _, err := d.StatAt(s.dir, true); err != nil {
			return how, err
		}
	}
	return how, host.EROFS
}

// checkRange refuses an offset and length that no file has.
func checkRange(off int64, n int) error {
	if off < 0 {
		return host.EINVAL
	}
	if off > maxOffset-int64(n) {
		return host.EFBIG
	}
	return nil
}

const maxOffset = 1<<63 - 1
