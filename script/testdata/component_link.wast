;; Components import instances of others that are registered.
;; passed 25

(component $counter
  (core module $m
    (global $n (mut i32) (i32.const 0))
    (func (export "bump") (param i32) (result i32)
      (global.set $n (i32.add (global.get $n) (local.get 0)))
      (global.get $n)))
  (core instance $i (instantiate $m))
  (func $bump (param "by" u32) (result u32) (canon lift (core func $i "bump")))
  (instance (export "bump") (export "bump" (func $bump)))
  (func (export "direct") (param "by" u32) (result u32) (canon lift (core func $i "bump")))
  (core module (export "code")
    (func (export "seven") (result i32) (i32.const 7)))
  (component (export "part")
    (core module $m (func (export "f") (result i32) (i32.const 8)))
    (core instance $i (instantiate $m))
    (func (export "eight") (result u32) (canon lift (core func $i "f"))))
)
(register "counter" $counter)

;; Both importers share the counter; an unused export does not matter.
(component definition $user
  (import "counter" (instance $c (export "direct" (func (param "by" u32) (result u32)))))
  (core func $bump (canon lower (func $c "direct")))
  (core module $m
    (import "" "bump" (func $bump (param i32) (result i32)))
    (func (export "twice") (param i32) (result i32)
      (drop (call $bump (local.get 0)))
      (call $bump (local.get 0))))
  (core instance $i (instantiate $m (with "" (instance (export "bump" (func $bump))))))
  (func (export "twice") (param "by" u32) (result u32) (canon lift (core func $i "twice")))
)
(component instance $u1 $user)
(component instance $u2 $user)
(assert_return (invoke $u1 "twice" (u32.const 1)) (u32.const 2))
(assert_return (invoke $u2 "twice" (u32.const 10)) (u32.const 22))
(assert_return (invoke $counter "direct" (u32.const 0)) (u32.const 22))
(assert_return (invoke $counter "bump#bump" (u32.const 1)) (u32.const 23))

;; Modules and components are given, too.
(component
  (import "counter" (instance $c
    (export "code" (core module (export "seven" (func (result i32)))))
    (export "part" (component (export "eight" (func (result u32)))))))
  (alias export $c "code" (core module $code))
  (alias export $c "part" (component $part))
  (core instance $i (instantiate $code))
  (instance $p (instantiate $part))
  (func (export "seven") (result u32) (canon lift (core func $i "seven")))
  (export "eight" (func $p "eight"))
)
(assert_return (invoke "seven") (u32.const 7))
(assert_return (invoke "eight") (u32.const 8))

;; Names with versions.
(component
  (core module $m (func (export "f") (result i32) (i32.const 5)))
  (core instance $i (instantiate $m))
  (func (export "f") (result u32) (canon lift (core func $i "f"))))
(register "a:b/c@1.2.3")
(component
  (import "a:b/c@1.1.0" (instance $c (export "f" (func (result u32)))))
  (export "f" (func $c "f")))
(assert_return (invoke "f") (u32.const 5))
(assert_unlinkable (component (import "a:b/c@2.0.0" (instance (export "f" (func (result u32)))))) "unknown import")

;; What does not fit.
(assert_unlinkable (component (import "nothing" (instance))) "unknown import")
(assert_unlinkable (component (import "counter" (func))) "expected func")
(assert_unlinkable (component (import "counter" (core module))) "expected module")
(assert_unlinkable (component (import "counter" (component))) "expected component")
(assert_unlinkable (component (import "counter" (instance (export "x" (func))))) "missing export")
(assert_unlinkable (component (import "counter" (instance (export "direct" (func))))) "arguments")
(assert_unlinkable (component (import "counter" (instance (export "direct" (func (param "x" u32) (result u32)))))) "name")
(assert_unlinkable (component (import "counter" (instance (export "direct" (func (param "by" s32) (result u32)))))) "type")
(assert_unlinkable (component (import "counter" (instance (export "direct" (func (param "by" u32) (result u64)))))) "type")
(assert_unlinkable (component (import "counter" (instance (export "direct" (func (param "by" u32)))))) "result")
(assert_unlinkable (component (import "counter" (instance (export "bump" (func))))) "expected func")
(assert_unlinkable (component (import "counter" (instance (export "r" (type (sub resource)))))) "resource")
(assert_unlinkable (component (import "counter" (instance (export "code" (core module (export "eight" (func (result i32)))))))) "module")
(assert_unlinkable (component (import "counter" (instance (export "part" (component (export "nine" (func (result u32)))))))) "component")
(assert_unlinkable (component instance $user2) "any") ;;! unknown component $user2
(component definition $wants (import "nothing" (instance)))
(assert_unlinkable (component instance $wants) "any")
(component instance $w $wants) ;;! unknown import "nothing"
(invoke $w "f") ;;! it needs the command of line 87, which failed
(register "w" $w) ;;! it needs the command of line 87, which failed

;; Modules and components do not import from each other.
(module $core (func (export "f")))
(register "core" $core)
(assert_unlinkable (component (import "core" (instance (export "f" (func))))) "unknown import")
(assert_unlinkable (module (import "counter" "direct" (func))) "unknown import")
