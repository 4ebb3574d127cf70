package main

// This file finds out which target something was built for, and whether it is
// a command or a library, by what it imports and exports.

import (
	"slices"
	"strings"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/wasm"
)

// The targets of Rust for WASI.
const (
	targetP1      = "wasm32-wasip1"
	targetThreads = "wasm32-wasip1-threads"
	targetP2      = "wasm32-wasip2"
	targetP3      = "wasm32-wasip3"
)

// target finds out what a core module was built for.
func (i *inspector) target(m *wasm.Module) {
	i.Target, i.TargetReason = coreTarget(m)
	i.Role, i.RoleReason = "library", "exports neither _start nor _initialize"
	for _, name := range []string{"_start", "_initialize"} {
		if e, ok := m.Export(name); ok && e.Kind == wasm.ExternFunc {
			i.Role, i.RoleReason = "command", "exports "+name
			if name == "_initialize" {
				i.Role = "reactor"
			}
			return
		}
	}
}

func coreTarget(m *wasm.Module) (target, reason string) {
	var preview1, spawn, shared, unstable, wasi bool
	others := map[string]bool{}
	for _, imp := range m.Imports {
		switch {
		case imp.Module == "wasi_snapshot_preview1":
			preview1 = true
		case imp.Module == "wasi" && imp.Name == "thread-spawn":
			spawn = true
		case imp.Module == "wasi_unstable":
			unstable = true
		case strings.HasPrefix(strings.TrimPrefix(imp.Module, "cm32p2|"), "wasi:"):
			wasi = true
		case imp.Type.Kind == wasm.ExternMemory && imp.Type.Memory.Limits.Shared:
			shared = true
		default:
			others[imp.Module] = true
		}
	}
	switch {
	case spawn:
		return targetThreads, "imports wasi thread-spawn"
	case preview1 && shared:
		return targetThreads, "imports wasi_snapshot_preview1 and a shared memory"
	case preview1 && wasi:
		return targetP1, "imports wasi_snapshot_preview1, and interfaces of components: the module of one"
	case preview1:
		return targetP1, "imports wasi_snapshot_preview1"
	case unstable:
		return "", "imports wasi_unstable, the WASI before wasm32-wasip1"
	case wasi:
		return "", "imports interfaces of WASI as a core module: the module of a component, without the component"
	case len(m.Imports) == 0:
		return "", "no imports"
	}
	return "", "no WASI imports" + from(others)
}

// from says where imports come from instead.
func from(modules map[string]bool) string {
	var names []string
	for name := range modules {
		names = append(names, word(name))
	}
	slices.Sort(names)
	switch {
	case len(names) == 0:
		return ""
	case len(names) > 3:
		names = append(names[:3], "...")
	}
	return ", but some from " + strings.Join(names, ", ")
}

// targetOf finds out what a component was built for.
func (i *inspector) targetOf(s *witScope) {
	i.Target, i.TargetReason = componentTarget(s)
	i.Role, i.RoleReason = "library", "exports neither wasi:cli/run nor a handler of wasi:http"
	for _, e := range s.exports {
		if e.sort != component.SortInstance {
			continue
		}
		switch iface, _, _ := strings.Cut(e.name, "@"); iface {
		case "wasi:cli/run":
			i.Role, i.RoleReason = "command", "exports "+e.name
			return
		case "wasi:http/incoming-handler", "wasi:http/handler":
			i.Role, i.RoleReason = "service", "exports "+e.name
		}
	}
}

func componentTarget(s *witScope) (target, reason string) {
	reason = "no WASI imports"
	if len(s.imports) == 0 {
		reason = "no imports"
	}
	consider := func(verb string, items []witItem) {
		for _, item := range items {
			iface, version, _ := strings.Cut(item.name, "@")
			if !strings.HasPrefix(iface, "wasi:") || target == targetP3 {
				continue
			}
			switch {
			case strings.HasPrefix(version, "0.3."):
				target, reason = targetP3, verb+" "+item.name
			case strings.HasPrefix(version, "0.2.") && target == "":
				target, reason = targetP2, verb+" "+item.name
			case target == "":
				reason = verb + " " + item.name + ", which is of neither WASI 0.2 nor 0.3"
			}
		}
	}
	consider("imports", s.imports)
	consider("exports", s.exports)
	return target, reason
}
