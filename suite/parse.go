package suite

// This file parses test specs. Both forms become a list of operations: the
// legacy one (args, env, root, stdout, stderr, exit_code) is short for run,
// read, read and wait.

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/dray-wasm/dray/diag"
)

var (
	legacyKeys = []string{"args", "root", "env", "exit_code", "stderr", "stdout"}
	configKeys = []string{"operations", "proposals", "world", "servers"}
	opTypes    = []string{"run", "wait", "read", "write", "connect", "send", "recv", "request", "kill"}
)

// ParseSpec parses the spec in file, whose content is src. Relative roots are
// joined to dir. The warnings are harmless oddities, such as unknown fields.
// Errors are [*diag.Error] and name the file, the line and the field.
func ParseSpec(src []byte, file, dir string) (spec *Spec, warnings []error, err error) {
	p := &specParser{dir: dir}
	spec, err = p.parse(src)
	for i, w := range p.warnings {
		p.warnings[i] = diag.WithPath(w, file)
	}
	return spec, p.warnings, diag.WithPath(err, file)
}

// A specParser holds what parsing one spec needs and collects.
type specParser struct {
	dir      string
	warnings []error
}

func (p *specParser) parse(src []byte) (*Spec, error) {
	top, err := parseJSON(src)
	if err != nil {
		return nil, err
	}
	if top.kind != kindObject {
		return nil, top.errorf("a test spec is a JSON object, got %s", top.kind)
	}
	if err := rejectMixed(top); err != nil {
		return nil, err
	}
	var spec *Spec
	if top.get("operations") != nil || top.get("proposals") != nil || top.get("servers") != nil {
		spec, err = p.config(top)
	} else {
		spec, err = p.legacy(top)
	}
	if err != nil {
		return nil, err
	}
	if err := validate(spec, top); err != nil {
		return nil, err
	}
	return spec, nil
}

// rejectMixed reports a spec with keys of both forms.
func rejectMixed(top *node) error {
	firstOf := func(keys []string) string {
		for _, m := range top.members {
			if slices.Contains(keys, m.key) {
				return m.key
			}
		}
		return ""
	}
	old, new := firstOf(legacyKeys), firstOf(configKeys)
	if old == "" || new == "" {
		return nil
	}
	return top.errorf("%q belongs to the legacy form (%s), %q to the operations form (%s): one file uses one form",
		old, strings.Join(legacyKeys, ", "), new, strings.Join(configKeys, ", "))
}

// maxWarnings caps the warnings about one spec.
const maxWarnings = 20

// warn collects warnings about unknown fields.
func (p *specParser) warn(n *node, known ...string) {
	p.warnings = append(p.warnings, n.unknown(max(0, maxWarnings-len(p.warnings)), known...)...)
}

// legacy parses the legacy form. "world" and "debug" have no effect in it.
func (p *specParser) legacy(top *node) (*Spec, error) {
	p.warn(top, legacyKeys...)
	run, err := p.run(top)
	if err != nil {
		return nil, err
	}
	spec := &Spec{Operations: []Operation{run}, World: CLICommand}
	for _, id := range []string{"stdout", "stderr"} {
		if top.get(id) == nil {
			continue
		}
		payload, err := top.str(id, "")
		if err != nil {
			return nil, err
		}
		spec.Operations = append(spec.Operations, &ReadOp{ID: id, Payload: payload})
	}
	code, err := top.integer("exit_code", 0)
	if err != nil {
		return nil, err
	}
	spec.Operations = append(spec.Operations, &WaitOp{ExitCode: code})
	return spec, nil
}

// config parses the operations form.
func (p *specParser) config(top *node) (*Spec, error) {
	p.warn(top, append([]string{"debug"}, configKeys...)...)
	spec := &Spec{Debug: top.get("debug").truthy()}
	world, err := top.oneOf("world", string(CLICommand), worlds)
	if err != nil {
		return nil, err
	}
	spec.World = World(world)
	if spec.Proposals, err = top.strings("proposals"); err != nil {
		return nil, err
	}
	for i, name := range spec.Proposals {
		if !slices.Contains(proposals, name) {
			return nil, top.get("proposals").list[i].errorf("unknown proposal %q; known are %s", name, quotedList(proposals))
		}
	}
	if ops := top.get("operations"); ops != nil {
		if err := ops.want(kindList); err != nil {
			return nil, err
		}
		for _, n := range ops.list {
			op, err := p.operation(n)
			if err != nil {
				return nil, err
			}
			spec.Operations = append(spec.Operations, op)
		}
	}
	if len(spec.Operations) == 0 {
		p.warnings = append(p.warnings, top.errorf(`the spec lists no operations, so the test runs nothing and passes; write "operations": [{"type": "run"}, {"type": "wait"}]`))
	}
	spec.Servers, err = p.servers(top.get("servers"))
	return spec, err
}

