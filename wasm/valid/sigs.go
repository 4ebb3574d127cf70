// This file turns the signatures of the instruction table into types once, and
// sorts the instructions into classes that the loop over a body tells apart.

package valid

import "github.com/dray-wasm/dray/wasm"

// A class says how the loop over a body treats an instruction.
type class uint8

const (
	classOther    class = iota // a method of its own
	classConst                 // nothing -> out[0]
	classUnary                 // in[0] -> out[0]
	classBinary                // in[0] in[1] -> out[0]
	classLoad                  // address -> out[0], with a memarg
	classStore                 // address in[1] -> nothing, with a memarg
	classAccess                // any other type, with a memarg
	classSig                   // any other type without address
	classLocalGet              //
	classLocalSet              //
	classLocalTee              //
	classDenied                // needs a feature that is not enabled
)

// A sig is the type of an instruction where it is the same everywhere; wasm.Bot
// in it stands for the address type of the memory.
type sig struct {
	in        [4]wasm.ValType
	out       [2]wasm.ValType
	nin, nout uint8
	align     uint8
	lanes     uint8
}

var (
	sigs    [wasm.NumOpcodes]sig
	classes [wasm.NumOpcodes]class
)

func init() {
	for op := range wasm.Opcode(wasm.NumOpcodes) {
		if info := op.Info(); info.Name != "" {
			sigs[op] = parseSig(info)
			classes[op] = classOf(op, info, &sigs[op])
		}
	}
}

func parseSig(info *wasm.OpInfo) sig {
	s := sig{align: info.Align, lanes: info.Lanes}
	results := false
	for _, letter := range info.Sig {
		var t wasm.ValType
		switch letter {
		case ':':
			results = true
			continue
		case 'i':
			t = wasm.I32
		case 'I':
			t = wasm.I64
		case 'f':
			t = wasm.F32
		case 'F':
			t = wasm.F64
		case 'v':
			t = wasm.V128
		}
		if results {
			s.out[s.nout] = t
			s.nout++
		} else {
			s.in[s.nin] = t
			s.nin++
		}
	}
	return s
}

func classOf(op wasm.Opcode, info *wasm.OpInfo, s *sig) class {
	switch op {
	case wasm.OpLocalGet:
		return classLocalGet
	case wasm.OpLocalSet:
		return classLocalSet
	case wasm.OpLocalTee:
		return classLocalTee
	}
	if info.Sig == "" {
		return classOther
	}
	plain := info.Imms[1] == wasm.ImmNone
	switch info.Imms[0] {
	case wasm.ImmMemArg:
		switch {
		case info.Feature == wasm.FeatureThreads || !plain:
			return classAccess
		case s.nin == 1:
			return classLoad
		case s.nin == 2 && s.nout == 0:
			return classStore
		}
		return classAccess
	case wasm.ImmNone, wasm.ImmI32, wasm.ImmI64, wasm.ImmF32, wasm.ImmF64, wasm.ImmV128, wasm.ImmZero:
		return classByArity(s)
	}
	return classOther
}

// classByArity is the class of an instruction that has no address.
func classByArity(s *sig) class {
	switch {
	case s.nin == 0 && s.nout == 1:
		return classConst
	case s.nin == 1 && s.nout == 1:
		return classUnary
	case s.nin == 2 && s.nout == 1:
		return classBinary
	}
	return classSig
}

// classesFor is the table of classes for a set of features: instructions that
// the set lacks are denied.
func classesFor(features wasm.Features) *[wasm.NumOpcodes]class {
	if features&wasm.AllFeatures == wasm.AllFeatures {
		return &classes
	}
	table := classes
	for op := range wasm.Opcode(wasm.NumOpcodes) {
		if !features.Has(op.Info().Feature) {
			table[op] = classDenied
		}
	}
	if features.Has(wasm.FeatureLegacyExceptions) {
		table[wasm.OpThrow] = classes[wasm.OpThrow]
	}
	return &table
}

// singles are the function types without parameters and with one result, for
// the types that are not references, by their code.
var singles = func() (all [256]*wasm.FuncType) {
	for _, t := range []wasm.ValType{wasm.I32, wasm.I64, wasm.F32, wasm.F64, wasm.V128} {
		all[t.Code()] = &wasm.FuncType{Results: []wasm.ValType{t}}
	}
	return all
}()

var emptyFunc wasm.FuncType
