package dray

// This file is the end of what calls leave behind, and what they wait for.

import "context"

// Wait waits until nothing goes on in the instance: until every task of an
// async function has ended, also those that go on after they returned their
// result. It returns the trap that ended the instance, or the cause of ctx's
// end. Tasks that wait for what cannot come are an error; they are left as they
// are.
func (in *Instance) Wait(ctx context.Context) error {
	return in.explain(in.in.State.Settled(ctx))
}

// Patient makes calls of async functions wait until their context ends where
// their tasks wait for what only another call can bring. Without it such a call
// is a deadlock, which is a trap, as soon as no task of the instance can go on,
// no function of the host is under way for it, and the program holds no stream
// or future of it: it is not known whether other calls will come. It is for
// instances of components.
func Patient() Option { return func(c *instanceConfig) { c.patient = true } }
