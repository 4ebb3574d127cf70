;; Commands about components.
;; passed 11

(component definition $C
  (core module $m (func (export "f") (param i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m))
  (func $f (export "f") (param "x" u32) (result u32) (canon lift (core func $i "f")))
  (instance (export "inst") (export "g" (func $f)))
)
(component instance $a $C)
(component instance $C)
(assert_return (invoke $a "f" (u32.const 1)) (u32.const 1))
(assert_return (invoke "f" (u32.const 2)) (u32.const 2))
(assert_return (invoke "inst#g" (u32.const 3)) (u32.const 3))
(invoke "f" (u32.const 4))
(component $n (component $inner) (instance (instantiate $inner)))
(component binary "\00asm" "\0d\00\01\00")
(component quote "(type (list u8))")
(assert_unlinkable (component (import "x" (func))) "any text")
(register "a" $a)

;; Actions that cannot be performed.
(invoke $n "f") ;;! the component exports no "f"
(invoke $a "inst") ;;! the export "inst" is no function, but of sort instance
(invoke $a "inst#f") ;;! the component exports no "inst#f"
(get $a "f") ;;! a component exports no globals
(invoke $a "f") ;;! the function takes 1 arguments, but the script gives 0: its type is func(x: u32) -> u32
(invoke $a "f" (s32.const 1)) ;;! argument "x" of type u32: (s32.const 1) is no u32
(invoke $a "f" (record.const (field "a" u8.const 1))) ;;! is no u32
(assert_return (invoke $a "f" (u32.const 1)) (u32.const 2)) ;;! expected (u32.const 2), got (u32.const 1)
(assert_return (invoke $a "f" (u32.const 1)) (s32.const 1)) ;;! expected (s32.const 1), got (u32.const 1)
(assert_return (invoke $a "f" (u32.const 1))) ;;! expected no result, got (u32.const 1)
(assert_trap (invoke $a "f" (u32.const 1)) "unreachable") ;;! expected the trap "unreachable", but it returned
(assert_trap (invoke $a "f") "unreachable") ;;! expected the trap "unreachable": the function takes 1 arguments
(assert_exhaustion (invoke $a "f" (u32.const 1)) "call stack exhausted") ;;! but it returned
(assert_trap (component) "unreachable") ;;! but it returned

(assert_malformed (component (foo)) "any text")
(assert_malformed (component quote "(foo)") "any text")
(assert_malformed (component binary "\00asm" "\0d\00\01") "any text")
(assert_invalid (component (export "x" (func 0))) "any text")

;; Components that fail.
(component (export "x" (func 0))) ;;! invalid: 
(assert_return (invoke "f" (u32.const 1)) (u32.const 1)) ;;! it needs the command of line 44, which failed
(component (foo)) ;;! malformed: 
(component binary "\00asm" "\0d\00\01") ;;! malformed: offset 
(component instance $b $D) ;;! unknown component $D
(assert_malformed (component (export "x" (func 0))) "any text") ;;! expected a component that is malformed ("any text"), but it is invalid: 
(assert_invalid (component (foo)) "any text") ;;! expected a component that is invalid ("any text"), but it is malformed: 
(assert_invalid (component) "any text") ;;! expected a component that is refused with "any text", but it is valid
(assert_trap (component (export "x" (func 0))) "any text") ;;! invalid: 
(assert_unlinkable (component (export "x" (func 0))) "any text") ;;! invalid: 
(assert_unlinkable (component) "any text") ;;! expected a component that cannot be linked ("any text"), but it was instantiated

;; Modules and components do not mix.
(module (func (export "m") (result i32) (i32.const 1)))
(assert_return (invoke "m") (i32.const 1))
(assert_unlinkable (module (import "a" "f" (func))) "unknown import")
(assert_return (invoke $a "f" (u32.const 1)) (u32.const 1))
