;; This file waits for a future of its own that nobody writes. There is nothing that could wake
;; it: the call must end with an error, a deadlock. With n = 1 it waits for host.forever,
;; too; then the host has work to do, and the call goes on until its context ends, and in
;; spite of being asked to cancel.
(component
  (import "host" (instance $host
    (export "tick" (func async (result u64)))
    (export "source" (func (result (stream u8))))
    (export "sink" (func async (param "s" (stream u8)) (result u64)))
    (export "forever" (func async))))
  (type $number (future u32))
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "waitable-set.new" (func $waitable-set.new (result i32)))
    (import "" "waitable.join" (func $waitable.join (param i32 i32)))
    (import "" "future.new" (func $future.new (result i64)))
    (import "" "future.read" (func $future.read (param i32 i32) (result i32)))
    (import "" "forever" (func $forever (result i32)))

    (global $set (mut i32) (i32.const 0))
    (func (export "run") (param $n i32) (result i32)
      (local $r i32)
      (global.set $set (call $waitable-set.new))
      (local.set $r (i32.wrap_i64 (call $future.new)))
      (drop (call $future.read (local.get $r) (i32.const 0)))
      (call $waitable.join (local.get $r) (global.get $set))
      (if (local.get $n)
        (then (call $waitable.join (i32.shr_u (call $forever) (i32.const 4)) (global.get $set))))
      (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))

    ;; 6 is TASK_CANCELLED.
    (func (export "next") (param $event i32) (param i32 i32) (result i32)
      (if (i32.ne (local.get $event) (i32.const 6))
        (then unreachable))
      (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))
  )
  (canon waitable-set.new (core func $waitable-set.new))
  (canon waitable.join (core func $waitable.join))
  (canon future.new $number (core func $future.new))
  (canon future.read $number async (memory (core memory $memory "mem")) (core func $future.read))
  (canon lower (func $host "forever") async (core func $forever))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "waitable-set.new" (func $waitable-set.new))
    (export "waitable.join" (func $waitable.join))
    (export "future.new" (func $future.new))
    (export "future.read" (func $future.read))
    (export "forever" (func $forever))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "next"))))
)
