;; This file returns any number at all from an async function with a callback.
;;
;; run(n) returns n to its caller in the canonical ABI before it has a result.
;; 0 (EXIT) and 1 (YIELD, after which the callback returns 0) must trap: there is no
;; result. 3 to 15 must trap: there are no such codes. 2 with a set that is none (2, 18,
;; 0xfffffff2) must trap.
(component
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core module $M
    (import "" "mem" (memory 1))

    (func (export "run") (param $n i32) (result i32)
      (local.get $n))
    (func (export "next") (param i32 i32 i32) (result i32)
      (i32.const 0))
  )
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem"))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "next"))))
)
