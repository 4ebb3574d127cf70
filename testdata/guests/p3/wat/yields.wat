;; This file gives way to others n times, by turns through the callback and through
;; thread.yield, and returns n.
(component
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "task.return" (func $task.return (param i32)))
    (import "" "thread.yield" (func $thread.yield (result i32)))

    (global $left (mut i32) (i32.const 0))
    (global $n (mut i32) (i32.const 0))
    (func $step (result i32)
      (loop $again
        (if (i32.eqz (global.get $left))
          (then
            (call $task.return (global.get $n))
            (return (i32.const 0))))
        (global.set $left (i32.sub (global.get $left) (i32.const 1)))
        (if (i32.and (global.get $left) (i32.const 1))
          (then (return (i32.const 1))))
        (drop (call $thread.yield))
        (br $again))
      unreachable)
    (func (export "run") (param $n i32) (result i32)
      (global.set $n (local.get $n))
      (global.set $left (local.get $n))
      (call $step))
    (func (export "next") (param i32 i32 i32) (result i32)
      (call $step))
  )
  (canon task.return (result u32) (core func $task.return))
  (canon thread.yield (core func $thread.yield))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "task.return" (func $task.return))
    (export "thread.yield" (func $thread.yield))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "next"))))
)
