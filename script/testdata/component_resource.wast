;; Resources between components, and their destructors.
;; passed 17

(component $maker
  (core module $m
    (global $dropped (mut i32) (i32.const 0))
    (func (export "dtor") (param i32) (global.set $dropped (i32.add (global.get $dropped) (local.get 0))))
    (func (export "dropped") (result i32) (global.get $dropped)))
  (core instance $i (instantiate $m))
  (type $R' (resource (rep i32) (dtor (core func $i "dtor"))))
  (export $R "r" (type $R'))
  (core func $new (canon resource.new $R'))
  (core func $rep (canon resource.rep $R'))
  (core func $drop (canon resource.drop $R'))
  (core module $n
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "rep" (func $rep (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "peek") (param i32) (result i32) (local.get 0)) ;; a borrow of its own resource is the rep
    (func (export "take") (param i32) (result i32)
      (call $rep (local.get 0))
      (call $drop (local.get 0))))
  (core instance $j (instantiate $n (with "" (instance
    (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
  (func (export "make") (param "x" u32) (result (own $R)) (canon lift (core func $j "make")))
  (func (export "peek") (param "r" (borrow $R)) (result u32) (canon lift (core func $j "peek")))
  (func (export "take") (param "r" (own $R)) (result u32) (canon lift (core func $j "take")))
  (func (export "dropped") (result u32) (canon lift (core func $i "dropped")))
)
(register "maker" $maker)

(component definition $User
  (import "maker" (instance $maker
    (export "r" (type $R (sub resource)))
    (export "make" (func (param "x" u32) (result (own $R))))
    (export "peek" (func (param "r" (borrow $R)) (result u32)))
    (export "take" (func (param "r" (own $R)) (result u32)))))
  (alias export $maker "r" (type $R))
  (core func $make (canon lower (func $maker "make")))
  (core func $peek (canon lower (func $maker "peek")))
  (core func $take (canon lower (func $maker "take")))
  (core func $drop (canon resource.drop $R))
  (core module $m
    (import "" "make" (func $make (param i32) (result i32)))
    (import "" "peek" (func $peek (param i32) (result i32)))
    (import "" "take" (func $take (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "make") (param i32) (result i32) (call $make (local.get 0)))
    (func (export "peek") (param i32) (result i32) (call $peek (local.get 0)))
    (func (export "take") (param i32) (result i32) (call $take (local.get 0)))
    (func (export "drop") (param i32) (call $drop (local.get 0))))
  (core instance $i (instantiate $m (with "" (instance
    (export "make" (func $make)) (export "peek" (func $peek)) (export "take" (func $take)) (export "drop" (func $drop))))))
  ;; Handles go out as numbers.
  (func (export "make") (param "x" u32) (result u32) (canon lift (core func $i "make")))
  (func (export "peek") (param "h" u32) (result u32) (canon lift (core func $i "peek")))
  (func (export "take") (param "h" u32) (result u32) (canon lift (core func $i "take")))
  (func (export "drop") (param "h" u32) (canon lift (core func $i "drop")))
)
(component instance $u $User)
(component instance $v $User)
(assert_return (invoke $u "make" (u32.const 100)) (u32.const 1))
(assert_return (invoke $u "make" (u32.const 200)) (u32.const 2))
(assert_return (invoke $v "make" (u32.const 300)) (u32.const 1)) ;; a table of its own
(assert_return (invoke $u "peek" (u32.const 2)) (u32.const 200))
(assert_return (invoke $v "peek" (u32.const 1)) (u32.const 300))
(assert_return (invoke $maker "dropped") (u32.const 0))
(assert_return (invoke $u "take" (u32.const 2)) (u32.const 200))
(assert_return (invoke $maker "dropped") (u32.const 200))
(assert_return (invoke $u "drop" (u32.const 1)))
(assert_return (invoke $maker "dropped") (u32.const 300))
(assert_return (invoke $u "make" (u32.const 1)) (u32.const 1)) ;; indices are used again
(assert_return (invoke $u "drop" (u32.const 1)))
(assert_trap (invoke $u "drop" (u32.const 1)) "unknown handle index 1")
(assert_trap (invoke $u "make" (u32.const 1)) "cannot enter component instance") ;; poisoned
(assert_return (invoke $v "take" (u32.const 1)) (u32.const 300)) ;; the others are not
(assert_return (invoke $maker "dropped") (u32.const 601))

;; Handles that come to the script are no values of scripts.
(assert_return (invoke $maker "make" (u32.const 5)) (u32.const 1)) ;;! expected (u32.const 1), got <own r>
(invoke $maker "take" (u32.const 1)) ;;! (u32.const 1) is no own<r>

;; A resource type of another name is another.
(component $other
  (type $R' (resource (rep i32)))
  (export $R "r" (type $R')))
(register "other" $other)
(assert_unlinkable (component
  (import "other" (instance $o (export "r" (type $R (sub resource)))))
  (alias export $o "r" (type $R))
  (import "maker" (instance (export "r" (type (eq $R))) (export "peek" (func (param "r" (borrow $R)) (result u32))))))
  "resource types are not the same")
