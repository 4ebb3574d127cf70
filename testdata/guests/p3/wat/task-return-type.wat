;; This file returns a u64 from a function whose result is a u32. It must trap.
(component
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "task.return-wide" (func $task.return-wide (param i64)))

    (func (export "run") (param $n i32) (result i32)
      (call $task.return-wide (i64.extend_i32_u (local.get $n)))
      (i32.const 0))
    (func (export "next") (param i32 i32 i32) (result i32)
      (i32.const 0))
  )
  (canon task.return (result u64) (core func $task.return-wide))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "task.return-wide" (func $task.return-wide))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "next"))))
)
