// This file validates constant expressions (Validation, section "Constant
// Expressions").

package valid

import (
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/leb128"
)

// constExpr validates a constant expression of a canonical type.
func (c *checker) constExpr(x wasm.ConstExpr, t wasm.ValType) *diag.Error {
	if len(x.Code) == 0 {
		return diag.Errorf(CodeConst, diag.Pos{}, "constant expression required: there is none")
	}
	if t == wasm.I32 && isI32Const(x.Code) {
		return nil
	}
	c.begin(x.Code, x.Offset, c.single(t))
	c.locals.first, c.locals.n, c.locals.tracked = c.locals.first[:0], 0, false
	c.constant = true
	in := &c.in
	for {
		if err := c.r.Next(in); err != nil {
			c.constant = false
			return readError(err)
		}
		if c.class[in.Op] == classDenied {
			c.denied(in.Op)
		} else if c.constInstr(in); c.err == nil {
			c.step(in)
		}
		if c.err != nil {
			c.constant = false
			return c.err
		}
	}
}

// isI32Const tells whether code is "i32.const n end", the offset of nearly all
// segments, of which modules may have many thousands.
func isI32Const(code []byte) bool {
	if code[0] != byte(wasm.OpI32Const) {
		return false
	}
	_, n, err := leb128.Int32(code[1:])
	return err == nil && len(code) == n+2 && code[n+1] == byte(wasm.OpEnd)
}

// constInstr checks that a constant expression may have an instruction.
func (c *checker) constInstr(in *wasm.Instr) {
	switch in.Op {
	case wasm.OpEnd, wasm.OpI32Const, wasm.OpI64Const, wasm.OpF32Const, wasm.OpF64Const, wasm.OpV128Const,
		wasm.OpRefNull, wasm.OpRefFunc, wasm.OpRefI31,
		wasm.OpStructNew, wasm.OpStructNewDefault, wasm.OpArrayNew, wasm.OpArrayNewDefault, wasm.OpArrayNewFixed,
		wasm.OpAnyConvertExtern, wasm.OpExternConvertAny:
	case wasm.OpI32Add, wasm.OpI32Sub, wasm.OpI32Mul, wasm.OpI64Add, wasm.OpI64Sub, wasm.OpI64Mul:
		if !c.features.Has(wasm.FeatureExtendedConst) {
			c.failErr(errFeature(wasm.FeatureExtendedConst, "constant expression required: the instruction %s in a constant expression", in.Op))
		}
	case wasm.OpGlobalGet:
		c.constGlobal(in.Index)
	default:
		c.fail(CodeConst, "constant expression required: %s is not a constant instruction", in.Op)
	}
}

// constGlobal checks the global that a constant expression reads.
func (c *checker) constGlobal(x uint32) {
	if uint64(x) >= uint64(c.globals) {
		return // reported as unknown by the instruction itself
	}
	switch {
	case c.env.globals[x].Mutable:
		c.fail(CodeConst, "constant expression required: global %d is mutable", x)
	case uint64(x) >= uint64(c.importedGlobals) && !c.features.Has(wasm.FeatureGC):
		c.failErr(errFeature(wasm.FeatureGC, "unknown global %d: a constant expression that reads a global which is not imported", x))
	}
}
