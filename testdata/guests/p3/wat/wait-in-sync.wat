;; This file waits for host.tick in a function that is async by its type and has the
;; synchronous canonical ABI. It returns n after n calls; no other call may enter while it
;; waits.
(component
  (import "host" (instance $host
    (export "tick" (func async (result u64)))
    (export "source" (func (result (stream u8))))
    (export "sink" (func async (param "s" (stream u8)) (result u64)))
    (export "forever" (func async))))
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "subtask.drop" (func $subtask.drop (param i32)))
    (import "" "waitable-set.new" (func $waitable-set.new (result i32)))
    (import "" "waitable-set.wait" (func $waitable-set.wait (param i32 i32) (result i32)))
    (import "" "waitable-set.drop" (func $waitable-set.drop (param i32)))
    (import "" "waitable.join" (func $waitable.join (param i32 i32)))
    (import "" "tick" (func $tick (param i32) (result i32)))

    (func (export "run") (param $n i32) (result i32)
      (local $set i32) (local $left i32) (local $status i32)
      (local.set $set (call $waitable-set.new))
      (local.set $left (local.get $n))
      (block $done
        (loop $again
          (br_if $done (i32.eqz (local.get $left)))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (local.set $status (call $tick (i32.const 8)))
          (br_if $again (i32.eq (local.get $status) (i32.const 2)))
          (call $waitable.join (i32.shr_u (local.get $status) (i32.const 4)) (local.get $set))
          (loop $wait
            (drop (call $waitable-set.wait (local.get $set) (i32.const 16)))
            (br_if $wait (i32.ne (i32.load (i32.const 20)) (i32.const 2))))
          (call $subtask.drop (i32.shr_u (local.get $status) (i32.const 4)))
          (br $again)))
      (call $waitable-set.drop (local.get $set))
      (local.get $n))
  )
  (canon subtask.drop (core func $subtask.drop))
  (canon waitable-set.new (core func $waitable-set.new))
  (canon waitable-set.wait (memory (core memory $memory "mem")) (core func $waitable-set.wait))
  (canon waitable-set.drop (core func $waitable-set.drop))
  (canon waitable.join (core func $waitable.join))
  (canon lower (func $host "tick") async (memory (core memory $memory "mem")) (core func $tick))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "subtask.drop" (func $subtask.drop))
    (export "waitable-set.new" (func $waitable-set.new))
    (export "waitable-set.wait" (func $waitable-set.wait))
    (export "waitable-set.drop" (func $waitable-set.drop))
    (export "waitable.join" (func $waitable.join))
    (export "tick" (func $tick))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $m "run")))
)
