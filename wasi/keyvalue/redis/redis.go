// Package redis is a store of keys and values in a Redis server
// (github.com/redis/go-redis/v9).
//
// Each bucket is a hash of Redis; its name has a prefix before it. A swap
// compares values: one that was changed and changed back counts as unchanged.
package redis

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/dray-wasm/dray/wasi/keyvalue"
)

// DefaultPrefix is before the names of buckets when [Options] do not say.
const DefaultPrefix = "wasi:keyvalue:"

// Options say how a server is used. The zero value is good.
type Options struct {
	// Prefix is before the names of buckets, which makes them the names of
	// hashes; "" means [DefaultPrefix].
	Prefix string
}

// A Store is a store in a Redis server. Every bucket is there. A call that its
// context ends returns at once; what it sent may still be done by the server,
// and its goroutine ends within the timeouts of the connection.
type Store struct {
	client *redis.Client
	prefix string
}

var _ keyvalue.Store = (*Store)(nil)

// Open makes a store of the server of a URL,
// "redis://user:password@host:port/database?option=value", with "rediss" for
// TLS and "unix" for a socket. Connections are made when they are needed, and
// nothing is sent twice.
func Open(server string, o Options) (*Store, error) {
	ro, err := redis.ParseURL(server)
	if err != nil {
		// The error of package url has the URL, and that may have a password.
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err
		}
		return nil, fmt.Errorf("the URL of the Redis server is wrong: %w", err)
	}
	ro.MaxRetries = -1 // an increment that is repeated counts twice
	ro.ContextTimeoutEnabled = true
	ro.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	if o.Prefix == "" {
		o.Prefix = DefaultPrefix
	}
	return &Store{redis.NewClient(ro), o.Prefix}, nil
}

// Close closes the connections.
func (s *Store) Close() error { return s.client.Close() }

// Ping asks whether the server is there.
func (s *Store) Ping(ctx context.Context) error {
	_, err := do(ctx, func() (string, error) { return s.client.Ping(ctx).Result() })
	return err
}

// Open gives the bucket of a name.
func (s *Store) Open(ctx context.Context, name string) (keyvalue.Bucket, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return &bucket{s.client, s.prefix + name}, nil
}

// Silence ends the messages that the client writes to the standard error
// output. It does so for all who use the client in the process.
func Silence() { redis.SetLogger(silent{}) }

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// do calls the server, and does not wait for it any longer than ctx lasts: the
// client heeds deadlines of contexts, but not that they are cancelled.
func do[T any](ctx context.Context, call func() (T, error)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	if ctx.Done() == nil {
		v, err := call()
		return v, explain(err)
	}
	type answer struct {
		v   T
		err error
	}
	answers := make(chan answer, 1)
	go func() {
		v, err := call()
		answers <- answer{v, err}
	}()
	select {
	case a := <-answers:
		if a.err != nil && ctx.Err() != nil {
			return none, ctx.Err()
		}
		return a.v, explain(a.err)
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// explain is the error for one of the client.
func explain(err error) error {
	var re redis.Error
	switch {
	case err == nil, err == redis.Nil:
		return err
	case errors.Is(err, redis.ErrClosed):
		return &keyvalue.Error{Text: "the store is closed", Err: err}
	case !errors.As(err, &re):
		return &keyvalue.Error{Text: "the store cannot be reached", Err: err}
	}
	text := re.Error()
	for part, told := range map[string]string{
		"value is not an integer": "the value is not a decimal number of 64 bits",
		"would overflow":          "the sum is not a number of 64 bits",
		"WRONGTYPE":               "the bucket is something else in the store",
		"OOM ":                    "the store is full",
	} {
		if strings.Contains(text, part) {
			return &keyvalue.Error{Text: told, Err: err}
		}
	}
	return &keyvalue.Error{Text: "the store refused the call", Err: err}
}
