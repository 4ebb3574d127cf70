package bindings

// This file makes a component that exports what it imports, calls it with the
// bindings of everything.wit, and is its host.

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/examples/bindings/everything"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/wit"
)

// A mirror writes the component in the text format.
type mirror struct {
	strings.Builder
	layouts *abi.Types
}

func (m *mirror) p(format string, args ...any) { fmt.Fprintf(m, format+"\n", args...) }

// text is a type in the text format, defined is what it is made of.
func (m *mirror) text(t *wit.TypeDef) string {
	if t.Name != "" {
		return "$" + t.Name
	}
	return m.defined(t)
}

func (m *mirror) fields(what string, fields []wit.Field) (s string) {
	for _, f := range fields {
		s += fmt.Sprintf(" (%s %q", what, f.Name)
		if f.Type != nil {
			s += " " + m.text(f.Type)
		}
		s += ")"
	}
	return s
}

func (m *mirror) defined(t *wit.TypeDef) string {
	labels := func(fields []wit.Field) (s string) {
		for _, f := range fields {
			s += fmt.Sprintf(" %q", f.Name)
		}
		return s
	}
	switch k := t.Kind.(type) {
	case *wit.Prim:
		return k.Prim.String()
	case *wit.Record:
		return "(record" + m.fields("field", k.Fields) + ")"
	case *wit.Variant:
		return "(variant" + m.fields("case", k.Cases) + ")"
	case *wit.Enum:
		return "(enum" + labels(k.Cases) + ")"
	case *wit.Flags:
		return "(flags" + labels(k.Flags) + ")"
	case *wit.List:
		if k.Fixed {
			return fmt.Sprintf("(list %s %d)", m.text(k.Elem), k.Len)
		}
		return "(list " + m.text(k.Elem) + ")"
	case *wit.Map:
		return "(map " + m.text(k.Key) + " " + m.text(k.Value) + ")"
	case *wit.Option:
		return "(option " + m.text(k.Type) + ")"
	case *wit.Result:
		s := "(result"
		if k.OK != nil {
			s += " " + m.text(k.OK)
		}
		if k.Err != nil {
			s += " (error " + m.text(k.Err) + ")"
		}
		return s + ")"
	case *wit.Tuple:
		s := "(tuple"
		for _, e := range k.Types {
			s += " " + m.text(e)
		}
		return s + ")"
	}
	panic("no text")
}

// valueType is a type of the run time, for its layout.
func (m *mirror) valueType(t *wit.TypeDef) *value.Type {
	if t == nil {
		return nil
	}
	fields := func(fields []wit.Field) (out []value.Field) {
		for _, f := range fields {
			out = append(out, value.Field{Name: f.Name, Type: m.valueType(f.Type)})
		}
		return out
	}
	switch k := t.Resolved().Kind.(type) {
	case *wit.Prim:
		for kind := value.KindBool; kind <= value.KindString; kind++ {
			if kind.String() == k.Prim.String() {
				return value.Prim(kind)
			}
		}
	case *wit.Record:
		return value.RecordOf(fields(k.Fields)...)
	case *wit.Variant:
		return value.VariantOf(fields(k.Cases)...)
	case *wit.Enum:
		return &value.Type{Kind: value.KindEnum, Cases: fields(k.Cases)}
	case *wit.Flags:
		return &value.Type{Kind: value.KindFlags, Labels: make([]string, len(k.Flags))}
	case *wit.List:
		return &value.Type{Kind: value.KindList, Elem: m.valueType(k.Elem), Fixed: k.Fixed, Len: k.Len}
	case *wit.Map:
		return value.MapOf(m.valueType(k.Key), m.valueType(k.Value))
	case *wit.Option:
		return value.OptionOf(m.valueType(k.Type))
	case *wit.Result:
		return value.ResultOf(m.valueType(k.OK), m.valueType(k.Err))
	case *wit.Tuple:
		var elems []*value.Type
		for _, e := range k.Types {
			elems = append(elems, m.valueType(e))
		}
		return value.TupleOf(elems...)
	}
	panic("no type")
}

