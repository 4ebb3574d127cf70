// This file links functions.

package wit

import "github.com/dray-wasm/dray/valtype"

// resourceFuncs makes the functions of a resource.
func (s *space) resourceFuncs(t *TypeDef, d *astTypeDef) error {
	r, ok := t.Kind.(*Resource)
	if !ok {
		return nil
	}
	for _, def := range d.funcs {
		if err := s.lk.checkGate(s.scope, def.astMeta); err != nil {
			return err
		}
		if !s.lk.enabled(def.stability) {
			continue
		}
		f, err := s.function(def, t)
		if err != nil {
			return err
		}
		r.Funcs = append(r.Funcs, f)
	}
	return nil
}

// function makes a function, of a resource or not, and takes its name.
func (s *space) function(d *astDef, resource *TypeDef) (*Func, error) {
	f := &Func{
		Name: d.name.text, Kind: d.fun.kind, Resource: resource, Async: d.fun.async,
		Docs: d.docs, Stability: d.stability, ExternalID: d.externalID,
	}
	if f.Kind == Constructor {
		f.Name = resource.Name
	}
	if err := s.take(f.ExternName(), d.name.pos); err != nil {
		return nil, err
	}
	return f, s.signature(f, d.fun, d.name)
}

// signature gives a function its parameters and result.
func (s *space) signature(f *Func, d *astFunc, n name) error {
	seen := map[string]bool{}
	if f.Kind == Method {
		self := &TypeDef{Kind: &Borrow{f.Resource}}
		s.lk.borrows[self] = true
		f.Params = append(f.Params, Param{"self", self})
		seen["self"] = true
	}
	for _, p := range d.params {
		key := valtype.UniqueKey(p.name.text)
		if seen[key] {
			return s.scope.errorf(CodeDuplicate, p.name.pos, "the parameter `%s` is there twice", p.name.text)
		}
		seen[key] = true
		t, err := s.typ(p.typ)
		if err != nil {
			return err
		}
		f.Params = append(f.Params, Param{p.name.text, t})
	}
	var err error
	if f.Result, err = s.optional(d.result); err != nil {
		return err
	}
	if f.Result != nil && s.lk.borrows[f.Result] {
		return s.scope.errorf(CodeType, d.result.pos, "the result of `%s` has a borrow in it: a function cannot return what it borrowed", n.text)
	}
	if f.Kind == Constructor {
		return s.constructorResult(f, d)
	}
	return nil
}

// constructorResult checks or makes the result of a constructor.
func (s *space) constructorResult(f *Func, d *astFunc) error {
	if f.Result == nil {
		f.Result = &TypeDef{Kind: &Own{f.Resource}}
		return nil
	}
	if r, ok := f.Result.Kind.(*Result); ok && r.OK != nil {
		if own, ok := r.OK.Kind.(*Own); ok && own.Resource == f.Resource {
			return nil
		}
	}
	return s.scope.errorf(CodeType, d.result.pos, "the result of the constructor is not `result<%s, ...>`; without a result it is `%s`", f.Resource.Name, f.Resource.Name)
}
