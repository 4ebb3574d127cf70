package redis

// This file is what a bucket does.

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/dray-wasm/dray/wasi/keyvalue"
)

// A bucket is a hash.
type bucket struct {
	client *redis.Client
	hash   string
}

var _ keyvalue.Bucket = (*bucket)(nil)

func (b *bucket) Get(ctx context.Context, key string) ([]byte, bool, error) {
	v, err := do(ctx, func() ([]byte, error) { return b.client.HGet(ctx, b.hash, key).Bytes() })
	if err == redis.Nil {
		return nil, false, nil
	}
	return v, err == nil, err
}

func (b *bucket) Set(ctx context.Context, key string, value []byte) error {
	_, err := do(ctx, func() (int64, error) { return b.client.HSet(ctx, b.hash, key, value).Result() })
	return err
}

func (b *bucket) Delete(ctx context.Context, key string) error {
	return b.DeleteMany(ctx, []string{key})
}

func (b *bucket) Exists(ctx context.Context, key string) (bool, error) {
	return do(ctx, func() (bool, error) { return b.client.HExists(ctx, b.hash, key).Result() })
}

const (
	// scanned is how many keys the server is asked to look at for a page.
	scanned = 500
	// maxEmpty is how many answers without keys are passed over.
	maxEmpty = 100
)

// List lists keys in the order of the server, some of them twice. A cursor is
// the server's.
func (b *bucket) List(ctx context.Context, cursor string) (p keyvalue.Page, err error) {
	at := uint64(0)
	if cursor != "" {
		if at, err = strconv.ParseUint(cursor, 10, 64); err != nil || at == 0 {
			return p, &keyvalue.Error{Text: "the cursor is not one of this bucket"}
		}
	}
	for range maxEmpty {
		if p.Keys, at, err = b.scan(ctx, at); err != nil {
			return keyvalue.Page{}, err
		}
		if len(p.Keys) > 0 || at == 0 {
			break
		}
	}
	if at != 0 {
		p.Next = strconv.FormatUint(at, 10)
	}
	return p, nil
}

// scan asks for keys, without their values where the server can do that.
func (b *bucket) scan(ctx context.Context, at uint64) (keys []string, next uint64, err error) {
	type page struct {
		keys []string
		next uint64
	}
	p, err := do(ctx, func() (page, error) {
		keys, next, err := b.client.HScanNoValues(ctx, b.hash, at, "", scanned).Result()
		if err == nil || !strings.Contains(err.Error(), "syntax error") {
			return page{keys, next}, err
		}
		pairs, next, err := b.client.HScan(ctx, b.hash, at, "", scanned).Result()
		keys = pairs[:0]
		for i := 0; i < len(pairs); i += 2 {
			keys = append(keys, pairs[i])
		}
		clear(pairs[len(keys):]) // lets go of the values
		return page{keys, next}, err
	})
	return p.keys, p.next, err
}

func (b *bucket) Increment(ctx context.Context, key string, delta int64) (int64, error) {
	return do(ctx, func() (int64, error) { return b.client.HIncrBy(ctx, b.hash, key, delta).Result() })
}

func (b *bucket) Snapshot(ctx context.Context, key string) (keyvalue.Snapshot, error) {
	v, ok, err := b.Get(ctx, key)
	return keyvalue.Snapshot{Value: v, Found: ok}, err
}

// swapScript sets the value ARGV[4] of the key ARGV[1] if the one that is there
// is ARGV[3], where ARGV[2] is "1", or if there is none, where it is "0".
var swapScript = redis.NewScript(`
local now = redis.call('HGET', KEYS[1], ARGV[1])
if ARGV[2] == '1' and now ~= ARGV[3] or ARGV[2] == '0' and now then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[4])
return 1
`)

func (b *bucket) Swap(ctx context.Context, key string, old keyvalue.Snapshot, value []byte) (bool, error) {
	found := "0"
	if old.Found {
		found = "1"
	}
	return do(ctx, func() (bool, error) {
		n, err := swapScript.Run(ctx, b.client, []string{b.hash}, key, found, old.Value, value).Int()
		return n == 1, err
	})
}

func (b *bucket) GetMany(ctx context.Context, keys []string) ([][]byte, error) {
	if len(keys) == 0 {
		return nil, ctx.Err()
	}
	found, err := do(ctx, func() ([]any, error) { return b.client.HMGet(ctx, b.hash, keys...).Result() })
	if err != nil {
		return nil, err
	}
	values := make([][]byte, len(keys))
	if len(found) != len(keys) {
		return nil, fmt.Errorf("the server gave %d values for %d keys", len(found), len(keys))
	}
	for i, v := range found {
		if s, ok := v.(string); ok {
			values[i] = []byte(s)
		}
	}
	return values, nil
}

// step is how many keys are set or removed by one command.
const step = 500

// SetMany sets some values at a time.
func (b *bucket) SetMany(ctx context.Context, pairs []keyvalue.Pair) error {
	for some := range slices.Chunk(pairs, step) {
		args := make([]any, 0, 2*len(some))
		for _, p := range some {
			args = append(args, p.Key, p.Value)
		}
		if _, err := do(ctx, func() (int64, error) { return b.client.HSet(ctx, b.hash, args...).Result() }); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// DeleteMany removes some keys at a time.
func (b *bucket) DeleteMany(ctx context.Context, keys []string) error {
	for some := range slices.Chunk(keys, step) {
		if _, err := do(ctx, func() (int64, error) { return b.client.HDel(ctx, b.hash, some...).Result() }); err != nil {
			return err
		}
	}
	return ctx.Err()
}
