package govalue

// This file makes codecs: it compares Go types with component types.

import (
	"reflect"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

var (
	typeValue        = reflect.TypeFor[value.Value]()
	typeHandle       = reflect.TypeFor[*task.Handle]()
	typeErrorContext = reflect.TypeFor[*task.ErrorContext]()
	typeResult       = reflect.TypeFor[resultValue]()
	typeEmpty        = reflect.TypeFor[struct{}]()
)

// A compiler makes the codecs of a function.
type compiler struct {
	// resources are the resource types by slot, as far as they are known.
	resources []*task.ResourceType
	memo      map[pair]*codec
}

type pair struct {
	rt reflect.Type
	t  *abi.Type
}

func newCompiler(resources []*task.ResourceType) *compiler {
	return &compiler{resources, map[pair]*codec{}}
}

// codec is the codec for a Go type and a component type. The same two get the
// same one.
func (c *compiler) codec(rt reflect.Type, t *abi.Type, at place) (*codec, error) {
	key := pair{rt, t}
	if k, ok := c.memo[key]; ok {
		return k, nil
	}
	k := &codec{t: t, rt: rt}
	if err := c.make(k, at); err != nil {
		return nil, err
	}
	c.memo[key] = k
	return k, nil
}

// make fills in a codec.
func (c *compiler) make(k *codec, at place) error {
	t := k.t
	if k.rt == typeValue {
		k.op, k.checked, k.ends = opValue, true, hasEnds(t.Type)
		return nil
	}
	if t.Kind.Primitive() && t.Kind != value.KindErrorContext {
		return c.scalar(k, at)
	}
	switch t.Kind {
	case value.KindList:
		return c.list(k, at)
	case value.KindRecord:
		return c.record(k, at)
	case value.KindTuple:
		return c.tuple(k, at)
	case value.KindOption:
		return c.option(k, at)
	case value.KindVariant:
		return c.variant(k, at)
	case value.KindResult:
		return c.result(k, at)
	case value.KindEnum:
		return c.enum(k, at)
	case value.KindFlags:
		return c.flags(k, at)
	case value.KindMap:
		return c.mapping(k, at)
	case value.KindOwn, value.KindBorrow:
		return c.handle(k, at)
	case value.KindStream, value.KindFuture:
		return c.end(k, at)
	}
	if k.rt != typeErrorContext {
		return at.mismatch(k)
	}
	k.op, k.checked = opHandle, true
	return nil
}

// A scalar type with the Go kind for it.
var scalars = [value.NumKinds]struct {
	kind reflect.Kind
	op   op
}{
	value.KindBool: {reflect.Bool, opBool},
	value.KindS8:   {reflect.Int8, opInt}, value.KindU8: {reflect.Uint8, opUint},
	value.KindS16: {reflect.Int16, opInt}, value.KindU16: {reflect.Uint16, opUint},
	value.KindS32: {reflect.Int32, opInt}, value.KindU32: {reflect.Uint32, opUint},
	value.KindS64: {reflect.Int64, opInt}, value.KindU64: {reflect.Uint64, opUint},
	value.KindF32: {reflect.Float32, opF32}, value.KindF64: {reflect.Float64, opF64},
	value.KindChar: {reflect.Int32, opChar}, value.KindString: {reflect.String, opString},
}

func (c *compiler) scalar(k *codec, at place) error {
	s := scalars[k.t.Kind]
	if k.rt.Kind() != s.kind {
		return at.mismatch(k)
	}
	k.op, k.size = s.op, k.t.ElemSize(abi.Width32)
	k.checked = s.op == opChar || s.op == opString
	return nil
}

func (c *compiler) list(k *codec, at place) (err error) {
	kind := k.rt.Kind()
	if kind != reflect.Slice && (kind != reflect.Array || !k.t.Fixed) {
		return at.mismatch(k)
	}
	if kind == reflect.Array && uint64(k.rt.Len()) != uint64(k.t.Len) {
		return at.mismatch(k)
	}
	elem := k.rt.Elem()
	if k.elem, err = c.codec(elem, k.t.Elem, at.in("element", "an element of "+k.rt.String())); err != nil {
		return err
	}
	k.cost = cost(elem)
	k.checked, k.ends = k.elem.checked || kind == reflect.Slice, k.elem.ends
	switch {
	case kind == reflect.Array:
		k.op = opArray
	case k.t.Elem.Kind == value.KindU8:
		k.op, k.cost = opBytes, 1
	case k.t.Elem.Kind >= value.KindS8 && k.t.Elem.Kind <= value.KindF64 && numberTable[elem] != nil:
		k.op, k.numbers, k.cost = opNumbers, numberTable[elem], uint64(elem.Size())
	default:
		k.op = opList
	}
	return nil
}

func (c *compiler) record(k *codec, at place) error {
	if k.rt.Kind() != reflect.Struct || k.rt.Implements(typeResult) {
		return at.mismatch(k)
	}
	index, err := matchFields(k.rt, k.t.Type.Fields, "field", at)
	if err != nil {
		return err
	}
	return c.structOf(k, index, at)
}

func (c *compiler) tuple(k *codec, at place) error {
	if k.rt.Kind() != reflect.Struct || k.rt.Implements(typeResult) {
		return at.mismatch(k)
	}
	index := exported(k.rt)
	if len(index) != len(k.t.Fields) {
		return at.errorf("is %s of %d fields, but %s has %d exported ones", article(k.t.Type), len(k.t.Fields), goName(k.rt), len(index))
	}
	return c.structOf(k, index, at)
}

// structOf fills in a codec of a struct whose fields have Go fields.
func (c *compiler) structOf(k *codec, index []int, at place) error {
	k.op = opStruct
	k.fields = make([]field, len(index))
	for i, n := range index {
		g := k.rt.Field(n)
		f, err := c.codec(g.Type, k.t.Fields[i], at.in("field "+quote(k.t.Type.Fields[i].Name), goName(k.rt)+"."+g.Name))
		if err != nil {
			return err
		}
		k.fields[i] = field{index: n, codec: f}
		k.checked, k.ends = k.checked || f.checked, k.ends || f.ends
	}
	return nil
}

func (c *compiler) option(k *codec, at place) (err error) {
	if k.rt.Kind() != reflect.Pointer {
		return at.mismatch(k)
	}
	k.op = opOption
	k.elem, err = c.codec(k.rt.Elem(), k.t.Cases[1], at.in("some", "what "+k.rt.String()+" points to"))
	if err != nil {
		return err
	}
	k.cost, k.checked, k.ends = cost(k.rt.Elem()), k.elem.checked, k.elem.ends
	return nil
}

func (c *compiler) variant(k *codec, at place) error {
	if k.rt.Kind() != reflect.Struct || k.rt.Implements(typeResult) {
		return at.mismatch(k)
	}
	index, err := matchFields(k.rt, k.t.Type.Cases, "case", at)
	if err != nil {
		return err
	}
	return c.cases(k, index, at)
}

func (c *compiler) result(k *codec, at place) error {
	if k.rt.Kind() != reflect.Struct || !k.rt.Implements(typeResult) {
		return at.mismatch(k)
	}
	return c.cases(k, []int{0, 1}, at)
}

// cases fills in a codec of a struct of which one field is set.
func (c *compiler) cases(k *codec, index []int, at place) error {
	k.op, k.checked = opVariant, true
	k.fields = make([]field, len(index))
	for i, n := range index {
		g, t := k.rt.Field(n), k.t.Cases[i]
		at := at.in("case "+quote(k.t.Type.Cases[i].Name), goName(k.rt)+"."+g.Name)
		if g.Type.Kind() != reflect.Pointer {
			return at.pointer(g.Type, t)
		}
		k.fields[i] = field{index: n, cost: cost(g.Type.Elem()), typ: g.Type.Elem()}
		if t == nil {
			if g.Type.Elem().Kind() != reflect.Struct || g.Type.Elem().NumField() > 0 {
				return at.pointer(g.Type, nil)
			}
			continue
		}
		f, err := c.codec(g.Type.Elem(), t, at.to("what "+goName(k.rt)+"."+g.Name+" points to"))
		if err != nil {
			return err
		}
		k.fields[i].codec, k.ends = f, k.ends || f.ends
	}
	return nil
}

// unsignedBits and signedBits are how many bits of a Go type can hold numbers
// from 0; 0 for other types.
func unsignedBits(rt reflect.Type) int {
	switch rt.Kind() {
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return rt.Bits()
	}
	return 0
}

func signedBits(rt reflect.Type) int {
	switch rt.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return rt.Bits() - 1
	}
	return 0
}

