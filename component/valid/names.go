// This file is the rules for the names of imports and exports and for labels
// (explainer, sections "Import and Export Definitions" and "Name Uniqueness").

package valid

import (
	"strings"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/valtype"
)

// quote is a name in messages. A long one is cut.
func quote(name string) string {
	const most = 200
	if len(name) > most {
		name = strings.ToValidUTF8(name[:most], "") + "..."
	}
	return "`" + name + "`"
}

// register notes a resource type that has a plain name.
func (l *externList) register(x Extern) {
	if l.resources == nil {
		l.resources = make(map[TypeID]string)
		l.labels = make(map[string]bool)
	}
	l.resources[x.Type] = x.Name
	l.labels[strings.ToLower(x.Name)] = true
}

// externName checks the name of an import or export, and that it differs from
// those before it in l.
func (v *validator) externName(l *externList, name component.ExternName, x Extern, what string) error {
	n, err := v.parseName(name.Name, what)
	if err != nil {
		return err
	}
	if err := v.attributes(name, n, x); err != nil {
		return err
	}
	if err := v.annotated(l, n, x); err != nil {
		return within(err, what+" "+quote(name.Name))
	}
	key := valtype.UniqueKey(name.Name)
	if before, ok := l.names[key]; ok {
		return errf(CodeDuplicate, "%s name %s conflicts with previous name %s", what, quote(name.Name), quote(before))
	}
	if l.names == nil {
		l.names = make(map[string]string)
	}
	l.names[key] = name.Name
	return nil
}

// parseName checks the form of a name, and that what it uses is enabled.
func (v *validator) parseName(s, what string) (valtype.Name, error) {
	n, err := valtype.ParseName(s)
	if err != nil {
		return n, nameError(what, err)
	}
	return n, v.nameFeatures(n)
}

// nameError is the error for a name that is not formed as it must be.
func nameError(what string, err error) *diag.Error {
	msg := err.Error()
	if len(msg) > 500 {
		msg = strings.ToValidUTF8(msg[:500], "") + "..."
	}
	return errf(CodeName, "%s name %s", what, msg)
}

// nameFeatures checks that the forms in a name are enabled.
func (v *validator) nameFeatures(n valtype.Name) error {
	if n.Nested && !v.features.Has(component.FeatureNestedNames) {
		msg := "expected `/` after package name"
		if _, rest, ok := strings.Cut(n.Interface, "/"); ok && !strings.Contains(n.Namespace, ":") {
			msg = "trailing characters found: " + quote("/"+rest)
		}
		return within(v.needs(component.FeatureNestedNames, "a nested namespace or interface"), msg)
	}
	if n.Canonical() {
		return v.needs(component.FeatureCanonicalNames, "the canonical version "+quote(n.Version.String()))
	}
	return nil
}

