// Package valtype is what component value types and the names of components
// are made of: primitive types, kebab labels, extern names and versions. It is
// plain data and knows neither files nor memory (Component Model explainer,
// sections "Type Definitions" and "Import and Export Definitions").
package valtype

// A Prim is a primitive value type; its value is its code in the binary
// format. The zero value is none.
type Prim uint8

// The primitive value types.
const (
	Bool         Prim = 0x7f
	S8           Prim = 0x7e
	U8           Prim = 0x7d
	S16          Prim = 0x7c
	U16          Prim = 0x7b
	S32          Prim = 0x7a
	U32          Prim = 0x79
	S64          Prim = 0x78
	U64          Prim = 0x77
	F32          Prim = 0x76
	F64          Prim = 0x75
	Char         Prim = 0x74
	String       Prim = 0x73
	ErrorContext Prim = 0x64
)

var primNames = map[Prim]string{
	Bool: "bool", S8: "s8", U8: "u8", S16: "s16", U16: "u16", S32: "s32",
	U32: "u32", S64: "s64", U64: "u64", F32: "f32", F64: "f64", Char: "char",
	String: "string", ErrorContext: "error-context",
}

var primsByName = func() map[string]Prim {
	m := make(map[string]Prim, len(primNames))
	for p, name := range primNames {
		m[name] = p
	}
	return m
}()

// Valid tells whether p is a primitive type.
func (p Prim) Valid() bool { return p >= String && p <= Bool || p == ErrorContext }

// String is the keyword of the text format.
func (p Prim) String() string {
	if name, ok := primNames[p]; ok {
		return name
	}
	return "no type"
}

// ParsePrim is the primitive type of a keyword.
func ParsePrim(keyword string) (p Prim, ok bool) {
	p, ok = primsByName[keyword]
	return p, ok
}