// component is the component for the functions of an interface.
func (m *mirror) component(i *wit.Interface, encoding string) string {
	m.layouts = abi.NewTypes()
	m.p("(component (import %q (instance $i", i.ExternName())
	for _, t := range i.Types {
		m.p("(type $%s-type %s) (export %q (type $%s (eq $%s-type)))", t.Name, m.defined(t), t.Name, t.Name, t.Name)
	}
	for _, f := range i.Funcs {
		m.p("(export %q %s)", f.Name, m.function(f, ""))
	}
	m.p("))")
	for _, t := range i.Types {
		m.p("(alias export $i %q (type $%s))", t.Name, t.Name)
	}
	m.p(`(core module $m (memory (export "memory") 16) (global $next (mut i32) (i32.const 65536))
		(func (export "realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32) (local $at i32)
			global.get $next local.get $align i32.add i32.const -1 i32.add i32.const 0 local.get $align i32.sub i32.and
			local.tee $at local.get $new i32.add global.set $next
			global.get $next i32.const 900000 i32.gt_u (if (then i32.const 65536 global.set $next))
			local.get $at local.get $old
			local.get $size local.get $new local.get $size local.get $new i32.lt_u select memory.copy
			local.get $at))
	(core instance $m (instantiate $m))`)
	options := fmt.Sprintf(`(memory (core memory $m "memory")) (realloc (core func $m "realloc")) string-encoding=%s`, encoding)
	for _, f := range i.Funcs {
		m.p("(core func $%s-core (canon lower (func $i %q) %s))", f.Name, f.Name, options)
	}
	m.p("(core module $wrap")
	for _, f := range i.Funcs {
		params, results := m.core(f)
		m.p("(import \"\" %q (func $%s (param%s)%s))", f.Name, f.Name, params, results)
	}
	for _, f := range i.Funcs {
		m.wrapper(f)
	}
	m.p(") (core instance $wrap (instantiate $wrap (with \"\" (instance")
	for _, f := range i.Funcs {
		m.p("(export %q (func $%s-core))", f.Name, f.Name)
	}
	m.p("))))")
	for _, f := range i.Funcs {
		m.p("%s", m.function(f, fmt.Sprintf("$%s (canon lift (core func $wrap %q) %s)", f.Name, f.Name, options)))
	}
	m.p("(instance $out")
	for _, f := range i.Funcs {
		m.p("(export %q (func $%s))", f.Name, f.Name)
	}
	m.p(") (export %q (instance $out)))", i.ExternName())
	return m.String()
}

// function is a function type, or with a definition that begins with a name, a
// function.
func (m *mirror) function(f *wit.Func, definition string) string {
	name, body, _ := strings.Cut(definition, " ")
	s := "(func " + name
	for _, p := range f.Params {
		s += fmt.Sprintf(" (param %q %s)", p.Name, m.text(p.Type))
	}
	if f.Result != nil {
		s += " (result " + m.text(f.Result) + ")"
	}
	return s + " " + body + ")"
}

// flat is the flat form of types.
func (m *mirror) flat(types ...*wit.TypeDef) (s string, n int) {
	var elems []*value.Type
	for _, t := range types {
		if t != nil {
			elems = append(elems, m.valueType(t))
		}
	}
	flat, ok := m.layouts.Type(value.TupleOf(elems...)).Flat(abi.Width32)
	if !ok {
		return "", abi.MaxFlatParams + 1
	}
	for _, f := range flat {
		s += " " + f.String()
	}
	return s, len(flat)
}

// core is the type of a lowered function.
func (m *mirror) core(f *wit.Func) (params, results string) {
	var types []*wit.TypeDef
	for _, p := range f.Params {
		types = append(types, p.Type)
	}
	params, n := m.flat(types...)
	if n > abi.MaxFlatParams {
		params = " i32"
	}
	results, n = m.flat(f.Result)
	if n > 1 {
		return params + " i32", ""
	}
	return params, " (result" + results + ")"
}

