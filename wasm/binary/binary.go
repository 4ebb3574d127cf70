// Package binary reads and writes the binary format of core modules (chapter
// "Binary Format" of the specification 3.0, with the proposals "threads" and
// "wide-arithmetic" and legacy exception handling).
//
// [Decode] checks everything outside of function bodies and leaves the bodies
// as bytes; [InstrReader] reads instructions one by one without building
// anything, and [CheckCode] does so for all bodies of a module. What is well
// formed need not be valid: index bounds and types are the matter of
// validation.
//
// # Round trips
//
// Encode(Decode(b)) gives b back when b is canonical: integers outside of
// function bodies and constant expressions take as few bytes as possible, and
// types are written in their short form. Beyond that the width of section
// sizes, element counts of sections and body sizes is kept, because linkers
// pad them. Other padded integers and long forms become short; the meaning
// never changes.
//
// Decoded modules share memory with the input, which must not change while
// the module is in use. Functions of this package are safe for concurrent use
// on different values.
package binary

import (
	"bytes"

	"github.com/dray-wasm/dray/diag"
)

// The classes of errors of this package.
const (
	// CodeTruncated: the input ends too early, or a length points beyond its end.
	CodeTruncated diag.Code = "binary/truncated"
	// CodeMagic: the input does not start like a WebAssembly binary.
	CodeMagic diag.Code = "binary/magic"
	// CodeVersion: the version field is unknown.
	CodeVersion diag.Code = "binary/version"
	// CodeComponent: the input is a component, not a core module.
	CodeComponent diag.Code = "binary/component"
	// CodeInteger: an integer has too many bytes or bits.
	CodeInteger diag.Code = "binary/integer"
	// CodeUTF8: a name is not UTF-8.
	CodeUTF8 diag.Code = "binary/utf8"
	// CodeSection: an unknown or misplaced section, or a wrong size.
	CodeSection diag.Code = "binary/section"
	// CodeType: a malformed type or type attribute.
	CodeType diag.Code = "binary/type"
	// CodeOpcode: an unknown or misplaced instruction.
	CodeOpcode diag.Code = "binary/opcode"
	// CodeImmediate: a malformed immediate of an instruction.
	CodeImmediate diag.Code = "binary/immediate"
	// CodeSegment: a malformed element or data segment.
	CodeSegment diag.Code = "binary/segment"
	// CodeCount: two parts of the module disagree on a number.
	CodeCount diag.Code = "binary/count"
	// CodeLimit: well formed, but beyond a limit of this implementation.
	CodeLimit diag.Code = "binary/limit"
	// CodeEncode: a module that the binary format cannot express.
	CodeEncode diag.Code = "binary/encode"
)

// Limits on the structure of modules. They are those of the WebAssembly
// JavaScript Interface, section "Implementation-defined Limits". Decode
// reports a module beyond them with [CodeLimit].
const (
	MaxModuleSize   = 1 << 30
	MaxTypes        = 1_000_000
	MaxRecGroups    = 1_000_000
	MaxFuncs        = 1_000_000
	MaxImports      = 1_000_000
	MaxExports      = 1_000_000
	MaxGlobals      = 1_000_000
	MaxTags         = 1_000_000
	MaxTables       = 100_000
	MaxMemories     = 100
	MaxElems        = 1_000_000
	MaxElemLen      = 10_000_000
	MaxDatas        = 100_000
	MaxParams       = 1_000
	MaxResults      = 1_000
	MaxFields       = 10_000
	MaxSupers       = 1_000
	MaxBodySize     = 7_654_321
	MaxLocals       = 50_000
	MaxCustoms      = 100_000
	MaxSelectTypes  = 1_000
	MaxCatchClauses = 100_000
)

const (
	magic = "\x00asm"
	// versionModule and versionComponent are the four bytes after the magic:
	// a version and a layer, two bytes each.
	versionModule    = "\x01\x00\x00\x00"
	versionComponent = "\x0d\x00\x01\x00"
	preambleLen      = 8
)

// A Kind is what a file holds, as far as its first bytes tell.
type Kind int

// The kinds of files.
const (
	// KindOther is anything that is none of the others, also an empty file.
	KindOther Kind = iota
	// KindModule is a core module in the binary format, of any version.
	KindModule
	// KindComponent is a component in the binary format, of any version.
	KindComponent
	// KindText is the text format: white space and comments, then "(".
	KindText
)

// String describes the kind for people.
func (k Kind) String() string {
	switch k {
	case KindModule:
		return "a core WebAssembly module"
	case KindComponent:
		return "a WebAssembly component"
	case KindText:
		return "WebAssembly text"
	}
	return "not WebAssembly"
}

// Sniff tells what data holds by looking at its start. It needs the first 8
// bytes of a binary; of a text it needs as much as comments take. It does not
// check the rest.
func Sniff(data []byte) Kind {
	if bytes.HasPrefix(data, []byte(magic)) {
		if len(data) < preambleLen {
			return KindOther
		}
		switch layer := int(data[6]) | int(data[7])<<8; layer {
		case 0:
			return KindModule
		case 1:
			return KindComponent
		}
		return KindOther
	}
	if sniffText(bytes.TrimPrefix(data, []byte("\ufeff"))) {
		return KindText
	}
	return KindOther
}

// sniffText skips white space and comments and looks for a parenthesis that
// begins a keyword or annotation.
func sniffText(b []byte) bool {
	for len(b) > 0 {
		switch {
		case b[0] == ' ' || b[0] == '\t' || b[0] == '\r' || b[0] == '\n':
			b = b[1:]
		case bytes.HasPrefix(b, []byte(";;")):
			i := bytes.IndexByte(b, '\n')
			if i < 0 {
				return false
			}
			b = b[i:]
		case bytes.HasPrefix(b, []byte("(;")):
			if b = skipBlockComment(b); b == nil {
				return false
			}
		case b[0] == '(':
			b = bytes.TrimLeft(b[1:], " \t\r\n")
			return len(b) > 0 && (b[0] == '@' || b[0] >= 'a' && b[0] <= 'z')
		default:
			return false
		}
	}
	return false
}

// skipBlockComment gives what follows a block comment, which may nest; nil
// when it does not end.
func skipBlockComment(b []byte) []byte {
	depth := 0
	for i := 0; i+1 < len(b); i++ {
		switch {
		case b[i] == '(' && b[i+1] == ';':
			depth++
			i++
		case b[i] == ';' && b[i+1] == ')':
			i++
			if depth--; depth == 0 {
				return b[i+1:]
			}
		}
	}
	return nil
}
