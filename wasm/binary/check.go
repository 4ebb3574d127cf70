// This file reads function bodies and constant expressions of a decoded
// module to the end, for those who need them checked or as values.

package binary

import (
	"io"
	"slices"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
)

// CheckCode checks that all function bodies are well formed, and that the data
// count section is there if an instruction needs it. Together with Decode this
// is all of the binary format. It does not allocate per instruction.
func CheckCode(m *wasm.Module) error {
	var r InstrReader
	var in wasm.Instr
	for i := range m.Funcs {
		b := &m.Funcs[i].Body
		r.Reset(b.Code, b.Offset)
		for {
			err := r.Next(&in)
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			if m.DataCount == nil && usesData(in.Op) {
				return diag.Errorf(CodeCount, diag.Offset(in.Pos), "data count section required: %s refers to a data segment", in.Op)
			}
		}
	}
	return nil
}

func usesData(op wasm.Opcode) bool {
	imms := &op.Info().Imms
	return imms[0] == wasm.ImmData || imms[1] == wasm.ImmData
}

// ConstInstrs decodes a constant expression, without the final end.
func ConstInstrs(x wasm.ConstExpr) ([]wasm.Instr, error) {
	var out []wasm.Instr
	r := NewInstrReader(x.Code, x.Offset)
	for {
		var in wasm.Instr
		err := r.Next(&in)
		switch {
		case err == io.EOF:
			return slices.Clip(out[:len(out)-1]), nil
		case err != nil:
			return nil, err
		}
		out = append(out, in)
	}
}

// MakeConst makes a constant expression of instructions; it adds the final
// end.
func MakeConst(ins ...wasm.Instr) (wasm.ConstExpr, error) {
	var code []byte
	var err error
	for i := range ins {
		if code, err = AppendInstr(code, &ins[i]); err != nil {
			return wasm.ConstExpr{}, err
		}
	}
	return wasm.ConstExpr{Code: AppendOpcode(code, wasm.OpEnd)}, nil
}
