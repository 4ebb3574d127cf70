;; This file returns its result in right and wrong ways. run(n) must
;;
;;   0  return 7
;;   1  trap: a result comes once (its caller may have seen the first)
;;   2  trap: the task ends without one
;;   3  return 7, from the callback after a YIELD
;;   4  trap: nobody has asked it to cancel
;;   5  trap: a second result, from the callback, after its caller has had 7
(component
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "task.return" (func $task.return (param i32)))
    (import "" "task.cancel" (func $task.cancel))

    (global $how (mut i32) (i32.const 0))
    (func (export "run") (param $n i32) (result i32)
      (global.set $how (local.get $n))
      (block $later
        (block $cancel
          (block $none
            (block $twice
              (block $once
                (br_table $once $twice $none $later $cancel $once $none (local.get $n)))
              (call $task.return (i32.const 7))
              (return (i32.eq (local.get $n) (i32.const 5))))
            (call $task.return (i32.const 7))
            (call $task.return (i32.const 7)))
          (return (i32.const 0)))
        (call $task.cancel)
        (return (i32.const 0)))
      (i32.const 1))
    (func (export "next") (param i32 i32 i32) (result i32)
      (call $task.return (i32.const 7))
      (i32.const 0))
  )
  (canon task.return (result u32) (core func $task.return))
  (canon task.cancel (core func $task.cancel))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "task.return" (func $task.return))
    (export "task.cancel" (func $task.cancel))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "next"))))
)
