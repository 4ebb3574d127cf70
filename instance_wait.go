package dray

// This file is the end of what calls leave behind.

import "context"

// Wait waits until nothing goes on in the instance: until every task of an
// async function has ended, also those that go on after they returned their
// result. It returns the trap that ended the instance, or the cause of ctx's
// end. Tasks that wait for what cannot come are an error; they are left as they
// are.
func (in *Instance) Wait(ctx context.Context) error {
	return in.explain(in.in.State.Settled(ctx))
}