// attributes checks the attributes of a name.
func (v *validator) attributes(name component.ExternName, n valtype.Name, x Extern) error {
	var seen [3]bool
	for _, a := range name.Attrs {
		if int(a.Kind) >= len(seen) {
			return errf(CodeName, "unknown attribute %d in name %s", a.Kind, quote(name.Name))
		}
		if seen[a.Kind] {
			return errf(CodeName, "duplicate '%s' option in name %s: at most one of each is allowed", a.Kind, quote(name.Name))
		}
		seen[a.Kind] = true
		var err error
		switch a.Kind {
		case component.Implements:
			err = v.implements(n, a.Value, name.Name, x)
		case component.VersionSuffix:
			err = v.versionSuffix(n, a.Value, name.Name)
		case component.ExternalID:
			err = v.needs(component.FeatureAttributes, "the attribute `external-id`")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// implements checks an attribute "implements".
func (v *validator) implements(n valtype.Name, value, name string, x Extern) error {
	if err := v.needs(component.FeatureAttributes, "the attribute `implements`"); err != nil {
		return err
	}
	if value == "" {
		return errf(CodeName, "`` is not a valid name in the attribute `implements` of %s: expected an interface name", quote(name))
	}
	in, err := valtype.ParseInterfaceName(value)
	if err != nil {
		return within(nameError("implements", err), "attribute of "+quote(name))
	}
	if err := v.nameFeatures(in); err != nil {
		return err
	}
	if x.Sort != component.SortInstance {
		return errf(CodeName, "only instances can have an `implements` attribute, but %s is %s", quote(name), sortNoun(x.Sort))
	}
	if n.Kind != valtype.LabelName {
		return errf(CodeName, "name %s is not valid with `implements`: expected a plain name", quote(name))
	}
	return nil
}

// versionSuffix checks an attribute "versionsuffix".
func (v *validator) versionSuffix(n valtype.Name, value, name string) error {
	if err := v.needs(component.FeatureCanonicalNames, "the attribute `versionsuffix`"); err != nil {
		return err
	}
	_, version, ok := strings.Cut(name, "@")
	if !ok || n.Kind != valtype.InterfaceName {
		return errf(CodeName, "`versionsuffix` on %s: expected an interface name with a version", quote(name))
	}
	if _, err := valtype.ParseCanonVersion(version); err != nil {
		return errf(CodeName, "`versionsuffix` on %s: the version must be canonical, such as 1, 0.2 or 0.0.1", quote(name))
	}
	full, err := valtype.ParseVersion(version + value)
	if err != nil {
		return errf(CodeName, "`versionsuffix` %s does not complete the version of %s: %v", quote(value), quote(name), err)
	}
	if canon, _ := full.Canon(); canon != version {
		return errf(CodeName, "`versionsuffix` %s changes the version of %s: %s belongs to the canonical version %s", quote(value), quote(name), full, canon)
	}
	return nil
}

// annotated checks the type of a function whose name says that it is a
// constructor, method or static function of a resource type.
func (v *validator) annotated(l *externList, n valtype.Name, x Extern) error {
	if n.Kind == valtype.LabelName || n.Kind == valtype.InterfaceName {
		return nil
	}
	if x.Sort != component.SortFunc {
		return errf(CodeName, "item is not a func: expected the %s of a resource", n.Kind)
	}
	f := v.types.types[x.Type]
	switch n.Kind {
	case valtype.ConstructorName:
		if f.Result == 0 {
			return errf(CodeName, "function should return one value")
		}
		t := v.types.types[f.Result]
		if t.Kind == KindResult && t.Elems[0] != 0 {
			t = v.types.types[t.Elems[0]]
		}
		if t.Kind != KindOwn {
			return errf(CodeName, "function should return `(own $T)` or `(result (own $T))`, found %s", v.types.describe(f.Result))
		}
		return l.resourceName(t.Elems[0], n.Resource)
	case valtype.MethodName:
		if len(f.Elems) == 0 {
			return errf(CodeName, "function should have at least one argument")
		}
		if f.Labels[0] != "self" {
			return errf(CodeName, "function should have a first argument called `self`, found %s", quote(f.Labels[0]))
		}
		t := v.types.types[f.Elems[0]]
		if t.Kind != KindBorrow {
			return errf(CodeName, "function should take a first argument of `(borrow $T)`, found %s", v.types.describe(f.Elems[0]))
		}
		return l.resourceName(t.Elems[0], n.Resource)
	}
	if !l.labels[strings.ToLower(n.Resource)] {
		return errf(CodeName, "static resource name is not known in this context: there is no resource named %s", quote(n.Resource))
	}
	return nil
}

// resourceName checks that a resource type has the name.
func (l *externList) resourceName(id TypeID, name string) error {
	found, ok := l.resources[id]
	if !ok {
		return errf(CodeName, "resource used in function does not have a name in this context: expected the resource named %s", quote(name))
	}
	if !strings.EqualFold(found, name) {
		return errf(CodeName, "function does not match expected resource name %s", quote(found))
	}
	return nil
}

// labels checks the labels of a type: formed well, and strongly unique. what
// says whose labels they are, kind what one of them is called.
func checkLabels(labels []string, what, kind string) error {
	seen := make(map[string]string, len(labels))
	for _, l := range labels {
		if l == "" {
			return errf(CodeName, "%s name cannot be empty", what)
		}
		if err := valtype.CheckLabel(l); err != nil {
			return errf(CodeName, "%s name %s is not in kebab case", what, quote(l))
		}
		key := strings.ToLower(l)
		if before, ok := seen[key]; ok {
			return errf(CodeDuplicate, "%s name %s conflicts with previous %s name %s", what, quote(l), kind, quote(before))
		}
		seen[key] = l
	}
	return nil
}
