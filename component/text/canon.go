// This file reads canonical definitions, start definitions, and functions
// (explainer, sections "Canonical Definitions" and "Start Definitions").

package text

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	core "github.com/dray-wasm/dray/wasm/text"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// A canonExpr is a canonical definition as written.
type canonExpr struct {
	def    component.Canon
	refs   [component.CanonImmOpts + 1]ref // by the kind of immediate
	result valExpr
	opts   []ref // of the options with an index
}

// canonForm reads a canonical definition that starts with "(canon".
func (p *parser) canonForm() error {
	pos, err := p.open("canon")
	if err != nil {
		return err
	}
	c, err := p.canon(pos)
	if err != nil {
		return err
	}
	open := p.s.Next()
	if open.Kind != lex.LParen {
		return p.unexpected(open, `"(" with the function that is defined`)
	}
	t := p.s.Peek()
	sort, err := p.sort(false)
	if err != nil {
		return err
	}
	if sort != canonSort(c.def.Op) {
		return p.unexpected(t, `"`+canonSort(c.def.Op).String()+`": that is what canon `+c.def.Op.String()+" defines")
	}
	b, err := p.binder()
	if err != nil {
		return err
	}
	if sort == component.SortFunc {
		if c.def.Type, err = p.typeUse(sort, pos); err != nil {
			return err
		}
	}
	if err = p.close(""); err == nil {
		err = p.close("")
	}
	if err == nil {
		_, err = p.defineCanon(c, b)
	}
	return err
}

// canonSort is the sort that a canonical definition defines.
func canonSort(op component.CanonOp) component.Sort {
	if op == component.CanonLift {
		return component.SortFunc
	}
	return component.SortCoreFunc
}

// coreFunc reads a core function behind its identifier: "(canon ...))".
func (p *parser) coreFunc(pos uint32, b binder) (uint32, error) {
	if _, err := p.open("canon"); err != nil {
		return 0, err
	}
	t := p.s.Peek()
	c, err := p.canon(pos)
	if err != nil {
		return 0, err
	}
	if canonSort(c.def.Op) != component.SortCoreFunc {
		return 0, p.unexpected(t, "a canonical definition of a core function: canon lift defines a func")
	}
	if err := p.close(""); err != nil {
		return 0, err
	}
	if err := p.close(""); err != nil {
		return 0, err
	}
	return p.defineCanon(c, b)
}

// funcBody reads a function behind its identifier: "type (canon lift ...))".
func (p *parser) funcBody(pos uint32, b binder) (uint32, error) {
	index, err := p.typeUse(component.SortFunc, pos)
	if err != nil {
		return 0, err
	}
	if _, err := p.open("canon"); err != nil {
		return 0, err
	}
	t := p.s.Peek()
	c, err := p.canon(pos)
	if err != nil {
		return 0, err
	}
	if canonSort(c.def.Op) != component.SortFunc {
		return 0, p.unexpected(t, `"lift": canon `+c.def.Op.String()+" defines a core func")
	}
	c.def.Type = index
	if err := p.close(""); err != nil {
		return 0, err
	}
	if err := p.close(""); err != nil {
		return 0, err
	}
	return p.defineCanon(c, b)
}

