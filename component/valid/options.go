// This file is canonical options (Canonical ABI, section "canonopt
// Validation").

package valid

import (
	"strings"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/wasm"
)

// Sets of options that a canonical definition may have, by kind.
const (
	optEncodings = 1<<component.OptUTF8 | 1<<component.OptUTF16 | 1<<component.OptLatin1UTF16
	optLower     = optEncodings | 1<<component.OptMemory | 1<<component.OptRealloc | 1<<component.OptAsync
	optLift      = optLower | 1<<component.OptPostReturn | 1<<component.OptCallback
	optReturn    = optEncodings | 1<<component.OptMemory
	optError     = optReturn | 1<<component.OptRealloc
)

// options are the canonical options of a definition.
type options struct {
	has   [component.NumCanonOpts]bool
	async bool
	// ptr64 is set when the memory has 64-bit addresses.
	ptr64 bool
	// realloc, post and callback are the types of these options.
	realloc, post, callback *wasm.FuncType
	// needMemory and needRealloc say which options must be there.
	needMemory, needRealloc bool
}

// options checks the canonical options of a definition as such.
func (v *validator) options(d *component.Canon, allowed uint) (*options, error) {
	o := &options{}
	encoding := component.NumCanonOpts
	for _, opt := range d.Opts {
		if opt.Kind >= component.NumCanonOpts {
			return nil, errf(CodeCanon, "unknown canonical option %d", opt.Kind)
		}
		if allowed>>opt.Kind&1 == 0 {
			return nil, notAllowed(d.Op, opt.Kind)
		}
		if opt.Kind <= component.OptLatin1UTF16 {
			if encoding != component.NumCanonOpts {
				return nil, errf(CodeCanon, "canonical encoding option `%s` conflicts with option `%s`", encodingName(encoding), encodingName(opt.Kind))
			}
			encoding = opt.Kind
		} else if o.has[opt.Kind] {
			return nil, errf(CodeCanon, "canonical option `%s` is specified more than once", opt.Kind)
		}
		o.has[opt.Kind] = true
		if err := v.option(o, opt); err != nil {
			return nil, err
		}
	}
	return o, o.consistent()
}

// notAllowed is the error for an option that a definition does not take.
func notAllowed(op component.CanonOp, k component.CanonOptKind) error {
	what := "`canon " + op.String() + "`"
	if op == component.CanonLower {
		what = "lowerings"
	}
	return errf(CodeCanon, "canonical option `%s` cannot be specified for %s", k, what)
}

func encodingName(k component.CanonOptKind) string {
	name := strings.TrimPrefix(k.String(), "string-encoding=")
	return strings.ReplaceAll(name, "+", "-")
}

// option checks one option on its own.
func (v *validator) option(o *options, opt component.CanonOpt) (err error) {
	switch opt.Kind {
	case component.OptMemory:
		o.ptr64, err = v.memoryOption(opt.Index)
	case component.OptRealloc:
		o.realloc, err = v.coreFunc(opt.Index)
	case component.OptPostReturn:
		o.post, err = v.coreFunc(opt.Index)
	case component.OptAsync:
		o.async = true
		err = v.needs(component.FeatureAsync, "the canonical option `async`")
	case component.OptCallback:
		if err = v.needs(component.FeatureAsync, "the canonical option `callback`"); err == nil {
			o.callback, err = v.coreFunc(opt.Index)
		}
	}
	return err
}

// memoryOption checks the memory that a canonical definition uses, and tells
// whether its addresses have 64 bits.
func (v *validator) memoryOption(x uint32) (ptr64 bool, err error) {
	if err := v.scope.check(component.SortCoreMemory, x); err != nil {
		return false, err
	}
	m := v.scope.CoreMemories[x]
	if m.Limits.Shared || m.PageSize() != 65536 {
		return false, errf(CodeCanon, "canonical option `memory` must be a memory that is not shared and has pages of 65536 bytes, found %q", m)
	}
	if m.Limits.Is64 {
		return true, v.needs(component.FeatureMemory64, "a 64-bit memory as canonical option `memory`")
	}
	return false, nil
}

// consistent checks options against one another.
func (o *options) consistent() error {
	ptr, i32 := addrType(o.ptr64), wasm.I32
	switch {
	case o.has[component.OptRealloc] && !o.has[component.OptMemory]:
		return errf(CodeCanon, "canonical option `realloc` requires `memory` to also be specified")
	case o.has[component.OptPostReturn] && o.async:
		return errf(CodeCanon, "canonical option `post-return` cannot be specified together with `async`")
	case o.has[component.OptCallback] && !o.async:
		return errf(CodeCanon, "canonical option `callback` cannot be specified without `async`")
	}
	if o.has[component.OptRealloc] {
		want := wasm.FuncType{Params: []wasm.ValType{ptr, ptr, ptr, ptr}, Results: []wasm.ValType{ptr}}
		if err := o.signature(component.OptRealloc, o.realloc, want); err != nil {
			return err
		}
	}
	if o.has[component.OptCallback] {
		want := wasm.FuncType{Params: []wasm.ValType{i32, i32, i32}, Results: []wasm.ValType{i32}}
		return o.signature(component.OptCallback, o.callback, want)
	}
	return nil
}

// signature checks the type of the core function of an option.
func (o *options) signature(k component.CanonOptKind, found *wasm.FuncType, want wasm.FuncType) error {
	if found.Equal(want) {
		return nil
	}
	return errf(CodeCanon, "canonical option `%s` uses a core function with an incorrect signature: expected %s, found %s", k, funcTypeString(&want), funcTypeString(found))
}

// complete checks that the options that are needed are there.
func (o *options) complete() error {
	switch {
	case o.needMemory && !o.has[component.OptMemory]:
		return errf(CodeCanon, "canonical option `memory` is required")
	case o.needRealloc && !o.has[component.OptRealloc]:
		return errf(CodeCanon, "canonical option `realloc` is required")
	}
	return nil
}
