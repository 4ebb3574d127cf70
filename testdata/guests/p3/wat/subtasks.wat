;; This file starts n calls of host.forever, so that all are under way, and then cancels and
;; drops each. It returns how many were cancelled after they had started, which is n. With
;; 100,000, memory must be in proportion, and nothing may be left.
(component
  (import "host" (instance $host
    (export "tick" (func async (result u64)))
    (export "source" (func (result (stream u8))))
    (export "sink" (func async (param "s" (stream u8)) (result u64)))
    (export "forever" (func async))))
  (core module $Memory (memory (export "mem") 16))
  (core instance $memory (instantiate $Memory))
  (core module $M
    (import "" "mem" (memory 16))
    (import "" "task.return" (func $task.return (param i32)))
    (import "" "subtask.cancel" (func $subtask.cancel (param i32) (result i32)))
    (import "" "subtask.drop" (func $subtask.drop (param i32)))
    (import "" "forever" (func $forever (result i32)))

    (func (export "run") (param $n i32) (result i32)
      (local $i i32) (local $count i32)
      (loop $start
        (i32.store (i32.shl (local.get $i) (i32.const 2))
          (i32.shr_u (call $forever) (i32.const 4)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $start (i32.lt_u (local.get $i) (local.get $n))))
      (loop $end
        (local.set $i (i32.sub (local.get $i) (i32.const 1)))
        ;; 4 is CANCELLED_BEFORE_RETURNED.
        (local.set $count (i32.add (local.get $count)
          (i32.eq (i32.const 4)
            (call $subtask.cancel (i32.load (i32.shl (local.get $i) (i32.const 2)))))))
        (call $subtask.drop (i32.load (i32.shl (local.get $i) (i32.const 2))))
        (br_if $end (local.get $i)))
      (call $task.return (local.get $count))
      (i32.const 0))

    (func (export "next") (param i32 i32 i32) (result i32)
      unreachable)
  )
  (canon task.return (result u32) (core func $task.return))
  (canon subtask.cancel (core func $subtask.cancel))
  (canon subtask.drop (core func $subtask.drop))
  (canon lower (func $host "forever") async (core func $forever))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "task.return" (func $task.return))
    (export "subtask.cancel" (func $subtask.cancel))
    (export "subtask.drop" (func $subtask.drop))
    (export "forever" (func $forever))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "next"))))
)
