;; The commands of the proposal "threads".
;; passed 4

(module $Mem (memory (export "shared") 1 1 shared))

(thread $T1 (shared (module $Mem))
  (register "mem" $Mem)
  (module
    (memory (import "mem" "shared") 1 1 shared)
    (func (export "run") (i32.atomic.store (i32.const 0) (i32.const 42))
      (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
  )
  (assert_return (invoke "run"))
  (assert_return (invoke "none")) ;;! the module exports no "none"
)
(thread $T2 (shared (module $Mem))
  (register "mem" $Mem)
  (module
    (memory (import "mem" "shared") 1 1 shared)
    (func (export "run") (result i32)
      (loop $l
        (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 1000000)))
        (br_if $l (i32.eqz (i32.atomic.load (i32.const 0)))))
      (i32.atomic.load (i32.const 0)))
  )
  (assert_return (invoke "run") (i32.const 42))
)
(wait $T1)
(wait $T2)
(thread $T3 (assert_return (invoke "run"))) ;;! there is no instance yet
(module (func (export "after")))
(assert_return (invoke "after"))
(thread $T4 (module (func (export "f"))) (assert_return (invoke "f")))
