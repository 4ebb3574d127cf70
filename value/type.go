// Package value is component values at run time: their types with all parts
// resolved, and dynamic values for programs that learn types only when they
// run (Component Model explainer, section "Type Definitions").
//
// It is plain data and knows neither memory nor instances. Values print as
// WAVE, which the folder wave reads.
package value

// A Kind says what a [Type] is. Tuples, enums, options, results and maps have
// kinds of their own though they despecialize to others.
type Kind uint8

// The kinds of value types.
const (
	KindNone Kind = iota
	KindBool
	KindS8
	KindU8
	KindS16
	KindU16
	KindS32
	KindU32
	KindS64
	KindU64
	KindF32
	KindF64
	KindChar
	KindString
	KindErrorContext
	KindList
	KindRecord
	KindTuple
	KindVariant
	KindEnum
	KindOption
	KindResult
	KindMap
	KindFlags
	KindOwn
	KindBorrow
	KindStream
	KindFuture
	NumKinds
)

var kindNames = [NumKinds]string{
	"no type", "bool", "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64",
	"f32", "f64", "char", "string", "error-context", "list", "record", "tuple",
	"variant", "enum", "option", "result", "map", "flags", "own", "borrow",
	"stream", "future",
}

// String is the keyword of the kind.
func (k Kind) String() string {
	if k < NumKinds {
		return kindNames[k]
	}
	return kindNames[KindNone]
}

// Primitive tells whether types of the kind have no parts.
func (k Kind) Primitive() bool { return k >= KindBool && k <= KindErrorContext }

// A Type is a value type with its parts. Types are shared and immutable; equal
// types need not be the same pointer: see [Type.Equal].
type Type struct {
	Kind Kind
	// Fields are those of a record or tuple; the fields of a tuple are named
	// "0", "1" and so on.
	Fields []Field
	// Cases are those of a variant or enum, "none" and "some" of an option,
	// "ok" and "error" of a result.
	Cases []Field
	// Labels are those of flags.
	Labels []string
	// Elem is the element of a list, the value of a map, the payload of a
	// stream or future (there nil for none).
	Elem *Type
	// Key is the key of a map.
	Key *Type
	// Fixed is set for a list of exactly Len elements.
	Fixed bool
	Len   uint32
	// Resource is the resource type of an own or borrow.
	Resource *Resource
}

// A Field is a named part of a type. Type is nil for a case without payload.
type Field struct {
	Name string
	Type *Type
}

// A Resource is a resource type as a component's types name it. Which resource
// type it stands for is known for each instance only: two Resources may stand
// for the same one.
type Resource struct {
	// Name is what the component calls it, for messages.
	Name string
	// Slot is its position among the resource types of an instance.
	Slot int
}

// A FuncType is the type of a component function.
type FuncType struct {
	Async  bool
	Params []Field
	// Result is nil when there is none.
	Result *Type
}
