// This file tests the errors of the parser.

package text

import (
	"errors"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

var parseErrors = []struct {
	src  string
	code diag.Code
	want string // the start of the message, with its place
}{
	{"(modul)", lex.CodeToken, "1:2: unknown operator modul: expected a module field"},
	{"(func", lex.CodeSyntax, "1:6: unexpected end"},
	{"(module", lex.CodeSyntax, "1:8: unexpected token the end of the source: expected a module field"},
	{"(module $m binary \"\")", lex.CodeSyntax, `1:12: unexpected token "binary": this form of module is for test scripts`},
	{"(module) x", lex.CodeSyntax, `1:10: unexpected token "x": the module that starts at 1:1 ends before it`},
	{"(module) (module)", lex.CodeSyntax, `1:10: unexpected token "("`},
	{"(func))", lex.CodeSyntax, `1:7: unexpected token ")": expected a module field`},
	{"\n (func\n\tnopp)", lex.CodeToken, "3:2: unknown operator nopp: expected an instruction"},
	{"(func i32)", lex.CodeSyntax, `1:7: unexpected token "i32": expected an instruction`},
	{"(func 1)", lex.CodeSyntax, `1:7: unexpected token "1": expected an instruction or ")"`},
	{"(func nop $x)", lex.CodeSyntax, `1:11: unexpected token "$x"`},
	{"(func \"s\")", lex.CodeSyntax, `1:7: unexpected token "s"`},
	{"(func a,b)", lex.CodeToken, `1:7: unknown operator`},
	{"(func (i32.add nop))", lex.CodeSyntax, `1:16: unexpected token "nop": expected a folded instruction or ")"`},
	{"(func block)", lex.CodeSyntax, `1:12: unexpected token ")": expected an instruction or the end of block`},
	{"(func end)", lex.CodeSyntax, `1:7: unexpected token "end"`},
	{"(func else)", lex.CodeSyntax, `1:7: unexpected token "else"`},
	{"(func block else end)", lex.CodeSyntax, `1:13: unexpected token "else": expected an instruction or the end of block`},
	{"(func i32.const 0 if else else end)", lex.CodeSyntax, `1:27: unexpected token "else"`},
	{"(func (block end))", lex.CodeSyntax, `1:14: unexpected token "end"`},
	{"(func (end))", lex.CodeSyntax, `1:8: unexpected token "end"`},
	{"(func (then))", lex.CodeSyntax, `1:8: unexpected token "then"`},
	{"(func (if))", lex.CodeSyntax, `1:10: unexpected token ")": expected a folded instruction or "(then"`},
	{"(func (if nop (then)))", lex.CodeSyntax, `1:11: unexpected token "nop": expected a folded instruction or "(then"`},
	{"(func (if (then) (then)))", lex.CodeSyntax, `1:19: unexpected token "then": expected "(else" or ")"`},
	{"(func (if (else)))", lex.CodeSyntax, `1:12: unexpected token "else"`},
	{"(func (if (then) (else) (nop)))", lex.CodeSyntax, `1:26: unexpected token "nop": expected ")"`},
	{"(func (try (nop)))", lex.CodeSyntax, `1:13: unexpected token "nop": expected "(do"`},
	{"(func (try))", lex.CodeSyntax, `1:11: unexpected token ")": expected "(do"`},
	{"(func (try (do) (catch_all) (catch 0)))", lex.CodeSyntax, `1:30: unexpected token "catch": expected ")"`},
	{"(func (try (do) (catch 0) (delegate 0)))", lex.CodeSyntax, `1:28: unexpected token "delegate"`},
	{"(func try catch_all catch 0 end)", lex.CodeSyntax, `1:21: unexpected token "catch"`},
	{"(func try catch 0 delegate 0)", lex.CodeSyntax, `1:19: unexpected token "delegate"`},
	{"(func block catch 0 end)", lex.CodeSyntax, `1:13: unexpected token "catch"`},
	{"(func block $a end $b)", CodeName, `1:20: mismatching label "$b": that of the block is $a`},
	{"(func block end $b)", CodeName, `1:17: mismatching label "$b": the block has none`},
	{"(func i32.const 0 if $a else $b end)", CodeName, `1:30: mismatching label "$b"`},
	{"(func br $x)", CodeName, `1:10: unknown label "$x"`},
	{"(func block $x end br $x)", CodeName, `1:23: unknown label "$x"`},
	{"(func block $x (try_table $y (catch_all $y)) end)", CodeName, `1:41: unknown label "$y"`},
	{"(func (try $l (do) (delegate $l)))", CodeName, `1:30: unknown label "$l"`},
	{"(func call $x)", CodeName, `1:12: unknown function "$x"`},
	{"(func local.get $x)", CodeName, `1:17: unknown local "$x"`},
	{"(func (param $x i32)) (func local.get $x)", CodeName, `1:39: unknown local "$x"`},
	{"(func (param $x i32)) (global i32 (local.get $x))", CodeName, `1:46: unknown local "$x"`},
	{"(func global.get $x)", CodeName, `1:18: unknown global "$x"`},
	{"(func table.get $x)", CodeName, `1:17: unknown table "$x"`},
	{"(func memory.size $x)", CodeName, `1:19: unknown memory "$x"`},
	{"(func throw $x)", CodeName, `1:13: unknown tag "$x"`},
	{"(func elem.drop $x)", CodeName, `1:17: unknown elem segment "$x"`},
	{"(func data.drop $x)", CodeName, `1:17: unknown data segment "$x"`},
	{"(func call_ref $x)", CodeName, `1:16: unknown type "$x"`},
	{"(type $t (struct)) (func struct.get $t $x)", CodeName, `1:40: unknown field "$x"`},
	{"(type (func (param (ref $x))))", CodeName, `1:25: unknown type "$x"`},
	{"(func $f) (func $f)", CodeName, `1:17: duplicate function "$f"`},
	{`(func $f) (func $"f")`, CodeName, `1:17: duplicate function`},
	{"(type $t (func)) (rec (type $t (func)))", CodeName, `1:29: duplicate type "$t"`},
	{"(type (struct (field $x i32) (field $x i32)))", CodeName, `1:37: duplicate field "$x"`},
	{"(func (param $x i32) (local $x i32))", CodeName, `1:29: duplicate local "$x"`},
	{"(func) (import \"\" \"\" (func))", CodeOrder, "1:8: import after function"},
	{"(tag) (memory (import \"\" \"\") 1)", CodeOrder, "1:7: import after tag"},
	{"(func) (start 0) (start 0)", CodeOrder, "1:19: multiple start sections"},
	{"(func (param i32) (param $x))", lex.CodeSyntax, `1:28: unexpected token ")": expected a type`},
	{"(func (param $x i32 i32))", lex.CodeSyntax, `1:21: unexpected token "i32": expected ")"`},
	{"(func (result $x i32))", lex.CodeSyntax, `1:15: unexpected token "$x"`},
	{"(func (result i32) (param i32))", lex.CodeSyntax, `1:21: unexpected token "param"`},
	{"(func (block (param $x i32)))", lex.CodeSyntax, `1:21: unexpected token "$x"`},
	{"(func nop (local i32))", lex.CodeSyntax, `1:12: unexpected token "local"`},
	{"(type (func)) (func (type 0) (param i32))", CodeType, "1:26: inline function type does not match: type 0 is (func)"},
	{"(type (struct)) (func (type 0) (param i32))", CodeType, "1:28: inline function type does not match: type 0 is struct"},
	{"(func (type 9) (param i32))", CodeType, "1:12: unknown type 9"},
	{"(func (local i8))", lex.CodeSyntax, `1:14: unexpected token "i8": expected a value type`},
	{"(table 1 i32)", lex.CodeSyntax, `1:10: unexpected token "i32": expected a reference type`},
	{"(table funcref)", lex.CodeSyntax, `1:15: unexpected token ")"`},
	{"(memory)", lex.CodeSyntax, `1:8: unexpected token ")": expected the size of the memory`},
	{"(memory 1 (pagesize 3))", CodeConstant, `1:21: invalid custom page size 3`},
	{"(memory 99999999999999999999)", CodeConstant, "1:9: i64 constant out of range"},
	{"(memory -1)", lex.CodeSyntax, `1:9: unexpected token "-1"`},
	{"(func call 4294967296)", CodeConstant, `1:12: i32 constant out of range`},
	{"(func i32.const 4294967296)", CodeConstant, `1:17: i32 constant out of range: "4294967296" does not fit 32 bits`},
	{"(func i32.const 1.5)", lex.CodeSyntax, `1:17: unexpected token "1.5": expected an integer`},
	{"(func i32.const 1__0)", lex.CodeToken, `1:17: unknown operator 1__0`},
	{"(func f32.const 1e99)", CodeConstant, `1:17: f32 constant out of range`},
	{"(func f32.const nop)", lex.CodeSyntax, `1:17: unexpected token "nop"`},
	{"(func f64.const 0x)", lex.CodeToken, `1:17: unknown operator 0x`},
	{"(func i32.load align=3)", CodeConstant, "1:16: alignment must be a power of two, not 3"},
	{"(func i32.load align=0)", CodeConstant, "1:16: alignment must be a power of two, not 0"},
	{"(func i32.load offset=-1)", lex.CodeToken, "1:16: unknown operator offset=-1"},
	{"(func i32.load offset=0x1_0000_0000_0000_0000)", CodeConstant, "1:16: i64 constant out of range"},
	{"(func i32.load align=4 offset=4)", lex.CodeSyntax, `1:24: unexpected token "offset=4"`},
	{"(func v128.const i32x4 1 2 3)", CodeConstant, "1:18: wrong number of lane literals: i32x4 has 4 lanes, not 3"},
	{"(func v128.const i8x16 " + strings.Repeat("1 ", 17) + ")", CodeConstant, "1:18: wrong number of lane literals"},
	{"(func v128.const i8x17 1)", lex.CodeToken, "1:18: unknown operator i8x17"},
	{"(func v128.const i64x2 1 0x1_0000_0000_0000_0000)", CodeConstant, "1:26: i64 constant out of range"},
	{"(func i8x16.shuffle 1)", CodeConstant, "1:22: invalid lane length: i8x16.shuffle takes 16 lane indices, not 1"},
	{"(func i8x16.shuffle " + strings.Repeat("1 ", 17) + ")", CodeConstant, "1:53: invalid lane length"},
	{"(func i8x16.extract_lane_s 256)", CodeConstant, "1:28: i8 constant out of range"},
	{"(func br_table)", lex.CodeSyntax, `1:15: unexpected token ")": expected a label`},
	{"(func $)", lex.CodeToken, "1:7: empty identifier"},
	{"(import \"a\" \"\\ff\" (func))", lex.CodeUTF8, "1:13: malformed UTF-8 encoding"},
	{"(export \"a\" (funk 0))", lex.CodeToken, "1:14: unknown operator funk"},
	{"(elem (i32.const 0) (i32.const 0))", lex.CodeSyntax, `1:22: unexpected token "i32.const": expected ref`},
	{"(elem 0)", lex.CodeSyntax, `1:8: unexpected token ")"`},
	{"(data (memory 0) \"\")", lex.CodeSyntax, `1:18: unexpected token`},
	{"(global i32 (i32.const 0) x)", lex.CodeToken, "1:27: unknown operator x"},
	{"(@custom)", CodeAnnotation, "1:9: @custom annotation: missing section name"},
	{"(@custom \"a\" (after nothing))", CodeAnnotation, "1:21: @custom annotation: malformed section kind"},
	{"(@custom \"a\" (before last))", CodeAnnotation, "1:22: @custom annotation: malformed section kind"},
	{"(func (@custom \"a\"))", CodeAnnotation, "1:7: misplaced @custom annotation"},
	{"(module (@name \"a\") (@name \"b\"))", CodeAnnotation, "1:21: @name annotation: multiple module names"},
	{"(func (param i32 (@name \"b\")))", CodeAnnotation, "1:18: misplaced @name annotation"},
	{"(func (@name 1))", CodeAnnotation, "1:14: @name annotation: string expected"},
	{"(func (@metadata.code.branch_hint \"\\02\") if end)", CodeAnnotation, "1:7: @metadata.code.branch_hint annotation: invalid hint value"},
	{"(func (@metadata.code.branch_hint \"\\01\"))", CodeAnnotation, "1:7: @metadata.code.branch_hint annotation: invalid placement"},
	{"(func " + strings.Repeat("(nop ", maxBlocks) + ")", lex.CodeLimit, "1:500002: parentheses nest deeper than 100000"},
	{"(func " + strings.Repeat("loop ", maxBlocks+1) + ")", lex.CodeLimit, "1:500007: instructions nest deeper than 100000"},
}

func TestParseErrors(t *testing.T) {
	for _, tt := range parseErrors {
		_, err := Parse([]byte(tt.src))
		var e *diag.Error
		switch {
		case err == nil:
			t.Errorf("%.80q was parsed, want %q", tt.src, tt.want)
		case !strings.HasPrefix(err.Error(), tt.want):
			t.Errorf("%.80q:\n got %s\nwant %s", tt.src, err, tt.want)
		case !errors.As(err, &e) || e.Code != tt.code:
			t.Errorf("%.80q: code %s, want %s", tt.src, e.Code, tt.code)
		}
	}
}
