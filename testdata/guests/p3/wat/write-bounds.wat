;; This file names memory that it does not have. run(n) must trap for each: 0 writes 2 bytes at
;; the last byte of memory, 1 writes 2^28-1 bytes at 0 with one page of memory, 2 writes
;; 2^28 bytes, 3 reads 2 bytes to the last byte, 4 reads 2^28 bytes, 5 writes at 0xffffffff.
(component
  (type $bytes (stream u8))
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "task.return" (func $task.return (param i32)))
    (import "" "stream.new" (func $stream.new (result i64)))
    (import "" "stream.read" (func $stream.read (param i32 i32 i32) (result i32)))
    (import "" "stream.write" (func $stream.write (param i32 i32 i32) (result i32)))

    ;; $end is what must not be reached.
    (func $end (result i32)
      (call $task.return (i32.const 100))
      (i32.const 0))
    (func (export "run") (param $n i32) (result i32)
      (local $pair i64) (local $r i32) (local $w i32)
      (local.set $pair (call $stream.new))
      (local.set $r (i32.wrap_i64 (local.get $pair)))
      (local.set $w (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32))))
      (block $5 (block $4 (block $3 (block $2 (block $1 (block $0
        (br_table $0 $1 $2 $3 $4 $5 (local.get $n)))
        (drop (call $stream.write (local.get $w) (i32.const 65535) (i32.const 2)))
        (return (call $end)))
        (drop (call $stream.write (local.get $w) (i32.const 0) (i32.const 0xfffffff)))
        (return (call $end)))
        (drop (call $stream.write (local.get $w) (i32.const 0) (i32.const 0x10000000)))
        (return (call $end)))
        (drop (call $stream.read (local.get $r) (i32.const 65535) (i32.const 2)))
        (return (call $end)))
        (drop (call $stream.read (local.get $r) (i32.const 0) (i32.const 0x10000000)))
        (return (call $end)))
      (drop (call $stream.write (local.get $w) (i32.const -1) (i32.const 1)))
      (call $end))

    (func (export "next") (param i32 i32 i32) (result i32)
      unreachable)
  )
  (canon task.return (result u32) (core func $task.return))
  (canon stream.new $bytes (core func $stream.new))
  (canon stream.read $bytes async (memory (core memory $memory "mem")) (core func $stream.read))
  (canon stream.write $bytes async (memory (core memory $memory "mem")) (core func $stream.write))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "task.return" (func $task.return))
    (export "stream.new" (func $stream.new))
    (export "stream.read" (func $stream.read))
    (export "stream.write" (func $stream.write))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "next"))))
)