// wrapper calls the import.
func (m *mirror) wrapper(f *wit.Func) {
	params, results := m.core(f)
	n := len(strings.Fields(params))
	inMemory := results == ""
	if inMemory {
		params, results = strings.TrimSuffix(params, " i32"), " (result i32)"
		n--
	}
	m.p("(func (export %q) (param%s)%s", f.Name, params, results)
	for i := range n {
		m.p("local.get %d", i)
	}
	if inMemory {
		m.p("i32.const 1024 call $%s i32.const 1024)", f.Name)
	} else {
		m.p("call $%s)", f.Name)
	}
}

// things implements everything.ThingsHost.
type things struct{ t *testing.T }

func (things) Maps(_ context.Context, m everything.Ages) (everything.Ages, error) { return m, nil }
func (things) MapOfMaps(_ context.Context, m map[uint8]map[rune][]string) (map[uint8]map[rune][]string, error) {
	return m, nil
}
func (things) Fixed(_ context.Context, v everything.Grid) (everything.Grid, error) { return v, nil }
func (things) FixedStrings(_ context.Context, v [3]string) ([3]string, error)      { return v, nil }
func (things) Bools(_ context.Context, v []bool) ([]bool, error)                   { return v, nil }
func (things) Keyword(_ context.Context, v everything.Type, f uint8, c int8, x int16) (everything.Type, error) {
	v.Func, v.ID, v.ID_ = f, uint64(int64(c)), uint64(int64(x))
	return v, nil
}
func (things) Signed(_ context.Context, a int8, b int16, c int32, v [4]int8) ([]int8, error) {
	return append(v[:], a, int8(b), int8(c)), nil
}

func (things) Tuples(_ context.Context, v bind.Tuple1[uint8]) (out struct {
	F0 uint8
	F1 bind.Tuple2[uint16, string]
	F2 uint32
	F3 uint64
	F4 int8
	F5 int16
	F6 int32
	F7 int64
	F8 bool
}, err error) {
	out.F0, out.F1.F0, out.F1.F1, out.F2, out.F3 = v.F0, 1, "two", 3, 4
	out.F4, out.F5, out.F6, out.F7, out.F8 = -5, -6, -7, -8, true
	return out, nil
}

func (things) Five(_ context.Context, a uint8, b string, c []byte) (uint8, error) {
	return a + uint8(len(b)) + uint8(len(c)), nil
}

type nested = *bind.Result[*string, bind.Tuple2[uint8, []rune]]

func (things) Nested(_ context.Context, v nested) (nested, error) { return v, nil }

func (things) FailVariant(_ context.Context, v uint8) (uint8, error) {
	detail := "because"
	problems := []everything.Problem{
		{Case: everything.ProblemError, Error_: "text"}, {Case: everything.ProblemCase_, Case_: 9},
		{Case: everything.ProblemNothing}, {Case: everything.ProblemDetail}, {Case: everything.ProblemDetail, Detail: &detail},
	}
	if int(v) < len(problems) {
		return 0, problems[v]
	}
	return v, nil
}

func (things) FailEnum(_ context.Context, v uint8) error {
	if v == 0 {
		return nil
	}
	return everything.Level(v - 1)
}
func (things) FailFlags(_ context.Context, v uint8) (string, error) {
	return "", everything.Rights(v)
}
func (things) FailRecord(_ context.Context, v uint8) (uint64, error) {
	return 0, everything.Why{Level: everything.LevelHigh, Error_: "so"}
}
func (things) FailList(_ context.Context, v uint8) (uint8, error) {
	return 0, bind.Fail([]byte{v, v})
}
func (things) FailNone(_ context.Context, v uint8) (uint8, error) { return 0, bind.Fail(bind.None{}) }

// newMirror makes an instance of the mirror with the host above.
func newMirror(t *testing.T, encoding string) *everything.ThingsExports {
	src, err := os.ReadFile("testdata/everything.wit")
	check(t, err)
	r, err := wit.Parse("everything.wit", src, wit.Options{})
	check(t, err)
	rt := runtime(t)
	m := &mirror{}
	text := m.component(r.Root.Interface("things"), encoding)
	c, err := rt.CompileComponent(t.Context(), []byte(text))
	check(t, err)
	l := rt.NewLinker()
	check(t, everything.Link(l, everything.Host{Things: things{t}}))
	x, err := everything.NewThings(instantiate(t, l, c))
	check(t, err)
	return x
}

