// Package script reads and runs the .wast test scripts of WebAssembly: those
// of the core specification (interpreter/README.md, section "Scripts"), of its
// proposals, and of the Component Model.
//
// [Parse] finds the commands of a script and the places of their modules,
// which are parsed when the command runs: a module that cannot be parsed is
// what some commands ask for. [Run] runs a script and counts.
//
// # What is counted
//
// Passed, Failed and Skipped count assertions: commands whose name
// starts with "assert_". Other commands (a module or component, "register",
// "invoke") are checked, too, and when one fails, that is one more failure; when
// it succeeds, it is not counted. So where all of these succeed, the three
// numbers add up to the number of assertions in the script. A script that
// cannot be parsed is one failure.
//
// An assertion is skipped when what it needs must run and the engine does not
// have a feature that its module uses. The module itself is parsed, encoded,
// decoded, validated and linked all the same, and fails where that goes wrong.
// Assertions about instances that such a module would have changed are skipped
// from then on. A component that is skipped is not linked. A command that
// depends on one that failed is a failure itself.
//
// # Components
//
// An instance of a component that was registered under a name is what other
// components import under that name, by the version rule of import names. All
// instances of a script live in one store. A function of an exported instance is
// invoked as "instance#function".
//
// # Texts
//
// A script says with which text an assertion expects a failure. For scripts
// about modules our message must contain it; the texts of traps are compared
// with what the specification calls them. Scripts about components have the
// texts of another tool: there only the kind of failure counts: malformed or
// invalid, not linkable, a trap of core code by its kind ("unreachable"), or a
// rule of the Canonical ABI that was broken; the rules about entering, leaving
// and blocking are told apart. For annotations (assert_malformed_custom, assert_invalid_custom) only
// the text counts: the parser finds both kinds.
//
// A module that is refused because of a feature that is not among
// [Config.Features] satisfies assert_malformed and assert_invalid with any
// text: the scripts of a proposal are written for the language before other
// proposals.
package script

// A Script is a parsed script.
type Script struct {
	// Commands are the commands in order.
	Commands []Command
	src      []byte
}

// A Kind says what a command does.
type Kind uint8

// The kinds of command.
const (
	KindModule          Kind = iota // (module ...), (component ...): define, and instantiate unless it is a definition
	KindInstance                    // (module instance ...), (component instance ...)
	KindRegister                    // (register "name" $instance?)
	KindAction                      // (invoke ...), (get ...)
	KindReturn                      // (assert_return action value*)
	KindTrap                        // (assert_trap action|module "text")
	KindExhaustion                  // (assert_exhaustion action "text")
	KindException                   // (assert_exception action)
	KindInvalid                     // (assert_invalid module "text")
	KindMalformed                   // (assert_malformed module "text")
	KindInvalidCustom               // (assert_invalid_custom module "text")
	KindMalformedCustom             // (assert_malformed_custom module "text")
	KindUnlinkable                  // (assert_unlinkable module "text")
	KindThread                      // (thread $name (shared (module $m))* command*)
	KindWait                        // (wait $thread)
	KindScript                      // (script $name? command*)
	KindMeta                        // (input ...), (output ...)
)

// Assertion tells whether commands of the kind are counted.
func (k Kind) Assertion() bool { return k >= KindReturn && k <= KindUnlinkable }

// A Command is one command of a script.
type Command struct {
	Kind Kind
	// Head is the keyword that the command starts with, such as "assert_trap".
	Head string
	// Line and Col are the place of its parenthesis; they count from 1.
	Line, Col int
	// Name is the identifier without "$" that an instance, thread or script
	// gets, or that a register or wait command means; "" when there is none.
	Name string
	// Module is what KindModule, KindInstance and the assertions about modules
	// are about.
	Module *Module
	// Action is what KindAction and the assertions about actions perform.
	Action *Action
	// Expect are the results that KindReturn expects.
	Expect []Value
	// Text is the failure that an assertion expects, or the name to register.
	Text string
	// Commands are those of a thread or script, and Shared the instances of
	// the surrounding script that a thread may use.
	Commands []Command
	Shared   []string
}

// A Form says how a module is written.
type Form uint8

// The forms of modules.
const (
	FormText     Form = iota // as text
	FormBinary               // as strings, in the binary format
	FormQuote                // as strings, in the text format
	FormInline               // the whole file, as bare fields
	FormInstance             // not a module: an instance of one defined before
)

// A Module is a module or component as a command has it.
type Module struct {
	Form Form
	// Component tells that it is a component.
	Component bool
	// Definition tells that it is not instantiated.
	Definition bool
	// Name is its identifier without "$"; "" when it has none.
	Name string
	// Of is the definition that a FormInstance is made from; "" for the last.
	Of string
	// Line and Col are the place behind the head and the name of the form, at
	// which src starts; it ends with the parenthesis that closes the form.
	Line, Col int
	at        uint32
	src       []byte
}

// An Action is an interaction with an instance.
type Action struct {
	// Get reads a global; otherwise a function is invoked.
	Get bool
	// Instance is the identifier of the instance without "$"; "" for the last.
	Instance string
	// Name is the export.
	Name string
	// Args are the arguments of an invocation.
	Args []Value
}
