// This file is instances (explainer, section "Instance Definitions").

package valid

import (
	"github.com/dray-wasm/dray/component"
	core "github.com/dray-wasm/dray/wasm/valid"
)

// coreModuleDef checks a core module.
func (v *validator) coreModuleDef(d *component.CoreModule) error {
	s := v.scope
	if err := s.room(component.SortCoreModule); err != nil {
		return err
	}
	note := "core module " + utoa(uint64(len(s.CoreModules)))
	if d.Module == nil {
		return errf(CodeCore, "%s is missing", note)
	}
	if err := core.Module(d.Module, v.coreFeatures); err != nil {
		return within(err, note)
	}
	imports, exports, err := v.core.AddExterns(d.Module)
	if err != nil {
		return within(err, note)
	}
	id, err := v.addModule(imports, exports)
	if err != nil {
		return within(err, note)
	}
	s.CoreModules = append(s.CoreModules, id)
	return nil
}

// coreInstanceDef checks a core instance.
func (v *validator) coreInstanceDef(d *component.CoreInstance) error {
	s := v.scope
	if err := s.room(component.SortCoreInstance); err != nil {
		return err
	}
	exports, err := v.coreInstance(d)
	if err != nil {
		return err
	}
	s.CoreInstances = append(s.CoreInstances, exports)
	return nil
}

func (v *validator) coreInstance(d *component.CoreInstance) (*CoreExports, error) {
	if d.Inline {
		return v.inlineCore(d.Exports)
	}
	s := v.scope
	if err := s.check(component.SortCoreModule, d.Module); err != nil {
		return nil, err
	}
	args := make(map[string]*CoreExports, len(d.Args))
	for _, a := range d.Args {
		if args[a.Name] != nil {
			return nil, errf(CodeDuplicate, "duplicate module instantiation argument named %s", quote(a.Name))
		}
		if err := s.check(component.SortCoreInstance, a.Instance); err != nil {
			return nil, err
		}
		args[a.Name] = s.CoreInstances[a.Instance]
	}
	m := &v.types.modules[s.CoreModules[d.Module]]
	if err := v.charge(len(m.Imports)); err != nil {
		return nil, err
	}
	for _, imp := range m.Imports {
		arg := args[imp.Module]
		if arg == nil {
			return nil, errf(CodeMissing, "missing module instantiation argument named %s", quote(imp.Module))
		}
		t, ok := arg.Find(imp.Name)
		if !ok {
			return nil, errf(CodeMissing, "module instantiation argument %s does not export an item named %s", quote(imp.Module), quote(imp.Name))
		}
		if err := v.matchCore(t, imp.Type); err != nil {
			return nil, within(err, "type mismatch for export "+quote(imp.Name)+" of module instantiation argument "+quote(imp.Module))
		}
	}
	return &m.Exports, nil
}

// inlineCore is a core instance that is made of definitions.
func (v *validator) inlineCore(list []component.CoreInlineExport) (*CoreExports, error) {
	e := &CoreExports{List: make([]core.ExternExport, len(list)), index: make(map[string]int32, len(list))}
	for i, x := range list {
		if _, ok := e.index[x.Name]; ok {
			return nil, errf(CodeDuplicate, "export name %s already defined", quote(x.Name))
		}
		t, err := v.scope.coreItem(x.Item)
		if err != nil {
			return nil, within(err, "export "+quote(x.Name))
		}
		e.List[i] = core.ExternExport{Name: x.Name, Type: t}
		e.index[x.Name] = int32(i)
	}
	return e, nil
}

// instanceDef checks an instance.
func (v *validator) instanceDef(d *component.Instance) error {
	s := v.scope
	if err := s.room(component.SortInstance); err != nil {
		return err
	}
	id, err := v.instance(d)
	if err != nil {
		return err
	}
	s.Instances = append(s.Instances, id)
	return nil
}

func (v *validator) instance(d *component.Instance) (TypeID, error) {
	if d.Inline {
		return v.inline(d.Exports)
	}
	s := v.scope
	if err := s.check(component.SortComponent, d.Component); err != nil {
		return 0, err
	}
	args := make(map[string]Extern, len(d.Args))
	for _, a := range d.Args {
		if _, ok := args[a.Name]; ok {
			return 0, errf(CodeDuplicate, "instantiation argument %s conflicts with previous argument %s", quote(a.Name), quote(a.Name))
		}
		x, err := s.item(a.Name, a.Item)
		if err != nil {
			return 0, within(err, "instantiation argument "+quote(a.Name))
		}
		args[a.Name] = x
	}
	return v.instantiate(s.Components[d.Component], args)
}

// instantiate is the type of an instance of a component, with its arguments in
// place of its imports, and new resource types in place of those it defines.
func (v *validator) instantiate(id TypeID, args map[string]Extern) (TypeID, error) {
	ext := v.types.types[id].ext
	m := v.newMatcher(ext.scope, true)
	for _, imp := range ext.imports {
		arg, ok := args[imp.Name]
		if !ok {
			return 0, errf(CodeMissing, "missing import named %s: the component imports it, so an argument is needed", quote(imp.Name))
		}
		if err := m.extern(arg, imp); err != nil {
			return 0, within(err, "type mismatch for import "+quote(imp.Name))
		}
	}
	m.s.open = ext.scope
	list, changed := ext.exports, false
	if v.types.types[id].props&(hasResource|hasNamed) != 0 && !m.s.idle() {
		var err error
		if list, changed, err = m.s.list(list); err != nil {
			return 0, err
		}
	}
	if changed {
		return v.types.addExterns(KindInstance, &externs{exports: list})
	}
	if ext.instance == 0 {
		inst, err := v.types.addExterns(KindInstance, &externs{exports: list, exportAt: ext.exportAt})
		if err != nil {
			return 0, err
		}
		ext.instance = inst
	}
	return ext.instance, nil
}

// inline is an instance that is made of definitions. Its type exports are the
// very types that are given, and not new names for them.
func (v *validator) inline(list []component.InlineExport) (TypeID, error) {
	if len(list) > MaxSpace {
		return 0, errf(CodeLimit, "too many exports of an instance: more than %d", MaxSpace)
	}
	var l externList
	for _, e := range list {
		x, err := v.scope.item(e.Name.Name, e.Item)
		if err != nil {
			return 0, within(err, "export "+quote(e.Name.Name))
		}
		if err := v.externName(&l, e.Name, x, "export"); err != nil {
			return 0, err
		}
		l.list = append(l.list, x)
	}
	return v.types.addExterns(KindInstance, &externs{exports: l.list})
}
