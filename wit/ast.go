// This file is the syntax of a file, as the parser makes it and the linker
// takes it.

package wit

// A name is an identifier with its offset in the file.
type name struct {
	text string
	pos  int
}

// An astFile is a file.
type astFile struct {
	*file
	pkg    *astPackageName
	docs   string // of the package
	scope  *astScope
	nested []*astNested
}

// An astNested is a package that is defined within a file.
type astNested struct {
	pkg   *astPackageName
	docs  string
	scope *astScope
}

// An astPackageName is the name of a package in a declaration or path.
type astPackageName struct {
	PackageName
	pos int
}

// An astScope is items that see each other's top-level uses: those of a file,
// or of a nested package.
type astScope struct {
	file  *file
	uses  []*astTopUse
	items []*astItem
}

// An astItem is an interface or world at the top level.
type astItem struct {
	astMeta
	name       name
	world      bool
	interfaceI []*astDef // items of an interface
	worldI     []*astWorldItem
	start, end int // place in the file
}

// An astMeta is what stands before an item.
type astMeta struct {
	docs       string
	stability  Stability
	gatePos    int // of the first gate, when there is one
	externalID string
}

// A usePath is a path to an interface or world: an identifier, or one in a
// package.
type usePath struct {
	pkg  *astPackageName // nil for a bare identifier
	name name
}

// An astTopUse is a "use" at the top level of a file.
type astTopUse struct {
	path usePath
	as   name
}

// An astDef is an item of an interface, or one that worlds have as well:
// exactly one of the pointers is set.
type astDef struct {
	astMeta
	use  *astUse
	typ  *astTypeDef
	fun  *astFunc
	name name // of typ and fun
}

// An astUse is a "use" of types.
type astUse struct {
	path  usePath
	names []astRename
}

// An astRename is "name as as"; without "as" both are the same.
type astRename struct{ name, as name }

// A defKeyword is the keyword of a type definition.
type defKeyword uint8

const (
	defAlias defKeyword = iota
	defRecord
	defVariant
	defEnum
	defFlags
	defResource
)

// An astTypeDef is a type definition.
type astTypeDef struct {
	kind   defKeyword
	alias  *astType
	fields []astField // of a record, variant, enum or flags
	funcs  []*astDef  // of a resource
}

// An astField is a field, case or flag.
type astField struct {
	name name
	typ  *astType
	docs string
}

// An astFunc is a function.
type astFunc struct {
	kind   FuncKind // of those of resources
	async  bool
	params []astField
	result *astType
}

// An astType is a type: a primitive one, a name, or a keyword with arguments.
type astType struct {
	pos  int
	word string // keyword, or the name when ident is set
	// ident is set for a name.
	ident  bool
	args   []*astType // nil for "_" or none
	fixed  bool
	length uint32
}

// An astWorldItem is an item of a world: one of def (a type or use), extern or
// include is set.
type astWorldItem struct {
	astMeta
	def     *astDef
	extern  *astExtern
	include *astInclude
}

// An astExtern is an import or export: named with a function, interface body
// or path, or a path alone.
type astExtern struct {
	pos    int
	export bool
	name   *name
	fun    *astFunc
	body   []*astDef
	inline bool // body counts
	path   *usePath
}

// An astInclude is an "include".
type astInclude struct {
	path usePath
	with []astRename
}
