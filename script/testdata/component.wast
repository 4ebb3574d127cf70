;; Commands about components: what must run is pending.
;; passed 5
;; pending 7

(component definition $C
  (core module $m (func (export "f") (param i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m))
  (func (export "f") (param "x" u32) (result u32) (canon lift (core func $i "f")))
)
(component instance $a $C)
(component instance $C)
(assert_return (invoke $a "f" (u32.const 1)) (u32.const 1))
(assert_return (invoke "f" (u32.const 1)) (u32.const 1))
(assert_trap (invoke "f" (u32.const 1)) "unreachable")
(component (component $inner) (instance (instantiate $inner)))
(assert_return (invoke "f" (u32.const 1)) (u32.const 1))
(invoke "f" (record.const (field "a" u8.const 1)))
(component binary "\00asm" "\0d\00\01\00")
(component quote "(type (list u8))")
(assert_trap (component) "unreachable")
(assert_unlinkable (component (import "x" (func))) "unknown import")
(register "a" $a)

(assert_malformed (component (foo)) "any text")
(assert_malformed (component quote "(foo)") "any text")
(assert_malformed (component binary "\00asm" "\0d\00\01") "any text")
(assert_invalid (component (export "x" (func 0))) "any text")

(component (export "x" (func 0))) ;;! invalid: 29:12: 
(assert_return (invoke "f" (u32.const 1)) (u32.const 1)) ;;! it needs the module of line 29, which failed
(component (foo)) ;;! malformed: 31:13: 
(component binary "\00asm" "\0d\00\01") ;;! malformed: offset 
(component instance $b $D) ;;! unknown module $D
(assert_malformed (component (export "x" (func 0))) "any text") ;;! expected a component that is malformed ("any text"), but it is invalid: 
(assert_invalid (component (foo)) "any text") ;;! expected a component that is invalid ("any text"), but it is malformed: 
(assert_invalid (component) "any text") ;;! expected a component that is refused with "any text", but it is valid
(assert_trap (component (export "x" (func 0))) "any text") ;;! invalid: 
(assert_unlinkable (component (export "x" (func 0))) "any text") ;;! invalid: 

(module (func (export "m") (result i32) (i32.const 1)))
(assert_return (invoke "m") (i32.const 1)) ;; passes, and is the fifth
(component definition $E)
(assert_return (invoke $a "f" (u32.const 1)) (u32.const 1))
