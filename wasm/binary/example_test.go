// This file is the example in the documentation of the package.

package binary_test

import (
	"fmt"
	"io"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

// A module with one exported function that adds two numbers, read
// instruction by instruction.
func Example() {
	bin := []byte("\x00asm\x01\x00\x00\x00" +
		"\x01\x07\x01\x60\x02\x7f\x7f\x01\x7f" +
		"\x03\x02\x01\x00" +
		"\x07\x07\x01\x03add\x00\x00" +
		"\x0a\x09\x01\x07\x00\x20\x00\x20\x01\x6a\x0b")
	m, err := binary.Decode(bin)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range m.ExportTypes() {
		fmt.Println(e.Name, e.Type)
	}
	body := m.Funcs[0].Body
	r := binary.NewInstrReader(body.Code, body.Offset)
	var in wasm.Instr
	for {
		err := r.Next(&in)
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%#x %s\n", in.Pos, in.Op)
	}
	// Output:
	// add (func (param i32 i32) (result i32))
	// 0x23 local.get
	// 0x25 local.get
	// 0x27 i32.add
	// 0x28 end
}
