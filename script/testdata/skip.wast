;; What an engine without a feature cannot run. The test takes simd away.
;; passed 7
;; skipped 9

(module $M
  (memory (export "mem") 1)
  (func (export "load") (result i32) (i32.load (i32.const 0)))
)
(module $Other (func (export "f")))
(register "M" $M)
(assert_return (invoke "f"))
(assert_return (invoke $M "load") (i32.const 0))

;; It does not run, but it is validated and linked.
(module $V (func (export "v") (result v128) (v128.const i64x2 0 0)))
(register "V" $V)
(assert_return (invoke "v") (v128.const i64x2 0 0))
(assert_trap (invoke $V "v") "unreachable")
(invoke "v")
(assert_invalid (module (func (result v128) (i32.const 0))) "type mismatch")
(assert_malformed (module quote "(func (v128.const i64x2 0))") "wrong number of lane literals")
(assert_unlinkable (module (import "M" "none" (func)) (func (param v128))) "unknown import")
(assert_unlinkable (module (import "V" "v" (func))) "incompatible import type")
(assert_trap (module (func $f (local v128) (unreachable)) (start $f)) "unreachable")
(module (import "V" "v" (func (result v128))) (func (export "w")))
(assert_return (invoke "w"))
(module (func (param v128) (result i32))) ;;! type mismatch

;; What it would have changed is not known.
(module (import "M" "mem" (memory 1)) (func (local v128)))
(assert_return (invoke $M "load") (i32.const 0))
(module $W (import "M" "mem" (memory 1)) (data (i32.const 0) "\01") (func (export "f") (local v128)))
(assert_return (invoke $M "load") (i32.const 1))
(assert_return (invoke $W "f"))
(register "W" $W)
(module $X (import "M" "mem" (memory 1)) (func (export "f")))
(assert_return (invoke $X "f"))
(module $Y (import "W" "f" (func)) (func (export "f")))
(assert_return (invoke $Y "f"))
(assert_exhaustion (invoke $Y "f") "call stack exhausted")
