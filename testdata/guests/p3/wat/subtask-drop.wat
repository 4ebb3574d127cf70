;; This file drops a call of host.forever that is still under way. It must trap.
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
    (import "" "task.return" (func $task.return (param i32)))
    (import "" "subtask.drop" (func $subtask.drop (param i32)))
    (import "" "forever" (func $forever (result i32)))

    (func (export "run") (param $n i32) (result i32)
      (call $subtask.drop (i32.shr_u (call $forever) (i32.const 4)))
      (call $task.return (local.get $n))
      (i32.const 0))

    (func (export "next") (param i32 i32 i32) (result i32)
      unreachable)
  )
  (canon task.return (result u32) (core func $task.return))
  (canon subtask.drop (core func $subtask.drop))
  (canon lower (func $host "forever") async (core func $forever))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "task.return" (func $task.return))
    (export "subtask.drop" (func $subtask.drop))
    (export "forever" (func $forever))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "next"))))
)
