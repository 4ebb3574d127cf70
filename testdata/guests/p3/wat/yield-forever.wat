;; This file gives way to others for ever. Other calls must go on, also of this instance,
;; and the call must end when its caller's context does.
(component
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core module $M
    (import "" "mem" (memory 1))

    (func (export "run") (param $n i32) (result i32)
      (i32.const 1))
    (func (export "next") (param i32 i32 i32) (result i32)
      (i32.const 1))
  )
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem"))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "next"))))
)
