;; Every assertion and command, failing.
;; passed 0

(assert_return (invoke "f")) ;;! there is no instance yet
(register "M") ;;! there is no instance yet
(module instance) ;;! there is no module to make an instance of
(module $M
  (memory (export "mem") 1)
  (func (export "one") (result i32) (i32.const 1))
  (func (export "nan") (result f32) (f32.const nan:0x1))
  (func (export "vec") (result v128) (v128.const f32x4 1 nan:0x1 2 3))
  (func (export "host") (param externref) (result externref) (local.get 0))
  (func (export "unreachable") (unreachable))
  (func (export "take") (param i64))
)
(assert_return (invoke "one")) ;;! expected no result, got (i32.const 1)
(assert_return (invoke "one") (i32.const 2)) ;;! expected (i32.const 2), got (i32.const 1)
(assert_return (invoke "one") (i64.const 1)) ;;! expected (i64.const 1), got (i32.const 1)
(assert_return (invoke "one") (either (i32.const 2) (i32.const 3))) ;;! expected (either (i32.const 2) (i32.const 3)), got (i32.const 1)
(assert_return (invoke "nan") (f32.const nan:canonical)) ;;! expected (f32.const nan:canonical), got (f32.const nan:0x1)
(assert_return (invoke "nan") (f32.const nan:arithmetic)) ;;! expected (f32.const nan:arithmetic), got (f32.const nan:0x1)
(assert_return (invoke "nan") (f32.const nan:0x2)) ;;! expected (f32.const nan:0x2), got (f32.const nan:0x1)
(assert_return (invoke "vec") (v128.const f32x4 1 nan:arithmetic 2 3)) ;;! expected (v128.const f32x4 1 nan:arithmetic 2 3), got (v128.const i64x2 0x7f8000013f800000 0x4040000040000000)
(assert_return (invoke "host" (ref.extern 1)) (ref.extern 2)) ;;! expected (ref.extern 2), got (ref.extern 1)
(assert_return (invoke "host" (ref.extern 1)) (ref.null extern)) ;;! expected (ref.null extern), got (ref.extern 1)
(assert_return (invoke "host" (ref.null extern)) (ref.extern)) ;;! expected (ref.extern), got (ref.null extern)
(assert_return (invoke "host" (ref.extern 1)) (ref.func)) ;;! expected (ref.func), got (ref.extern 1)
(assert_return (invoke "unreachable")) ;;! expected no result: unreachable
(assert_return (invoke "mem")) ;;! the export "mem" is a memory, not a function
(assert_return (invoke "none")) ;;! the module exports no "none"
(assert_return (get "one") (i32.const 1)) ;;! the export "one" is a func, not a global
(assert_return (invoke $N "one") (i32.const 1)) ;;! unknown instance $N
(assert_return (invoke "take")) ;;! the function takes 1 arguments, but the script gives 0
(assert_return (invoke "take" (i32.const 1))) ;;! argument 0 is (i32.const 1), but the function takes a i64
(invoke "unreachable") ;;! unreachable
(assert_trap (invoke "one") "unreachable") ;;! expected the trap "unreachable", but it returned
(assert_trap (invoke "unreachable") "integer overflow") ;;! expected the trap "integer overflow", but it trapped with "unreachable"
(assert_trap (invoke "none") "unreachable") ;;! expected the trap "unreachable": the module exports no "none"
(assert_trap (module) "unreachable") ;;! expected the trap "unreachable", but it returned
(assert_trap (module (func (result i32))) "unreachable") ;;! type mismatch
(assert_exhaustion (invoke "one") "call stack exhausted") ;;! expected "call stack exhausted", but it returned
(assert_exhaustion (invoke "unreachable") "call stack exhausted") ;;! expected "call stack exhausted", but it trapped with "unreachable"
(assert_exception (invoke "one")) ;;! expected "uncaught exception", but it returned
(assert_exception (invoke "unreachable")) ;;! expected "uncaught exception", but it trapped with "unreachable"
(assert_malformed (module quote "(func)") "unexpected token") ;;! expected a module that is refused with "unexpected token", but it is valid
(assert_malformed (module quote "(func (foo))") "unexpected end") ;;! expected "unexpected end", but the message is "in the quoted text: 1:8: unknown operator
(assert_malformed (module quote "(func (result i32))") "unexpected token") ;;! expected a module that is malformed ("unexpected token"), but it is invalid: in the quoted text: 
(assert_invalid (module (func)) "type mismatch") ;;! expected a module that is refused with "type mismatch", but it is valid
(assert_invalid (module (func (result i32))) "unknown type") ;;! expected "unknown type", but the message is
(assert_invalid (module quote "(func (foo))") "type mismatch") ;;! expected a module that is invalid ("type mismatch"), but it is malformed: 
(assert_invalid (module instance $M) "type mismatch") ;;! an instance can be neither
(assert_unlinkable (module) "unknown import") ;;! expected a module that cannot be linked ("unknown import"), but it was instantiated
(assert_unlinkable (module (import "nobody" "x" (func))) "incompatible import type") ;;! expected "incompatible import type", but the message is "unknown import \"nobody\" \"x\""
(assert_unlinkable (module (func $f (unreachable)) (start $f)) "unknown import") ;;! expected a module that cannot be linked ("unknown import"): unreachable
(assert_malformed_custom (module quote "(@custom \"a\" \"b\")") "@custom annotation") ;;! but it is valid
(module (import "nobody" "x" (func))) ;;! unknown import "nobody" "x"
(assert_return (invoke "one")) ;;! it needs the command of line 56, which failed
(module $bad (func (result i32))) ;;! 58:32: type mismatch
(module instance $bad) ;;! it needs the command of line 58, which failed
(register "bad" $bad) ;;! it needs the command of line 58, which failed
(module (func (foo))) ;;! 61:16: unknown operator
(module instance $I $none) ;;! unknown module $none
(wait $T) ;;! unknown thread $T
(input "file.wast") ;;! the command "input" reads or writes files
