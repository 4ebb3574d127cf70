;; This file is a command that ends with the code 42 in the middle of its run, while a write
;; to standard output is under way, of which nothing or all may be there. Nothing runs after
;; it.
(component
  (import "wasi:cli/exit@0.3.0" (instance $exit
    (export "exit-with-code" (func (param "status-code" u8)))))
  (import "wasi:cli/types@0.3.0" (instance $types
    (type $e (enum "io" "illegal-byte-sequence" "pipe"))
    (export "error-code" (type (eq $e)))))
  (alias export $types "error-code" (type $error-code))
  (import "wasi:cli/stdout@0.3.0" (instance $stdout
    (alias outer 1 $error-code (type $e))
    (export "error-code" (type $code (eq $e)))
    (export "write-via-stream" (func (param "data" (stream u8))
      (result (future (result (error $code))))))))
  (type $bytes (stream u8))
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "stream.new" (func $stream.new (result i64)))
    (import "" "stream.write" (func $stream.write (param i32 i32 i32) (result i32)))
    (import "" "write-via-stream" (func $write-via-stream (param i32) (result i32)))
    (import "" "exit-with-code" (func $exit-with-code (param i32)))

    (data (i32.const 0) "before\n")
    (func (export "run") (result i32)
      (local $pair i64) (local $writer i32)
      (local.set $pair (call $stream.new))
      (local.set $writer (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32))))
      (drop (call $write-via-stream (i32.wrap_i64 (local.get $pair))))
      (drop (call $stream.write (local.get $writer) (i32.const 0) (i32.const 7)))
      (call $exit-with-code (i32.const 42))
      unreachable)
    (func (export "next") (param i32 i32 i32) (result i32)
      unreachable)
  )
  (canon stream.new $bytes (core func $stream.new))
  (canon stream.write $bytes async (memory (core memory $memory "mem")) (core func $stream.write))
  (canon lower (func $stdout "write-via-stream") (core func $write-via-stream))
  (canon lower (func $exit "exit-with-code") (core func $exit-with-code))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "stream.new" (func $stream.new))
    (export "stream.write" (func $stream.write))
    (export "write-via-stream" (func $write-via-stream))
    (export "exit-with-code" (func $exit-with-code))))))
  (func $run async (result (result))
    (canon lift (core func $m "run") async (callback (core func $m "next"))))
  (instance $command (export "run" (func $run)))
  (export "wasi:cli/run@0.3.0" (instance $command))
)
