// This file includes worlds of other packages.

package wit_test

import (
	"bytes"
	"testing"

	"github.com/dray-wasm/dray/wit"
)

// TestIncludedGates checks which gates come with a world: those of another
// package name versions of that package.
func TestIncludedGates(t *testing.T) {
	const other = `
package c:d@1.2.0 {
	interface i {}
	interface j {}
	world v {
		@since(version = 1.0.0) @deprecated(version = 1.2.0) import i;
		@unstable(feature = x) @deprecated(version = 1.1.0) export j;
		@since(version = 1.0.0) import f: func(a: r);
		@since(version = 1.1.0) type r = u8;
		@since(version = 1.1.0) resource z { @since(version = 1.2.0) g: func(); }
	}
}`
	for _, tt := range []struct{ root, want string }{
		{"package a:b; world w { include c:d/v@1.2.0; }", `package a:b;

world w {
  import c:d/i@1.2.0;

  type r = u8;

  resource z {
    g: func();
  }

  import f: func(a: r);

  export c:d/j@1.2.0;
}
`},
		{"package a:b@0.1.0; world w { include c:d/v@1.2.0; }", `package a:b@0.1.0;

world w {
  import c:d/i@1.2.0;

  type r = u8;

  resource z {
    g: func();
  }

  import f: func(a: r);

  @unstable(feature = x)
  export c:d/j@1.2.0;
}
`},
		{"package a:b@0.1.0; world w { include v; } interface i {} world v { @since(version = 0.1.0) import i; }", `package a:b@0.1.0;

interface i {
}

world w {
  @since(version = 0.1.0)
  import i;
}

world v {
  @since(version = 0.1.0)
  import i;
}
`},
	} {
		r, err := wit.Parse("a.wit", []byte(tt.root+other), wit.Options{AllFeatures: true})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := wit.Print(&b, r, wit.PrintOptions{RootOnly: true}); err != nil {
			t.Fatal(err)
		}
		if b.String() != tt.want {
			t.Errorf("%s: %s", tt.root, difference(b.String(), tt.want))
		}
		roundTrip(t, r)
	}
}
