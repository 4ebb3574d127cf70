;; This file makes streams, futures and sets and drops none of them, n of each kind. It
;; returns n, or traps at the limit that the host sets; memory stays bounded either way.
(component
  (type $bytes (stream u8))
  (type $number (future u32))
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "task.return" (func $task.return (param i32)))
    (import "" "waitable-set.new" (func $waitable-set.new (result i32)))
    (import "" "stream.new" (func $stream.new (result i64)))
    (import "" "future.new" (func $future.new (result i64)))

    (func (export "run") (param $n i32) (result i32)
      (local $i i32)
      (loop $more
        (drop (call $stream.new))
        (drop (call $future.new))
        (drop (call $waitable-set.new))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $more (i32.lt_u (local.get $i) (local.get $n))))
      (call $task.return (local.get $n))
      (i32.const 0))

    (func (export "next") (param i32 i32 i32) (result i32)
      unreachable)
  )
  (canon task.return (result u32) (core func $task.return))
  (canon waitable-set.new (core func $waitable-set.new))
  (canon stream.new $bytes (core func $stream.new))
  (canon future.new $number (core func $future.new))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "task.return" (func $task.return))
    (export "waitable-set.new" (func $waitable-set.new))
    (export "stream.new" (func $stream.new))
    (export "future.new" (func $future.new))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "next"))))
)