func TestMirror(t *testing.T) {
	for _, encoding := range []string{"utf8", "utf16", "latin1+utf16"} {
		t.Run(encoding, func(t *testing.T) {
			x := newMirror(t, encoding)
			exports := reflect.ValueOf(x)
			r := rand.New(rand.NewPCG(3, 4))
			for _, name := range []string{"Maps", "MapOfMaps", "Fixed", "FixedStrings", "Bools", "Nested"} {
				m := exports.MethodByName(name)
				for range 100 {
					arg := reflect.New(m.Type().In(1)).Elem()
					fill(r, arg)
					out := m.Call([]reflect.Value{reflect.ValueOf(t.Context()), arg})
					if !out[1].IsNil() {
						t.Fatalf("%s(%+v): %v", name, arg, out[1])
					}
					if a, b := normal(arg).Interface(), normal(out[0]).Interface(); !reflect.DeepEqual(a, b) {
						t.Fatalf("%s(%+v) = %+v", name, a, b)
					}
				}
			}
			testThings(t, x)
		})
	}
}

func testThings(t *testing.T, x *everything.ThingsExports) {
	ctx := t.Context()
	got, err := x.Keyword(ctx, everything.Type{HTTPURL: "ü"}, 1, -2, -3)
	if want := (everything.Type{Func: 1, ID: 1<<64 - 2, ID_: 1<<64 - 3, HTTPURL: "ü"}); err != nil || got != want {
		t.Errorf("keyword: %+v, %v", got, err)
	}
	list, err := x.Signed(ctx, -1, -2, -3, [4]int8{-128, 127, 0, 5})
	if err != nil || !reflect.DeepEqual(list, []int8{-128, 127, 0, 5, -1, -2, -3}) {
		t.Errorf("signed: %v, %v", list, err)
	}
	tuple, err := x.Tuples(ctx, bind.Tuple1[uint8]{F0: 200})
	if err != nil || fmt.Sprint(tuple) != "{200 {1 two} 3 4 -5 -6 -7 -8 true}" {
		t.Errorf("tuples: %v, %v", tuple, err)
	}
	want(t, "five", uint8(6))(x.Five(ctx, 1, "ab", []byte{1, 2, 3}))
	for v, text := range []string{"error: text", "case: 9", "nothing", "detail", "detail: because"} {
		_, err := x.FailVariant(ctx, uint8(v))
		var p everything.Problem
		if !errors.As(err, &p) || err.Error() != text {
			t.Errorf("fail-variant(%d): %v, want %s", v, err, text)
		}
	}
	want(t, "fail-variant", uint8(9))(x.FailVariant(ctx, 9))
	if err := x.FailEnum(ctx, 0); err != nil {
		t.Error(err)
	}
	if err := x.FailEnum(ctx, 2); err != everything.LevelHigh || err.Error() != "high" {
		t.Errorf("fail-enum: %v", err)
	}
	if _, err := x.FailFlags(ctx, 3); err != everything.RightsRead|everything.RightsWrite || err.Error() != "{read, write}" {
		t.Errorf("fail-flags: %v", err)
	}
	if _, err := x.FailRecord(ctx, 3); err != (everything.Why{Level: everything.LevelHigh, Error_: "so"}) {
		t.Errorf("fail-record: %v", err)
	}
	var bytes bind.Error[[]byte]
	if _, err := x.FailList(ctx, 3); !errors.As(err, &bytes) || string(bytes.Value) != "\x03\x03" {
		t.Errorf("fail-list: %v", err)
	}
	if _, err := x.FailNone(ctx, 3); err != (bind.Error[bind.None]{}) {
		t.Errorf("fail-none: %v", err)
	}
	// A host that answers what is no case ends the call.
	var trap *dray.Trap
	if err := x.FailEnum(ctx, 99); !errors.As(err, &trap) || !strings.Contains(err.Error(), "98 is no case of level, which has 2") {
		t.Errorf("a case that is not there: %v", err)
	}
}
