package bindgen

import (
	"os"
	"testing"

	"github.com/dray-wasm/dray/wit"
	"github.com/dray-wasm/dray/wit/encode"
)

func TestTmp(t *testing.T) {
	r, err := encode.Load(os.DirFS("../testdata/components"), "wit", wit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{"types", "resources", "registry", "consumer", "caller", "adder", "counting"} {
		w, err := Select(r, n)
		if err != nil {
			t.Fatal(err)
		}
		fs, err := World(r, w, Config{})
		if err != nil {
			t.Error(n, err)
			continue
		}
		dir := "internal/example/" + n
		os.MkdirAll(dir, 0o777)
		for _, f := range fs {
			os.WriteFile(dir+"/"+f.Name, f.Data, 0o666)
		}
	}
}
