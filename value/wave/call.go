package wave

// This file is calls of functions.

import (
	"strings"

	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/value"
)

// A Call is a call of a function whose arguments are not read yet: their types
// are not known.
type Call struct {
	// Interface is the name of the interface the function is in, with its
	// version if there is one, or only its last part; empty for none.
	Interface string
	// Func is the name of the function: "find", "[method]file.read".
	Func string

	p    *parser
	args int
}

// ParseCall reads the name of a call: what is before the parentheses. See
// [ParseName]. [Call.Args] reads the arguments.
func ParseCall(src string) (*Call, error) {
	p, err := newParser(src)
	if err != nil {
		return nil, err
	}
	p.space()
	n := strings.IndexByte(src[p.pos:], '(')
	if n < 0 {
		p.pos = len(src)
		return nil, p.expected("`(` with the arguments behind the name of a function")
	}
	c := &Call{p: p, args: p.pos + n}
	name := strings.TrimRight(src[p.pos:c.args], " \t\r\n")
	if c.Interface, c.Func, err = parseName(name); err != nil {
		return nil, p.badName(err)
	}
	return c, nil
}

// String is the name of the function as in "pkg:ns/iface@1.0.0#func".
func (c *Call) String() string {
	if c.Interface == "" {
		return c.Func
	}
	return c.Interface + "#" + c.Func
}

// Args reads the arguments for some parameters. Those at the end that are none
// may be left out.
func (c *Call) Args(params []value.Field) ([]value.Value, error) {
	p := c.p
	p.pos, p.values, p.depth = c.args+1, 0, 0
	var args []value.Value
	err := p.sequence(')', func() error {
		if len(args) == len(params) {
			return p.errf(CodeType, p.pos, "too many arguments: `%s` has %d parameters", c, len(params))
		}
		v, err := p.value(params[len(args)].Type)
		args = append(args, v)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, f := range params[len(args):] {
		if f.Type.Kind != value.KindOption {
			return nil, p.errf(CodeType, p.pos-1, "`%s` has %d parameters, found %d arguments: parameter `%s` of type `%s` is missing",
				c, len(params), len(args), f.Name, f.Type.Short())
		}
		v, err := value.None(f.Type)
		if err != nil {
			return nil, err
		}
		args = append(args, v)
	}
	return args, p.end()
}

// ParseName reads the name of a function, with that of its interface or
// without:
//
//	find
//	registry.find
//	docs:people/registry#find
//	docs:people/registry.find
//	docs:people/registry@1.0.0.find
//	docs:people/registry.find@1.0.0
//	docs:people/registry.[method]file.read
//
// Labels may have a percent sign in front, which is not part of them.
func ParseName(s string) (iface, fn string, err error) {
	if iface, fn, err = parseName(s); err != nil {
		return "", "", (&parser{src: s}).badName(err)
	}
	return iface, fn, nil
}

// badName is the error for a name at pos.
func (p *parser) badName(err error) error {
	e := p.errf(CodeSyntax, p.pos, "expected the name of a function such as `namespace:package/interface.function`")
	e.Err = err
	return e
}

func parseName(s string) (iface, fn string, err error) {
	iface, fn = splitName(s)
	iface, fn = strings.TrimPrefix(iface, "%"), strings.TrimPrefix(fn, "%")
	if err := checkFunc(fn); err != nil || iface == "" {
		return "", fn, err
	}
	if strings.ContainsAny(iface, ":/@") {
		_, err = valtype.ParseInterfaceName(iface)
	} else {
		err = valtype.CheckLabel(iface)
	}
	return iface, fn, err
}

// checkFunc checks the name of a function within an interface.
func checkFunc(fn string) error {
	if strings.HasPrefix(fn, "[") {
		_, err := valtype.ParseName(fn)
		return err
	}
	return valtype.CheckLabel(fn)
}

// splitName finds where the name of a function begins.
func splitName(s string) (iface, fn string) {
	if i := strings.LastIndexByte(s, '#'); i >= 0 {
		return s[:i], s[i+1:]
	}
	if i := strings.IndexByte(s, '['); i >= 0 {
		return strings.TrimSuffix(s[:i], "."), s[i:]
	}
	slash := strings.IndexByte(s, '/') + 1
	if at := strings.IndexByte(s, '@'); at > slash {
		if dot := strings.IndexByte(s[slash:at], '.'); dot >= 0 { // version behind the function
			dot += slash
			return s[:dot] + s[at:], s[dot+1 : at]
		}
	}
	if i := strings.LastIndexByte(s, '.'); i >= 0 {
		return s[:i], s[i+1:]
	}
	return "", s
}
