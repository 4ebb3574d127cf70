package wit_test

import (
	"fmt"
	"os"

	"github.com/dray-wasm/dray/wit"
)

func ExampleParse() {
	r, err := wit.Parse("greet.wit", []byte(`
		package example:greet@1.0.0;
		interface greeter {
			record person { name: string, age: u8 }
			greet: func(who: person) -> result<string>;
		}
		world app { export greeter; }
	`), wit.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	w, err := r.SelectWorld("app")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, item := range w.Exports {
		fmt.Println("exports", item.ExternName())
		for _, t := range item.Interface.Types {
			switch k := t.Kind.(type) {
			case *wit.Record:
				fmt.Println("  record", t.Name, "with", len(k.Fields), "fields")
			}
		}
		for f := range item.Interface.AllFuncs() {
			fmt.Println("  func", f.ExternName(), "with", len(f.Params), "parameters")
		}
	}
	// Output:
	// exports example:greet/greeter@1.0.0
	//   record person with 2 fields
	//   func greet with 1 parameters
}

func ExamplePrint() {
	r, err := wit.Parse("a.wit", []byte("package a:b; interface i{f:func(x:list<u8>);}"), wit.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := wit.Print(os.Stdout, r, wit.PrintOptions{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// package a:b;
	//
	// interface i {
	//   f: func(x: list<u8>);
	// }
}