func (c *compiler) enum(k *codec, at place) error {
	n := len(k.t.Cases)
	k.checked, k.size = true, uint64(k.t.Disc)
	bits := unsignedBits(k.rt)
	k.op = opEnumUint
	if bits == 0 {
		bits, k.op = signedBits(k.rt), opEnumInt
	}
	switch {
	case bits == 0 && k.rt.Kind() == reflect.String:
		k.op = opEnumString
		k.labels = make(map[string]int, n)
		for i, l := range k.t.Type.Cases {
			k.labels[l.Name] = i
		}
	case bits == 0:
		return at.mismatch(k)
	case bits < 32 && n > 1<<bits:
		return at.errorf("is %s of %d cases, but %s has room for %d", article(k.t.Type), n, goName(k.rt), 1<<bits)
	}
	return nil
}

func (c *compiler) flags(k *codec, at place) error {
	n := len(k.t.Labels)
	k.size = k.t.ElemSize(abi.Width32)
	if bits := unsignedBits(k.rt); bits > 0 {
		if bits < n {
			return at.errorf("is flags of %d labels, but %s has %d bits", n, goName(k.rt), bits)
		}
		k.op, k.checked = opFlagsUint, true
		return nil
	}
	if k.rt.Kind() != reflect.Struct {
		return at.mismatch(k)
	}
	labels := make([]value.Field, n)
	for i, l := range k.t.Labels {
		labels[i].Name = l
	}
	index, err := matchFields(k.rt, labels, "flag", at)
	if err != nil {
		return err
	}
	k.op = opFlagsStruct
	k.fields = make([]field, n)
	for i, j := range index {
		g := k.rt.Field(j)
		if g.Type.Kind() != reflect.Bool {
			return at.in("flag "+quote(labels[i].Name), "").errorf("stands for itself, but %s.%s is %s; use bool", goName(k.rt), g.Name, goType(g.Type))
		}
		k.fields[i] = field{index: j}
	}
	return nil
}