// canon reads a canonical definition behind "canon", up to what it defines.
func (p *parser) canon(pos uint32) (*canonExpr, error) {
	t := p.s.Next()
	op, ok := component.CanonByName(string(p.s.Bytes(t)))
	if t.Kind != lex.Keyword || !ok {
		return nil, p.unexpected(t, "lift, lower, or the name of a canonical built-in")
	}
	c := &canonExpr{def: component.Canon{Pos: int64(pos), Op: op}}
	for _, imm := range op.Info().Imms {
		if imm == component.CanonImmNone || op == component.CanonLift && imm == component.CanonImmType {
			continue
		}
		if err := p.canonImm(c, imm); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// canonImm reads an immediate.
func (p *parser) canonImm(c *canonExpr, imm component.CanonImm) (err error) {
	r := &c.refs[imm]
	switch imm {
	case component.CanonImmCoreFunc:
		*r, err = p.sortRef(component.SortCoreFunc, true)
	case component.CanonImmFunc:
		*r, err = p.sortRef(component.SortFunc, false)
	case component.CanonImmType:
		*r, err = p.refOrIndex(component.SortType, false)
	case component.CanonImmCoreType:
		*r, err = p.refOrIndex(component.SortCoreType, true)
	case component.CanonImmTable:
		*r, err = p.refOrIndex(component.SortCoreTable, true)
	case component.CanonImmMemory:
		if _, err = p.open("memory"); err == nil {
			*r, err = p.refOrIndex(component.SortCoreMemory, true)
		}
		if err == nil {
			err = p.close("")
		}
	case component.CanonImmAsync:
		c.def.Async = p.s.Word("async")
	case component.CanonImmCancellable:
		c.def.Cancellable = p.s.Word("cancellable")
	case component.CanonImmShared:
		c.def.Shared = p.s.Word("shared")
	case component.CanonImmResult:
		if p.s.Open("result") {
			if c.result, err = p.valType(); err == nil {
				err = p.close("")
			}
		}
	case component.CanonImmSlot:
		if c.def.SlotType, err = core.ParseValType(p.s, p.coreTypeIndex); err == nil {
			c.def.Slot, err = p.u32("the number of a slot")
		}
	case component.CanonImmOpts:
		err = p.canonOpts(c)
	}
	return err
}

// canonOpts reads canonical options.
func (p *parser) canonOpts(c *canonExpr) error {
	for {
		kind, ok := p.canonOptKind()
		if !ok {
			return nil
		}
		var r ref
		if kind.HasIndex() {
			p.s.Next()
		}
		t := p.s.Next()
		if kind.HasIndex() {
			sort := component.SortCoreFunc
			if kind == component.OptMemory {
				sort = component.SortCoreMemory
			}
			var err error
			if r, err = p.refOrIndex(sort, true); err == nil {
				err = p.close("")
			}
			if err != nil {
				return err
			}
		}
		c.opts = append(c.opts, r)
		c.def.Opts = append(c.def.Opts, component.CanonOpt{Kind: kind})
		if len(c.opts) > binary.MaxOptions {
			return p.limit(t.Pos, binary.MaxOptions, "canonical options")
		}
	}
}

// canonOptKind is the kind of the canonical option that comes next.
func (p *parser) canonOptKind() (component.CanonOptKind, bool) {
	t := p.s.Peek()
	word := ""
	if t.Kind == lex.Keyword {
		word = p.s.Text(t)
	} else {
		word = p.s.PeekHead()
	}
	for kind := range component.NumCanonOpts {
		if kind.String() == word {
			return kind, kind.HasIndex() == (t.Kind == lex.LParen)
		}
	}
	return 0, false
}

// defineCanon resolves what a canonical definition refers to, and defines it.
func (p *parser) defineCanon(c *canonExpr, b binder) (uint32, error) {
	d := &c.def
	var err error
	for _, imm := range d.Op.Info().Imms {
		switch imm {
		case component.CanonImmCoreFunc, component.CanonImmFunc:
			d.Func, err = p.resolve(c.refs[imm])
		case component.CanonImmType, component.CanonImmCoreType:
			if d.Op != component.CanonLift {
				d.Type, err = p.resolve(c.refs[imm])
			}
		case component.CanonImmTable:
			d.Table, err = p.resolve(c.refs[imm])
		case component.CanonImmMemory:
			d.Memory, err = p.resolve(c.refs[imm])
		case component.CanonImmResult:
			d.Result, err = p.emitVal(c.result)
		case component.CanonImmOpts:
			for i := range d.Opts {
				if d.Opts[i].Kind.HasIndex() && err == nil {
					d.Opts[i].Index, err = p.resolve(c.opts[i])
				}
			}
		}
		if err != nil {
			return 0, err
		}
	}
	return p.define(d, canonSort(c.def.Op), b)
}

// startForm reads a start definition.
func (p *parser) startForm() error {
	pos, err := p.open("start")
	if err != nil {
		return err
	}
	d := &component.Start{Pos: int64(pos)}
	f, err := p.refOrIndex(component.SortFunc, false)
	if err != nil {
		return err
	}
	var args []ref
	for p.s.HeadIs("value") {
		r, err := p.sortRef(component.SortValue, false)
		if err != nil {
			return err
		}
		if args = append(args, r); len(args) > binary.MaxParams {
			return p.limit(pos, binary.MaxParams, "arguments of a start definition")
		}
	}
	results, err := p.startResults(pos)
	if err != nil {
		return err
	}
	if d.Func, err = p.resolve(f); err != nil {
		return err
	}
	for _, r := range args {
		x, err := p.resolve(r)
		if err != nil {
			return err
		}
		d.Args = append(d.Args, x)
	}
	d.Results = uint32(len(results))
	if err := p.add(d); err != nil {
		return err
	}
	for _, b := range results {
		if _, err := p.bind(component.SortValue, b); err != nil {
			return err
		}
	}
	return nil
}

// startResults reads the results of a start definition, with the ")".
func (p *parser) startResults(pos uint32) ([]binder, error) {
	var out []binder
	for p.s.Open("result") {
		if _, err := p.open("value"); err != nil {
			return nil, err
		}
		b, err := p.binder()
		if err == nil {
			err = p.close("")
		}
		if err == nil {
			err = p.close("")
		}
		if err != nil {
			return nil, err
		}
		if out = append(out, b); len(out) > binary.MaxStartResults {
			return nil, p.limit(pos, binary.MaxStartResults, "results of a start definition")
		}
	}
	return out, p.close(`"(value" or "(result"`)
}
