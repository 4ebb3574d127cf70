;; This file writes n times one byte, x, to standard output, as fast as it can: a write that
;; has to wait is cancelled and made again. It never looks at the future. It returns n, and
;; exactly n bytes are written in the end; what waits in the host stays small.
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
    (import "" "thread.yield" (func $thread.yield (result i32)))
    (import "" "stream.new" (func $stream.new (result i64)))
    (import "" "stream.write" (func $stream.write (param i32 i32 i32) (result i32)))
    (import "" "stream.cancel-write" (func $stream.cancel-write (param i32) (result i32)))
    (import "" "stream.drop-writable" (func $stream.drop-writable (param i32)))
    (import "" "write-via-stream" (func $write-via-stream (param i32) (result i32)))

    (data (i32.const 0) "x")
    (func (export "run") (param $n i32) (result i32)
      (local $pair i64) (local $writer i32) (local $done i32) (local $result i32)
      (local.set $pair (call $stream.new))
      (local.set $writer (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32))))
      (drop (call $write-via-stream (i32.wrap_i64 (local.get $pair))))
      (loop $again
        (local.set $result (call $stream.write (local.get $writer) (i32.const 0) (i32.const 1)))
        (if (i32.eq (local.get $result) (i32.const -1))
          (then
            (drop (call $thread.yield))
            (local.set $result (call $stream.cancel-write (local.get $writer)))))
        (local.set $done (i32.add (local.get $done) (i32.shr_u (local.get $result) (i32.const 4))))
        ;; 1 is DROPPED: the host takes no more.
        (if (i32.ne (i32.and (local.get $result) (i32.const 15)) (i32.const 1))
          (then (br_if $again (i32.lt_u (local.get $done) (local.get $n))))))
      (call $stream.drop-writable (local.get $writer))
      (call $task.return (local.get $done))
      (i32.const 0))

    (func (export "next") (param i32 i32 i32) (result i32)
      unreachable)
  )
  (canon task.return (result u32) (core func $task.return))
  (canon thread.yield (core func $thread.yield))
  (canon stream.new $bytes (core func $stream.new))
  (canon stream.write $bytes async (memory (core memory $memory "mem")) (core func $stream.write))
  (canon stream.cancel-write $bytes (core func $stream.cancel-write))
  (canon stream.drop-writable $bytes (core func $stream.drop-writable))
  (canon lower (func $stdout "write-via-stream") (core func $write-via-stream))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "task.return" (func $task.return))
    (export "thread.yield" (func $thread.yield))
    (export "stream.new" (func $stream.new))
    (export "stream.write" (func $stream.write))
    (export "stream.cancel-write" (func $stream.cancel-write))
    (export "stream.drop-writable" (func $stream.drop-writable))
    (export "write-via-stream" (func $write-via-stream))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "next"))))
)
