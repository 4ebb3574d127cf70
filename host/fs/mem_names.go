// This file is the names in a directory in memory, in the order in which they
// came, each with a number that stays with it: the cookies of ReadDir.

package fs

import "slices"

// A memNames is the content of one directory, without "." and "..". The zero
// value is empty.
type memNames struct {
	byName map[string]*memEntry
	// order holds the entries by their number; those that went are nil nodes
	// until there are too many of them.
	order []*memEntry
	gone  int
	last  uint64
}

type memEntry struct {
	name string
	node *memNode
	// cookie is the place behind this entry.
	cookie uint64
}

// firstCookie is in front of the first name; 1 is behind ".", 2 behind "..".
const firstCookie = 2

func (n *memNames) get(name string) *memNode {
	if e := n.byName[name]; e != nil {
		return e.node
	}
	return nil
}

func (n *memNames) len() int { return len(n.byName) }

// add adds a name that is not there.
func (n *memNames) add(name string, node *memNode) {
	if n.byName == nil {
		n.byName = make(map[string]*memEntry)
	}
	n.last++
	e := &memEntry{name: name, node: node, cookie: firstCookie + n.last}
	n.byName[name] = e
	n.order = append(n.order, e)
}

// replace gives a name that is there to another node; it keeps its place.
func (n *memNames) replace(name string, node *memNode) { n.byName[name].node = node }

// remove removes a name that is there.
func (n *memNames) remove(name string) {
	e := n.byName[name]
	delete(n.byName, name)
	e.node = nil
	if n.gone++; n.gone > 32 && n.gone > len(n.order)/2 {
		n.order = slices.DeleteFunc(n.order, func(e *memEntry) bool { return e.node == nil })
		n.gone = 0
	}
}

// after appends up to limit entries behind cookie to buf.
func (n *memNames) after(cookie uint64, limit int, buf []memEntry) []memEntry {
	i, found := slices.BinarySearchFunc(n.order, cookie, func(e *memEntry, c uint64) int {
		switch {
		case e.cookie < c:
			return -1
		case e.cookie > c:
			return 1
		}
		return 0
	})
	if found {
		i++
	}
	for ; i < len(n.order) && len(buf) < limit; i++ {
		if e := n.order[i]; e.node != nil {
			buf = append(buf, *e)
		}
	}
	return buf
}
