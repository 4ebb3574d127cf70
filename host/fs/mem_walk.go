// This file resolves names in a tree in memory. The tree's mu is held all the
// way, so nothing moves meanwhile.

package fs

import (
	"strings"

	"github.com/dray-wasm/dray/host"
)

// A memPlace is where a name leads.
type memPlace struct {
	// dir is the directory that holds base; node is what base names, nil when
	// it names nothing.
	dir   *memNode
	base  string
	node  *memNode
	kind  lastKind
	slash bool
}

// A memFollow says what becomes of a symbolic link in the last place.
type memFollow uint8

const (
	// followAll follows it.
	followAll memFollow = iota
	// followBare follows it unless slashes stand behind it: what creating does,
	// which refuses those.
	followBare
	// followSlash follows it when slashes stand behind it.
	followSlash
	// followNone does not follow it.
	followNone
)

func (f memFollow) follows(slash bool) bool {
	switch f {
	case followAll:
		return true
	case followBare:
		return !slash
	case followSlash:
		return slash
	}
	return false
}

func followFlag(follow bool) memFollow {
	if follow {
		return followAll
	}
	return followSlash
}

// walk resolves name below top. Its work is bounded: a name is short, and so is
// each of the few links it may lead through.
func walk(top *memNode, name string, follow memFollow) (memPlace, error) {
	if err := checkName(name); err != nil {
		return memPlace{}, err
	}
	p := memPlace{dir: top}
	links := 0
	for {
		var last bool
		p.base, name, p.slash = nextComponent(name)
		last = name == ""
		if err := p.step(top); err != nil {
			return p, err
		}
		if p.node != nil && p.node.typ == Symlink && (!last || follow.follows(p.slash)) {
			if links++; links > maxLinks {
				return p, host.ELOOP
			}
			var err error
			if name, err = rest(p.node.target, name, p.slash); err != nil {
				return p, err
			}
			continue
		}
		switch {
		case last:
			return p, nil
		case p.node == nil:
			return p, host.ENOENT
		case p.node.typ != Directory:
			return p, host.ENOTDIR
		}
		p.dir = p.node
	}
}

// nextComponent takes the first component off a name that is not empty. slash
// reports that slashes follow it.
func nextComponent(name string) (base, rest string, slash bool) {
	base, rest, slash = strings.Cut(name, "/")
	return base, strings.TrimLeft(rest, "/"), slash
}

// rest is what is left to resolve when a link that reads target stood in front
// of name.
func rest(target, name string, slash bool) (string, error) {
	if target[0] == '/' {
		return "", host.ECONFINED
	}
	switch {
	case name != "":
		target += "/" + name
	case slash:
		target += "/"
	}
	return target, nil
}

// step looks p.base up in p.dir.
func (p *memPlace) step(top *memNode) error {
	p.kind = normal
	switch p.base {
	case ".":
		p.kind, p.node = dot, p.dir
	case "..":
		if p.dir == top {
			return host.ECONFINED
		}
		p.kind, p.node = dotdot, p.dir.parent
	default:
		if len(p.base) > maxName {
			return host.ENAMETOOLONG
		}
		p.node = p.dir.names.get(p.base)
	}
	return nil
}

// find is walk for an operation on what is there.
func find(top *memNode, name string, follow bool) (*memNode, error) {
	p, err := walk(top, name, followFlag(follow))
	switch {
	case err != nil:
		return nil, err
	case p.node == nil:
		return nil, host.ENOENT
	case p.slash && p.node.typ != Directory:
		return nil, host.ENOTDIR
	}
	return p.node, nil
}

// entry is walk for an operation on the name itself.
func entry(top *memNode, name string, special *errSpecial) (memPlace, error) {
	p, err := walk(top, name, followNone)
	if err == nil && p.kind != normal {
		err = special[p.kind]
	}
	return p, err
}

// vacant is entry for a name that is to be made.
func vacant(top *memNode, name string, dir bool) (memPlace, error) {
	p, err := entry(top, name, &cannotCreate)
	switch {
	case err != nil:
		return p, err
	case p.node != nil:
		return p, host.EEXIST
	case p.slash && !dir, p.dir.dead:
		return p, host.ENOENT
	}
	return p, nil
}
