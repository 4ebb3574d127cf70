;; This file asks for back-pressure n times and takes it back n times, and returns n. With
;; n = 65536 it must trap: the counter has 16 bits. With n = 0 it takes back what it did not
;; ask for, and must trap, too.
(component
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "task.return" (func $task.return (param i32)))
    (import "" "backpressure.inc" (func $backpressure.inc))
    (import "" "backpressure.dec" (func $backpressure.dec))

    (func (export "run") (param $n i32) (result i32)
      (local $i i32)
      (if (i32.eqz (local.get $n))
        (then (call $backpressure.dec)))
      (loop $more
        (call $backpressure.inc)
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $more (i32.lt_u (local.get $i) (local.get $n))))
      (loop $less
        (call $backpressure.dec)
        (local.set $i (i32.sub (local.get $i) (i32.const 1)))
        (br_if $less (local.get $i)))
      (call $task.return (local.get $n))
      (i32.const 0))

    (func (export "next") (param i32 i32 i32) (result i32)
      unreachable)
  )
  (canon task.return (result u32) (core func $task.return))
  (canon backpressure.inc (core func $backpressure.inc))
  (canon backpressure.dec (core func $backpressure.dec))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "task.return" (func $task.return))
    (export "backpressure.inc" (func $backpressure.inc))
    (export "backpressure.dec" (func $backpressure.dec))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "next"))))
)
