;; This file hands n streams to standard output, writes a byte to each, and keeps all ends and
;; all futures. It returns n, or traps at a limit of the host; memory stays bounded, and all
;; ends with the instance.
(component
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
    (import "" "task.return" (func $task.return (param i32)))
    (import "" "stream.new" (func $stream.new (result i64)))
    (import "" "stream.write" (func $stream.write (param i32 i32 i32) (result i32)))
    (import "" "write-via-stream" (func $write-via-stream (param i32) (result i32)))

    (data (i32.const 0) "x")
    (func (export "run") (param $n i32) (result i32)
      (local $pair i64) (local $i i32)
      (loop $again
        (local.set $pair (call $stream.new))
        (drop (call $write-via-stream (i32.wrap_i64 (local.get $pair))))
        (drop (call $stream.write
          (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32))) (i32.const 0) (i32.const 1)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $i) (local.get $n))))
      (call $task.return (local.get $n))
      (i32.const 0))

    (func (export "next") (param i32 i32 i32) (result i32)
      unreachable)
  )
  (canon task.return (result u32) (core func $task.return))
  (canon stream.new $bytes (core func $stream.new))
  (canon stream.write $bytes async (memory (core memory $memory "mem")) (core func $stream.write))
  (canon lower (func $stdout "write-via-stream") (core func $write-via-stream))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "task.return" (func $task.return))
    (export "stream.new" (func $stream.new))
    (export "stream.write" (func $stream.write))
    (export "write-via-stream" (func $write-via-stream))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "next"))))
)
