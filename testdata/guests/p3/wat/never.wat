;; This file waits for a set with nothing in it. There is nothing that could wake it,
;; and the host can tell: the call must end with an error, a deadlock.
(component
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "waitable-set.new" (func $waitable-set.new (result i32)))

    (func (export "run") (param $n i32) (result i32)
      (i32.or (i32.const 2) (i32.shl (call $waitable-set.new) (i32.const 4))))

    (func (export "next") (param i32 i32 i32) (result i32)
      unreachable)
  )
  (canon waitable-set.new (core func $waitable-set.new))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "waitable-set.new" (func $waitable-set.new))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "next"))))
)
