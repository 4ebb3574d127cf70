package keyvalue_test

import (
	"context"
	"fmt"

	"github.com/dray-wasm/dray/wasi"
	"github.com/dray-wasm/dray/wasi/keyvalue"
)

// A guest is given one bucket, of a store in memory.
func Example() {
	store := keyvalue.NewMemory(16 << 20)
	cfg := wasi.Config{
		KeyValue: keyvalue.Restrict(store, keyvalue.Limits{
			Buckets:  []string{"visits"},
			MaxValue: 1 << 10,
		}),
	}
	// After wasi.Run(ctx, component, cfg), the program reads what is there.
	_ = cfg

	ctx := context.Background()
	visits, err := store.Open(ctx, "visits")
	if err != nil {
		fmt.Println(err)
		return
	}
	n, err := visits.Increment(ctx, "page", 1)
	fmt.Println(n, err)
	// Output: 1 <nil>
}
