// Package binary reads and writes the binary format of components (Component
// Model, document "Binary Format").
//
// [Decode] checks the form of all sections, of nested components, and of core
// modules as far as wasm/binary.Decode does. What is well formed need not be
// valid: whether indices are in range, names are well made and types fit, is
// the matter of validation.
//
// # Round trips
//
// Encode(Decode(b)) gives b back when b is canonical: integers inside of
// definitions take as few bytes as possible, and core types are written in
// their short form. Beyond that, how definitions are split into sections, the
// width of section sizes, of the element counts of sections and of the length
// of custom section names is kept, and so are the bytes of core modules. Other
// padded integers become short; the meaning never changes.
//
// # Offsets
//
// The field Pos of definitions and the field Offset of sections count from the
// start of the outermost component, also inside of nested ones. The Pos of a
// core module is the place of its first byte; the offsets inside of its Module
// count from there, as if it were a file of its own. The Pos of a custom
// section is the place of its content, which starts with the name. Offsets of
// errors of Decode count from the start of the outermost component in any case.
//
// Decoded components share memory with the input, which must not change while
// the component is in use. Functions of this package are safe for concurrent
// use on different values.
package binary

import (
	"strings"

	"github.com/dray-wasm/dray/diag"
	core "github.com/dray-wasm/dray/wasm/binary"
)

// The classes of errors of this package. Errors in core modules and core types
// have the codes of wasm/binary.
const (
	// CodeTruncated: the input or a section ends too early, or a length points
	// beyond its end.
	CodeTruncated diag.Code = "component/truncated"
	// CodeMagic: the input does not start like a WebAssembly binary.
	CodeMagic diag.Code = "component/magic"
	// CodeVersion: the version and layer are not those of a component.
	CodeVersion diag.Code = "component/version"
	// CodeInteger: an integer has too many bytes or bits.
	CodeInteger diag.Code = "component/integer"
	// CodeUTF8: a name is not UTF-8.
	CodeUTF8 diag.Code = "component/utf8"
	// CodeSection: an unknown section, or a wrong size.
	CodeSection diag.Code = "component/section"
	// CodeByte: a byte that must be one of a few has another value.
	CodeByte diag.Code = "component/byte"
	// CodeLimit: well formed, but beyond a limit of this implementation.
	CodeLimit diag.Code = "component/limit"
	// CodeEncode: a component that the binary format cannot express.
	CodeEncode diag.Code = "component/encode"
)

// Limits on the structure of components. Decode reports a component beyond
// them with [CodeLimit].
const (
	// MaxSize is the size of a component in bytes.
	MaxSize = 1 << 30
	// MaxNesting is how deep components may nest: a component that is not in
	// another has depth 1.
	MaxNesting = 100
	// MaxTypeNesting is how deep component types, instance types and module
	// types may nest.
	MaxTypeNesting = 100
	// MaxDefs is the number of definitions of a component, and of declarations
	// of a type.
	MaxDefs = 1_000_000
	// MaxSections is the number of sections of a component.
	MaxSections = 1_000_000
	// MaxArgs is the number of arguments or exports of an instance.
	MaxArgs = 100_000
	// MaxFields is the number of fields, cases or labels of a value type.
	MaxFields = 10_000
	// MaxParams is the number of parameters of a function type, and of the
	// arguments of a start definition.
	MaxParams = 1_000
	// MaxStartResults is the number of results of a start definition; functions
	// have one at most. Each adds to an index space without taking a byte.
	MaxStartResults = 16
	// MaxOptions is the number of canonical options, or of attributes of a
	// name. Valid ones are fewer, because none may be repeated.
	MaxOptions = 100
)

const (
	magic       = "\x00asm"
	version     = "\x0d\x00\x01\x00" // the version and layer of components
	versionCore = "\x01\x00\x00\x00" // those of core modules
	preambleLen = 8
)

// namesSection is the name of the custom section with names.
const namesSection = "component-name"

// The codes of types.
const (
	codeResource  = 0x3f
	codeFunc      = 0x40
	codeComponent = 0x41
	codeInstance  = 0x42
	codeAsyncFunc = 0x43
	codeModule    = 0x50
	codeMap       = 0x63
	codeFuture    = 0x65
	codeStream    = 0x66
	codeFixedList = 0x67
	codeBorrow    = 0x68
	codeOwn       = 0x69
	codeResult    = 0x6a
	codeOption    = 0x6b
	codeEnum      = 0x6d
	codeFlags     = 0x6e
	codeTuple     = 0x6f
	codeList      = 0x70
	codeVariant   = 0x71
	codeRecord    = 0x72
)

// The codes of the declarations of component and instance types.
const (
	declCoreType = 0x00
	declType     = 0x01
	declAlias    = 0x02
	declImport   = 0x03
	declExport   = 0x04
)

// The codes of the declarations of module types.
const (
	coreDeclImport = 0x00
	coreDeclType   = 0x01
	coreDeclAlias  = 0x02
	coreDeclExport = 0x03
)

// coreError words an error of wasm/binary for components, and moves it by an
// offset.
func coreError(err error, base int64) error {
	e, ok := err.(*diag.Error)
	if !ok {
		return err
	}
	moved := *e
	if moved.At.Valid {
		moved.At.Offset += base
	}
	switch rest, truncated := strings.CutPrefix(e.Msg, "unexpected end of section or function"); {
	case truncated:
		moved.Msg = "unexpected end-of-file" + rest
	case e.Code == core.CodeTruncated:
		moved.Msg = strings.Replace(e.Msg, "unexpected end", "unexpected end-of-file", 1)
	case e.Code == core.CodeComponent || e.Code == core.CodeVersion:
		moved.Msg = "expected a version header for a module: " + e.Msg
	case strings.HasPrefix(e.Msg, "unexpected content after last section"):
		moved.Msg = "section out of order: " + e.Msg
	}
	return &moved
}
