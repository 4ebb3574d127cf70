package wazero

// This file is the names of modules, by which frames of stack traces tell
// whose function they are.

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"sync"

	"github.com/dray-wasm/dray/wasm"
)

// giveName adds a name section to a module in both its forms, and remembers the
// name. It depends on the module's content alone, as the cache does.
func (c *module) giveName(low *wasm.Module, bin []byte) []byte {
	c.name = fmt.Sprintf("m%x-%x", crc32.Checksum(bin, castagnoli), len(bin))
	section := append([]byte{0, byte(1 + len(c.name)), byte(len(c.name))}, c.name...) // subsection 0
	low.Customs = append(slices.Clip(low.Customs), wasm.Custom{Name: "name", Data: section, After: wasm.SectionData})
	const header = "\x04name"
	bin = append(bin, 0)
	bin = binary.AppendUvarint(bin, uint64(len(header)+len(section)))
	return append(append(bin, header...), section...)
}

// names finds modules. Ones with the same content have the same name.
type names struct {
	mu sync.Mutex
	m  map[string][]*module
}

func (n *names) add(c *module) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.m == nil {
		n.m = map[string][]*module{}
	}
	n.m[c.name] = append(n.m[c.name], c)
}

func (n *names) remove(c *module) {
	n.mu.Lock()
	defer n.mu.Unlock()
	left := slices.DeleteFunc(n.m[c.name], func(x *module) bool { return x == c })
	if len(left) > 0 {
		n.m[c.name] = left
	} else {
		delete(n.m, c.name)
	}
}

// find is a module with a name, or nil.
func (n *names) find(name string) *module {
	n.mu.Lock()
	defer n.mu.Unlock()
	if list := n.m[name]; len(list) > 0 {
		return list[len(list)-1]
	}
	return nil
}
