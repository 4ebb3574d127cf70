;; A file of fields is one module.
;; passed 0
(func $f (export "f"))
(memory 1)
(start $f)
