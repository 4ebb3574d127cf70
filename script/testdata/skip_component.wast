;; Components that an engine without a feature cannot run. The test takes simd
;; away.
;; passed 5
;; skipped 8

(component definition $Lib
  (core module $m (func (export "f") (result i32) (i32.const 1)))
  (core instance $i (instantiate $m))
  (func (export "f") (result u32) (canon lift (core func $i "f"))))
(component instance $lib $Lib)
(register "lib" $lib)
(component instance $other $Lib)

;; It does not run, but it is validated.
(component $V
  (core module $m (func (export "f") (result i32) (local v128) (i32.const 1)))
  (core instance $i (instantiate $m))
  (func (export "f") (result u32) (canon lift (core func $i "f"))))
(assert_return (invoke "f") (u32.const 1))
(assert_trap (invoke $V "f") "unreachable")
(invoke $V "f")
(register "v" $V)
(assert_invalid (component (core module (func (result v128) (i32.const 0)))) "type mismatch")
(assert_trap (component (core module $m (func $s (local v128) unreachable) (start $s)) (core instance (instantiate $m))) "unreachable")
(assert_unlinkable (component (import "x" (func)) (core module (func (local v128)))) "unknown import")

;; What imports from it does not run either.
(component $W
  (import "v" (instance $v (export "f" (func (result u32)))))
  (export "f" (func $v "f")))
(assert_return (invoke $W "f") (u32.const 1))
(assert_return (invoke $lib "f") (u32.const 1))

;; What it would have changed is not known.
(component $X
  (import "lib" (instance $lib (export "f" (func (result u32)))))
  (core module (func (local v128))))
(assert_return (invoke $lib "f") (u32.const 1))
(assert_return (invoke $X "f") (u32.const 1))
(assert_return (invoke $other "f") (u32.const 1))

(component instance $again $Lib)
(assert_return (invoke $again "f") (u32.const 1))
(assert_unlinkable (component (import "lib" (instance (export "g" (func))))) "unknown import")
(component (core module (func (local v128))) (export "x" (func 0))) ;;! invalid: 
(assert_malformed (component (foo (local v128))) "any text")
(assert_invalid (component (import "a" (func (param "x" v128)))) "any text") ;;! malformed: 
