// This file is the commands "thread" and "wait" of the proposal "threads".

package script

import (
	"context"
	"fmt"
	"time"
)

// threadGrace is how long a thread may go on when the context has ended.
const threadGrace = time.Second

// A thread is commands that run beside those of the script.
type thread struct {
	name   string
	line   int
	sc     *scope
	done   chan struct{}
	joined bool
}

// start performs a thread command. The thread sees nothing of the script but
// the instances that it is given.
func (sc *scope) start(c *Command) error {
	sub := newScope(sc.r, &Result{})
	for _, name := range c.Shared {
		in, err := sc.instance(name)
		if err != nil {
			return err
		}
		sub.set(name, in)
	}
	t := &thread{name: c.Name, line: c.Line, sc: sub, done: make(chan struct{})}
	sc.threads = append(sc.threads, t)
	go func() {
		defer close(t.done)
		sub.run(c.Commands)
		sub.join()
	}()
	return nil
}

// wait performs a wait command.
func (sc *scope) wait(c *Command) error {
	for i := len(sc.threads) - 1; i >= 0; i-- {
		if t := sc.threads[i]; t.name == c.Name {
			sc.joinThread(t)
			return nil
		}
	}
	return fmt.Errorf("unknown thread $%s", c.Name)
}

// join waits for all threads.
func (sc *scope) join() {
	for _, t := range sc.threads {
		sc.joinThread(t)
	}
}

// joinThread waits for a thread and adds its result, once. A thread that does
// not heed the context is left behind, with all that it uses: guests that wait
// in memory.atomic.wait can only be notified.
func (sc *scope) joinThread(t *thread) {
	if t.joined {
		return
	}
	t.joined = true
	select {
	case <-t.done:
	case <-sc.r.ctx.Done():
		select {
		case <-t.done:
		case <-time.After(threadGrace):
			sc.r.abandoned.Store(true)
			sc.res.fail(t.line, fmt.Errorf("the thread does not end: %w", context.Cause(sc.r.ctx)))
			return
		}
	}
	sc.res.add(t.sc.res)
}
