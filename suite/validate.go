package suite

// This file checks the order of a spec's operations without running them.

// A streamType is what kind of stream an id names.
type streamType string

const (
	readablePipe streamType = "an output of the process"
	writablePipe streamType = "the input of the process"
	connection   streamType = "a connection"
)

// A validator follows the operations: whether a process runs, and which
// streams exist.
type validator struct {
	running bool
	streams map[string]streamType
}

// validate checks that operations stand in an order that can be carried out.
// top places the errors.
func validate(spec *Spec, top *node) error {
	v := &validator{streams: map[string]streamType{}}
	ops := top.get("operations")
	for i, op := range spec.Operations {
		at := top
		if ops != nil {
			at = ops.list[i]
		}
		if err := v.step(op, at); err != nil {
			return err
		}
	}
	if v.running {
		return top.errorf(`the process still runs at the end: add {"type": "wait"}`)
	}
	return nil
}

// step checks one operation and follows what it does.
func (v *validator) step(op Operation, at *node) error {
	if run, ok := op.(*RunOp); ok {
		if v.running {
			return at.errorf(`%s: a process still runs: put a "wait" before it`, run)
		}
		v.running = true
		v.streams["stdin"] = writablePipe
		v.streams["stdout"] = readablePipe
		v.streams["stderr"] = readablePipe
		return nil
	}
	if !v.running {
		return at.errorf(`%s: no process runs: put a "run" before it`, op)
	}
	switch op := op.(type) {
	case *WaitOp:
		v.running = false
		clear(v.streams)
	case *ReadOp:
		return v.need(op, op.ID, readablePipe, at)
	case *WriteOp:
		return v.need(op, op.ID, writablePipe, at)
	case *SendOp:
		return v.need(op, op.ID, connection, at)
	case *RecvOp:
		return v.need(op, op.ID, connection, at)
	case *ConnectOp:
		if op.Protocol != "tcp" {
			return at.errorf(`%s: protocol %q cannot be connected; only "tcp" can`, op, op.Protocol)
		}
		if _, ok := v.streams[op.ID]; ok {
			return at.errorf("%s: a stream with the id %q exists", op, op.ID)
		}
		v.streams[op.ID] = connection
	}
	return nil
}

// need reports an id that names no stream of a type.
func (v *validator) need(op Operation, id string, typ streamType, at *node) error {
	got, ok := v.streams[id]
	switch {
	case !ok && typ == writablePipe:
		return at.errorf(`%s: no stream has the id %q; the input of the process is "stdin"`, op, id)
	case !ok && typ == readablePipe:
		return at.errorf(`%s: no stream has the id %q; the outputs of the process are "stdout" and "stderr"`, op, id)
	case !ok:
		return at.errorf(`%s: no stream has the id %q; put a "connect" with that id before it`, op, id)
	case got != typ:
		return at.errorf("%s: %q is %s; this needs %s", op, id, got, typ)
	}
	return nil
}
