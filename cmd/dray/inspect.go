package main

// This file is "dray inspect": what it finds out, and in which order.

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

// A report is what there is to know about a file. With --json it is printed as
// it is; fields are added, but do not change.
type report struct {
	File   string `json:"file"`
	Size   int64  `json:"size"`   // in bytes; of a text, the text
	Kind   string `json:"kind"`   // "module" or "component"
	Format string `json:"format"` // "binary" or "text"
	Name   string `json:"name,omitempty"`
	// Target is one of the four targets of Rust, or "" with a reason.
	Target       string `json:"target"`
	TargetReason string `json:"target_reason"`
	// Role is "command", "reactor", "service" or "library".
	Role       string `json:"role"`
	RoleReason string `json:"role_reason"`
	Valid      bool   `json:"valid"`
	Invalid    string `json:"invalid,omitempty"` // why

	Features []feature            `json:"features"`
	Imports  []extern             `json:"imports"`
	Exports  []extern             `json:"exports"`
	Sections []section            `json:"sections"`
	Builders map[string][]builder `json:"producers"`

	Start       *uint32     `json:"start,omitempty"`
	Memories    []memory    `json:"memories,omitempty"`
	Tables      []table     `json:"tables,omitempty"`
	Globals     *counts     `json:"globals,omitempty"`
	Functions   *counts     `json:"functions,omitempty"`
	CodeBytes   int64       `json:"code_bytes,omitempty"`
	Largest     []function  `json:"largest_functions,omitempty"`
	CoreModules []subModule `json:"core_modules,omitempty"` // of a component, nested ones too
	Components  int         `json:"components,omitempty"`   // nested in a component

	FunctionNames int   `json:"function_names"` // in the name section
	DebugBytes    int64 `json:"debug_bytes"`    // of DWARF sections
	Lines         bool  `json:"debug_lines"`    // source positions are there
}

// A feature is a proposal that is needed.
type feature struct {
	Name string `json:"name"`
	Runs bool   `json:"runs"` // this dray runs it
}

// An extern is an import or export. Module is empty for a component's, and
// Items are what an instance exports.
type extern struct {
	Module string   `json:"module,omitempty"`
	Name   string   `json:"name"`
	Kind   string   `json:"kind"`
	Type   string   `json:"type"`
	Items  []extern `json:"items,omitempty"`

	resource, method string // for a function of a resource
}

// A section is a section of the binary.
type section struct {
	Name   string `json:"name"`
	Custom bool   `json:"custom"`
	Offset int64  `json:"offset"`           // of the content
	Size   int64  `json:"size"`             // of the content, in bytes
	Count  int    `json:"count"`            // of what it defines; 0 for a custom section
	Module string `json:"module,omitempty"` // the name of the core module in it
}

// A builder is a language or tool of the producers section.
type builder struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// A memory is a linear memory; Max is nil when it has no maximum.
type memory struct {
	Pages    uint64  `json:"min_pages"`
	Max      *uint64 `json:"max_pages"`
	PageSize uint64  `json:"page_size"`
	Shared   bool    `json:"shared"`
	Is64     bool    `json:"memory64"`
	Imported string  `json:"imported,omitempty"` // "module.name"
	Exported string  `json:"exported,omitempty"`
}

// A table is a table; Max is nil when it has no maximum.
type table struct {
	Min      uint64  `json:"min"`
	Max      *uint64 `json:"max"`
	Type     string  `json:"type"`
	Imported string  `json:"imported,omitempty"`
	Exported string  `json:"exported,omitempty"`
}

// A counts is how many there are in an index space.
type counts struct {
	Imported int `json:"imported"`
	Defined  int `json:"defined"`
}

// A function is one of the largest functions.
type function struct {
	Index uint32 `json:"index"`
	Name  string `json:"name"` // demangled; "" when it has none
	Bytes int64  `json:"bytes"`
}

// A subModule is a core module in a component.
type subModule struct {
	Name      string `json:"name"`
	Size      int64  `json:"size"`
	Functions int    `json:"functions"`
	DebugInfo bool   `json:"debug_info"`
}

// An inspector fills a report.
type inspector struct {
	report
	runs     wasm.Features
	runsComp component.Features
	room     int // how many more bytes of names and types are listed
}

const (
	// maxListed is how many bytes the names and types of imports and exports
	// may have together, with itemRoom more for each: a short file may use a
	// long type often.
	maxListed = 8 << 20
	itemRoom  = 64
	// maxNested is how deep instances in instances are listed.
	maxNested = 20
)

func newInspectCommand() *cobra.Command {
	var asJSON, all bool
	cmd := &cobra.Command{
		Use:                   "inspect [options] FILE",
		Short:                 "Show what a module or component is and needs",
		DisableFlagsInUseLine: true,
		Long: `Inspect shows at a glance what a module or component is: which of Rust's WASI
targets it was built for, whether it is a command or a library, what it imports
and exports, its sections and memory, who built it, and which features it needs
and whether this dray runs them. FILE is a binary or a text, "-" is standard
input. An invalid file is shown as far as it can be read; the exit status is 0
then, too, and 1 for what cannot be read.

--json prints one object with everything; its fields are stable.`,
		Example: `  dray inspect app.wasm
  dray inspect --json app.wasm | jq .target`,
		Args:              oneFile("inspect"),
		ValidArgsFunction: completeInputs,
		RunE: func(_ *cobra.Command, args []string) error {
			return inspect(args[0], asJSON, all)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.Flags().BoolVarP(&all, "all", "a", false, "show all of long lists")
	cmd.SetFlagErrorFunc(flagError)
	return cmd
}

func inspect(file string, asJSON, all bool) error {
	in, err := readInput(file)
	if err != nil {
		return err
	}
	src, err := in.parse()
	if err != nil {
		return err
	}
	core, comp, err := runnable()
	if err != nil {
		return err
	}
	i := &inspector{runs: core, runsComp: comp, room: maxListed}
	i.fill(src)
	return writeOutput("", func(w io.Writer) error {
		if !asJSON {
			_, err := io.WriteString(w, i.text(all))
			return err
		}
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(&i.report)
	})
}

// fill finds out what there is to know.
func (i *inspector) fill(src *source) {
	i.File, i.Size = src.name, int64(len(src.data))
	i.Kind, i.Format, i.Valid = "module", "binary", true
	i.Features, i.Imports, i.Exports, i.Sections = []feature{}, []extern{}, []extern{}, []section{}
	i.Builders = map[string][]builder{}
	if err := src.validate(wasm.AllFeatures, component.AllFeatures); err != nil {
		i.Valid, i.Invalid = false, reason(src.locate(err))
	}
	if src.text() {
		i.Format = "text"
		src.binary(&i.report)
	}
	if src.comp != nil {
		i.Kind = "component"
		i.component(src.comp)
		return
	}
	i.module(src.module)
}

// binary gives what was read from text the sections of a binary. A module that
// has none keeps none.
func (src *source) binary(r *report) {
	bin, err := src.encode()
	if err != nil {
		if r.Valid {
			r.Valid, r.Invalid = false, reason(err)
		}
		return
	}
	again := &source{input: &input{name: src.name, data: bin, kind: binary.Sniff(bin)}}
	if decoded, err := again.parse(); err == nil {
		src.module, src.comp = decoded.module, decoded.comp
	}
}

// reason is an error without the file that it is about.
func reason(err error) string {
	var e *diag.Error
	if errors.As(err, &e) {
		plain := *e
		plain.Path = ""
		return plain.Error()
	}
	return fmt.Sprint(err)
}
