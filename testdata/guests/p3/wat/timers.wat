;; This file starts n timers of an hour and returns n. They end with the instance.
(component
  (import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
    (export "wait-for" (func async (param "how-long" u64)))))
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "task.return" (func $task.return (param i32)))
    (import "" "wait-for" (func $wait-for (param i64) (result i32)))

    (func (export "run") (param $n i32) (result i32)
      (local $i i32)
      (loop $start
        (drop (call $wait-for (i64.const 3_600_000_000_000)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $start (i32.lt_u (local.get $i) (local.get $n))))
      (call $task.return (local.get $n))
      (i32.const 0))

    (func (export "next") (param i32 i32 i32) (result i32)
      unreachable)
  )
  (canon task.return (result u32) (core func $task.return))
  (canon lower (func $clock "wait-for") async (core func $wait-for))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "task.return" (func $task.return))
    (export "wait-for" (func $wait-for))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "next"))))
)
