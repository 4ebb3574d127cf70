;; Traps of components: kinds, what they poison, and what stays usable.
;; passed 19

(component definition $T
  (core module $m
    (memory (export "mem") 1)
    (func (export "unreachable") unreachable)
    (func (export "divide") (drop (i32.div_u (i32.const 1) (i32.const 0))))
    (func $loop (export "loop") (call $loop))
    (func (export "char") (result i32) (i32.const 0x110000))
    (func (export "ok") (result i32) (i32.const 1))
    (func (export "pair") (result i32) (i32.const 0xfffc))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0x7ffffff0))
    (func (export "text") (param i32 i32)))
  (core instance $i (instantiate $m))
  (func (export "unreachable") (canon lift (core func $i "unreachable")))
  (func (export "divide") (canon lift (core func $i "divide")))
  (func (export "loop") (canon lift (core func $i "loop")))
  (func (export "char") (result char) (canon lift (core func $i "char")))
  (func (export "ok") (result u32) (canon lift (core func $i "ok")))
  (func (export "pair") (result (tuple u32 u32)) (canon lift (core func $i "pair") (memory (core memory $i "mem"))))
  (func (export "text") (param "s" string)
    (canon lift (core func $i "text") (memory (core memory $i "mem")) (realloc (core func $i "realloc"))))
)
(component instance $a $T)
(component instance $b $T)
(assert_trap (invoke $a "unreachable") "wasm trap: wasm `unreachable` instruction executed")
(assert_trap (invoke $a "ok") "cannot enter component instance")
(assert_return (invoke $b "ok") (u32.const 1))
(assert_trap (invoke $b "divide") "integer divide by zero")
(component instance $T)
(assert_exhaustion (invoke "loop") "call stack exhausted")
(component instance $T)
(assert_trap (invoke "char") "invalid `char` bit pattern")
(component instance $T)
(assert_trap (invoke "pair") "pointer out of bounds of memory")
(component instance $T)
(assert_trap (invoke "text" (str.const "abc")) "realloc return: beyond end of memory")

;; The kind of the trap counts.
(component instance $T)
(assert_trap (invoke "unreachable") "integer divide by zero") ;;! expected the trap "integer divide by zero": unreachable
(assert_trap (invoke "ok") "unreachable") ;;! expected the trap "unreachable": ok: cannot enter component instance
(component instance $T)
(assert_trap (invoke "char") "cannot leave component instance") ;;! expected the trap "cannot leave component instance": char: result: invalid `char`
(assert_return (invoke "ok") (u32.const 1)) ;;! expected (u32.const 1): ok: cannot enter component instance

;; Wrong arguments poison nothing.
(component instance $c $T)
(invoke $c "text" (u8.const 1)) ;;! argument "s" of type string: (u8.const 1) is no string
(assert_return (invoke $c "ok") (u32.const 1))

;; A trap ends the calls that led to it, and poisons all that were entered.
(component $callee
  (core module $m (func (export "f") (param i32) (if (local.get 0) (then unreachable))))
  (core instance $i (instantiate $m))
  (func (export "f") (param "x" bool) (canon lift (core func $i "f"))))
(register "callee" $callee)
(component definition $Caller
  (import "callee" (instance $c (export "f" (func (param "x" bool)))))
  (core func $f (canon lower (func $c "f")))
  (core module $m
    (import "" "f" (func $f (param i32)))
    (func (export "g") (param i32) (call $f (local.get 0))))
  (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
  (func (export "g") (param "x" bool) (canon lift (core func $i "g"))))
(component instance $d $Caller)
(component instance $e $Caller)
(assert_return (invoke $d "g" (bool.const false)))
(assert_trap (invoke $d "g" (bool.const true)) "unreachable")
(assert_trap (invoke $callee "f" (bool.const false)) "cannot enter component instance")
(assert_trap (invoke $d "g" (bool.const false)) "cannot enter component instance")
(assert_trap (invoke $e "g" (bool.const false)) "cannot enter component instance") ;; through the callee

;; A component may not call one that it contains, nor the other way round.
(component
  (component $Inner
    (import "f" (func $f))
    (core func $f' (canon lower (func $f)))
    (core module $m (import "" "f" (func $f)) (func (export "g") (call $f)))
    (core instance $i (instantiate $m (with "" (instance (export "f" (func $f'))))))
    (func (export "g") (canon lift (core func $i "g"))))
  (core module $m (func (export "f")))
  (core instance $i (instantiate $m))
  (func $f (canon lift (core func $i "f")))
  (instance $inner (instantiate $Inner (with "f" (func $f))))
  (export "g" (func $inner "g")))
(assert_trap (invoke "g") "wasm trap: cannot enter component instance")

;; realloc may not call out, nor may post-return.
(component $post
  (core module $a (memory (export "mem") 1)
    (func (export "pad"))
    (func (export "f")))
  (core instance $a (instantiate $a))
  (component $Other
    (core module $m (func (export "f")))
    (core instance $i (instantiate $m))
    (func (export "f") (canon lift (core func $i "f"))))
  (instance $o (instantiate $Other))
  (core func $out (canon lower (func $o "f")))
  (core module $m
    (import "" "out" (func $out))
    (func (export "f"))
    (func (export "post") (call $out)))
  (core instance $i (instantiate $m (with "" (instance (export "out" (func $out))))))
  (func (export "f") (canon lift (core func $i "f") (post-return (core func $i "post")))))
(assert_trap (invoke "f") "cannot leave component instance")

;; Instantiation that traps: the start function of a core module.
(assert_trap (component
  (core module $m (func $s unreachable) (start $s))
  (core instance (instantiate $m))) "unreachable")
(component definition $Start
  (core module $m (memory 1) (data (i32.const 65536) "a"))
  (core instance (instantiate $m)))
(assert_trap (component instance $Start) "out of bounds memory access")
(component instance $s $Start) ;;! out of bounds memory access
(invoke $s "f") ;;! it needs the command of line 118, which failed
(assert_trap (component (import "nothing" (func))) "unreachable") ;;! expected the trap "unreachable": unknown import "nothing"
(assert_return (invoke $c "ok") (u32.const 1)) ;; still