// operation parses one entry of "operations".
func (p *specParser) operation(n *node) (Operation, error) {
	if err := n.want(kindObject); err != nil {
		return nil, err
	}
	if n.get("type") == nil {
		return nil, n.errorf(`"type" is missing; it is one of %s`, quotedList(opTypes))
	}
	typ, err := n.oneOf("type", "", opTypes)
	if err != nil {
		return nil, err
	}
	switch typ {
	case "run":
		p.warn(n, "type", "args", "env", "root")
		return p.run(n)
	case "wait":
		p.warn(n, "type", "exit_code")
		code, err := n.integer("exit_code", 0)
		return &WaitOp{ExitCode: code}, err
	case "connect":
		p.warn(n, "type", "id", "protocol_type")
		return connect(n)
	case "request":
		p.warn(n, "type", "method", "path", "headers", "body", "response")
		return p.request(n)
	case "kill":
		p.warn(n, "type", "signal")
		return kill(n)
	}
	p.warn(n, "type", "id", "payload")
	return transfer(n, typ)
}

// run parses the fields that start a process, in either form.
func (p *specParser) run(n *node) (*RunOp, error) {
	args, err := n.strings("args")
	if err != nil {
		return nil, err
	}
	env, err := n.pairs("env")
	if err != nil {
		return nil, err
	}
	for i, v := range env {
		if v.Name == "" || strings.ContainsAny(v.Name, "=\x00") {
			return nil, n.get("env").members[i].value.errorf("%q is not a name of a variable: it is empty or has \"=\" or NUL in it", v.Name)
		}
	}
	root, err := n.str("root", "")
	if err != nil {
		return nil, err
	}
	if root != "" {
		root = filepath.FromSlash(root)
		if !filepath.IsAbs(root) {
			root = filepath.Join(p.dir, root)
		}
	}
	return &RunOp{Args: args, Env: env, Root: root}, nil
}

// transfer parses read, write, send and recv, which share their fields.
func transfer(n *node, typ string) (Operation, error) {
	def := map[string]string{"read": "stdout", "write": "write"}[typ]
	if def == "" && n.get("id") == nil {
		return nil, n.errorf(`"id" is missing: %s needs the id of an earlier connect`, typ)
	}
	id, err := n.str("id", def)
	if err != nil {
		return nil, err
	}
	payload, err := n.str("payload", "")
	if err != nil {
		return nil, err
	}
	switch typ {
	case "read":
		return &ReadOp{id, payload}, nil
	case "write":
		return &WriteOp{id, payload}, nil
	case "send":
		return &SendOp{id, payload}, nil
	}
	return &RecvOp{id, payload}, nil
}

func connect(n *node) (Operation, error) {
	id, err := n.str("id", "server")
	if err != nil {
		return nil, err
	}
	protocol, err := n.oneOf("protocol_type", "tcp", []string{"tcp", "udp", "http"})
	return &ConnectOp{id, protocol}, err
}

func kill(n *node) (Operation, error) {
	name, err := n.str("signal", "SIGTERM")
	if err != nil {
		return nil, err
	}
	if !knownSignal(name) {
		return nil, n.get("signal").errorf(`unknown signal %q; write a name such as "SIGTERM", "SIGINT" or "SIGKILL"`, name)
	}
	return &KillOp{name}, nil
}

func (p *specParser) request(n *node) (Operation, error) {
	req := &RequestOp{}
	var err error
	if req.Method, err = n.str("method", "GET"); err != nil {
		return nil, err
	}
	if req.Path, err = n.str("path", "/"); err != nil {
		return nil, err
	}
	if req.Headers, err = n.pairs("headers"); err != nil {
		return nil, err
	}
	if req.Body, err = n.str("body", ""); err != nil {
		return nil, err
	}
	req.Response.Status = 200
	if r := n.get("response"); r != nil {
		if err := r.want(kindObject); err != nil {
			return nil, err
		}
		p.warn(r, "status", "headers", "body")
		req.Response, err = response(r)
	}
	return req, err
}

// response parses the fields that an expected and a given response share.
func response(n *node) (Response, error) {
	var r Response
	var err error
	if r.Status, err = n.integer("status", 200); err != nil {
		return r, err
	}
	if r.Headers, err = n.pairs("headers"); err != nil {
		return r, err
	}
	r.Body, err = n.str("body", "")
	return r, err
}
