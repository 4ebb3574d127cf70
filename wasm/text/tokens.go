// This file takes tokens with an expectation, and makes the errors for those
// that do not meet it.

package text

import (
	"errors"
	"strings"
	"sync"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// noOpcode marks the keywords that are no instructions.
const noOpcode = wasm.NumOpcodes

// otherWords are the keywords that name no instruction.
const otherWords = `i32 i64 f32 f64 v128 i8 i16
any eq i31 struct array none func nofunc exn noexn extern noextern
anyref eqref i31ref structref arrayref nullref funcref nullfuncref exnref nullexnref externref nullexternref
ref null mut field sub final rec param result type
i8x16 i16x8 i32x4 i64x2 f32x4 f64x2 inf nan nan:canonical nan:arithmetic
then do catch_ref catch_all_ref
module import export global table memory tag local start elem data declare offset item shared pagesize
binary quote definition instance script register invoke get either input output
assert_malformed assert_invalid assert_unlinkable assert_return assert_trap assert_exception assert_exhaustion
assert_malformed_custom assert_invalid_custom`

// words maps every keyword of the text format to the opcode of its
// instruction, or to noOpcode. Of two opcodes with one name it has the first.
var words = sync.OnceValue(func() map[string]wasm.Opcode {
	m := make(map[string]wasm.Opcode, 2*wasm.NumOpcodes)
	for w := range strings.FieldsSeq(otherWords) {
		m[w] = noOpcode
	}
	for op := range wasm.Opcode(wasm.NumOpcodes) {
		name := op.Info().Name
		if first, twice := m[name]; name != "" && (!twice || first == noOpcode) {
			m[name] = op
		}
	}
	return m
})

// known tells whether a token of kind Keyword is one of the text format.
func known(word []byte) bool {
	if _, ok := words()[string(word)]; ok {
		return true
	}
	for _, prefix := range [...]string{"offset=", "align="} {
		if rest, ok := strings.CutPrefix(string(word), prefix); ok {
			return lex.ClassifyNumber([]byte(rest)) == lex.Nat
		}
	}
	return lex.ClassifyNumber(word) != lex.NotNumber
}

// unexpected is the error for a token where want was expected.
func (p *typeParser) unexpected(t lex.Token, want string) error {
	s := p.s
	switch {
	case t.Kind == lex.Annotation:
		return s.Errorf(CodeAnnotation, t.Pos, "misplaced @%s annotation: expected %s", s.AnnotationName(t), want)
	case t.Kind == lex.Reserved,
		t.Kind == lex.Keyword && !known(s.Bytes(t)),
		t.Kind == lex.Number && lex.ClassifyNumber(s.Bytes(t)) == lex.NotNumber:
		return s.Errorf(lex.CodeToken, t.Pos, "unknown operator %s: expected %s", strings.Trim(s.Describe(t), `"`), want)
	}
	return s.Errorf(lex.CodeSyntax, t.Pos, "unexpected token %s: expected %s", s.Describe(t), want)
}

// unknown is the error for an identifier that names nothing.
func (p *typeParser) unknown(what string, t lex.Token) error {
	return p.s.Errorf(CodeName, t.Pos, "unknown %s %s: nothing of this kind has the identifier", what, p.s.Describe(t))
}

// expect takes a token of a kind.
func (p *typeParser) expect(k lex.Kind) (lex.Token, error) {
	t := p.s.Next()
	if t.Kind != k {
		return t, p.unexpected(t, k.String())
	}
	return t, nil
}

// close takes a ")".
func (p *typeParser) close() error {
	if t := p.s.Next(); t.Kind != lex.RParen {
		return p.unexpected(t, `")"`)
	}
	return nil
}

// u32 reads a token as an unsigned number of 32 bits.
func (p *typeParser) u32(t lex.Token) (uint32, error) {
	v, err := p.unsigned(t, 32, "a number without a sign")
	return uint32(v), err
}

// u64 reads a token as an unsigned number of 64 bits.
func (p *typeParser) u64(t lex.Token, want string) (uint64, error) {
	return p.unsigned(t, 64, want)
}

func (p *typeParser) unsigned(t lex.Token, bits int, want string) (uint64, error) {
	if t.Kind != lex.Number {
		return 0, p.unexpected(t, want)
	}
	v, err := lex.Uint(p.s.Bytes(t), bits)
	if err != nil {
		return 0, p.badNumber(t, err, bits, want)
	}
	return v, nil
}

// badNumber is the error for a number that package lex has refused.
func (p *typeParser) badNumber(t lex.Token, err error, bits int, want string) error {
	if !errors.Is(err, lex.ErrRange) {
		return p.unexpected(t, want)
	}
	return p.s.Errorf(CodeConstant, t.Pos, "i%d constant out of range: %s does not fit %d bits", bits, p.s.Describe(t), bits)
}

// str reads a string that must be UTF-8.
func (p *typeParser) str(want string) (string, error) {
	t := p.s.Next()
	if t.Kind != lex.String {
		return "", p.unexpected(t, want)
	}
	v, ok := p.s.Str(t)
	if !ok {
		return "", p.s.Errorf(lex.CodeUTF8, t.Pos, "malformed UTF-8 encoding: %s must be UTF-8", want)
	}
	return v, nil
}