func (c *compiler) mapping(k *codec, at place) (err error) {
	if k.rt.Kind() != reflect.Map || k.rt.Key() == typeValue {
		return at.mismatch(k)
	}
	k.op, k.checked = opMap, true
	key, elem := k.t.Elem.Fields[0], k.t.Elem.Fields[1]
	if k.key, err = c.codec(k.rt.Key(), key, at.in("key", "a key of "+k.rt.String())); err != nil {
		return err
	}
	if k.key.op > opString {
		return at.in("key", "").errorf("is %s, which cannot be the key of a Go map; use dray.Value for the map", article(key.Type))
	}
	if k.elem, err = c.codec(k.rt.Elem(), elem, at.in("value", "a value of "+k.rt.String())); err != nil {
		return err
	}
	k.cost = 2*cost(k.rt.Key()) + 2*cost(k.rt.Elem())
	k.ends = k.elem.ends
	return nil
}

// handle fills in a codec of a resource. Where the resource type is not known
// yet, values are checked when they come.
func (c *compiler) handle(k *codec, at place) error {
	k.op, k.checked = opHandle, true
	slot := k.t.Resource.Slot
	if slot < 0 || slot >= len(c.resources) || c.resources[slot] == nil {
		return nil
	}
	r := c.resources[slot]
	if !r.Host() {
		if k.rt != typeHandle {
			return at.resource(k, "a resource of a component", "*dray.Handle")
		}
		return nil
	}
	host, ok := r.HostType.(reflect.Type)
	if !ok {
		return nil
	}
	if k.rt != host && (k.rt.Kind() != reflect.Interface || !host.Implements(k.rt)) {
		return at.resource(k, "a resource of the host", host.String())
	}
	return nil
}
