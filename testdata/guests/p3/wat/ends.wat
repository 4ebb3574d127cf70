;; This file drops the ends of streams and futures at every point. run(n) must
;;
;;    0  return 0: host.source's stream is dropped before a read
;;    1  trap: it is dropped while a read is under way
;;    2  return 0: it is dropped when the read has been cancelled
;;    3  return 0: host.sink's stream gets no byte, and the writable end is dropped
;;    4  trap: the writable end is dropped while a write is under way
;;    5  return 0: it is dropped when the write has been cancelled
;;    6  return 1: a write to a stream whose readable end is gone has DROPPED at once
;;    7  return 1: so has a read when the writable end is gone
;;    8  return 17: a write under way is DROPPED after 1 byte when the reader goes
;;    9  trap: the writable end of a future goes before it has a value
;;   10  return 1: a future's write has DROPPED when the reader is gone
;;   11  return 0: a future's readable end goes without a read
;;   12  trap: a future is written twice
;;   13  return 16: a read of no bytes does not take one from a write under way
;;
;; 1, 4 and 5 need a source that does not write and a sink that does not read.
(component
  (import "host" (instance $host
    (export "tick" (func async (result u64)))
    (export "source" (func (result (stream u8))))
    (export "sink" (func async (param "s" (stream u8)) (result u64)))
    (export "forever" (func async))))
  (type $bytes (stream u8))
  (type $number (future u32))
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "task.return" (func $task.return (param i32)))
    (import "" "waitable-set.new" (func $waitable-set.new (result i32)))
    (import "" "waitable-set.poll" (func $waitable-set.poll (param i32 i32) (result i32)))
    (import "" "waitable.join" (func $waitable.join (param i32 i32)))
    (import "" "stream.new" (func $stream.new (result i64)))
    (import "" "stream.read" (func $stream.read (param i32 i32 i32) (result i32)))
    (import "" "stream.write" (func $stream.write (param i32 i32 i32) (result i32)))
    (import "" "stream.cancel-read" (func $stream.cancel-read (param i32) (result i32)))
    (import "" "stream.cancel-write" (func $stream.cancel-write (param i32) (result i32)))
    (import "" "stream.drop-readable" (func $stream.drop-readable (param i32)))
    (import "" "stream.drop-writable" (func $stream.drop-writable (param i32)))
    (import "" "future.new" (func $future.new (result i64)))
    (import "" "future.read" (func $future.read (param i32 i32) (result i32)))
    (import "" "future.write" (func $future.write (param i32 i32) (result i32)))
    (import "" "future.drop-readable" (func $future.drop-readable (param i32)))
    (import "" "future.drop-writable" (func $future.drop-writable (param i32)))
    (import "" "source" (func $source (result i32)))
    (import "" "sink" (func $sink (param i32 i32) (result i32)))

    (global $r (mut i32) (i32.const 0))
    (global $w (mut i32) (i32.const 0))
    (func $stream
      (local $pair i64)
      (local.set $pair (call $stream.new))
      (global.set $r (i32.wrap_i64 (local.get $pair)))
      (global.set $w (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32)))))
    (func $future
      (local $pair i64)
      (local.set $pair (call $future.new))
      (global.set $r (i32.wrap_i64 (local.get $pair)))
      (global.set $w (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32)))))
    (func $end (param i32) (result i32)
      (call $task.return (local.get 0))
      (i32.const 0))
    (func $write (param $n i32) (result i32)
      (call $stream.write (global.get $w) (i32.const 0) (local.get $n)))
    (func $read (param $n i32) (result i32)
      (call $stream.read (global.get $r) (i32.const 100) (local.get $n)))
    (func (export "run") (param $n i32) (result i32)
      (local $set i32)
      (block $13 (block $12 (block $11 (block $10 (block $9 (block $8 (block $7 (block $6
      (block $5 (block $4 (block $3 (block $2 (block $1 (block $0
        (br_table $0 $1 $2 $3 $4 $5 $6 $7 $8 $9 $10 $11 $12 $13 (local.get $n)))
        ;; 0
        (call $stream.drop-readable (call $source))
        (return (call $end (i32.const 0))))
        ;; 1
        (global.set $r (call $source))
        (drop (call $read (i32.const 1)))
        (call $stream.drop-readable (global.get $r))
        (return (call $end (i32.const 0))))
        ;; 2
        (global.set $r (call $source))
        (if (i32.eq (call $read (i32.const 1)) (i32.const -1))
          (then (drop (call $stream.cancel-read (global.get $r)))))
        (call $stream.drop-readable (global.get $r))
        (return (call $end (i32.const 0))))
        ;; 3
        (call $stream)
        (drop (call $sink (global.get $r) (i32.const 8)))
        (call $stream.drop-writable (global.get $w))
        (return (call $end (i32.const 0))))
        ;; 4
        (call $stream)
        (drop (call $sink (global.get $r) (i32.const 8)))
        (drop (call $write (i32.const 1)))
        (call $stream.drop-writable (global.get $w))
        (return (call $end (i32.const 0))))
        ;; 5
        (call $stream)
        (drop (call $sink (global.get $r) (i32.const 8)))
        (if (i32.eq (call $write (i32.const 1)) (i32.const -1))
          (then (drop (call $stream.cancel-write (global.get $w)))))
        (call $stream.drop-writable (global.get $w))
        (return (call $end (i32.const 0))))
        ;; 6
        (call $stream)
        (call $stream.drop-readable (global.get $r))
        (return (call $end (call $write (i32.const 5)))))
        ;; 7
        (call $stream)
        (call $stream.drop-writable (global.get $w))
        (return (call $end (call $read (i32.const 5)))))
        ;; 8
        (call $stream)
        (drop (call $write (i32.const 3)))
        (drop (call $read (i32.const 1)))
        (call $stream.drop-readable (global.get $r))
        (local.set $set (call $waitable-set.new))
        (call $waitable.join (global.get $w) (local.get $set))
        (drop (call $waitable-set.poll (local.get $set) (i32.const 200)))
        (return (call $end (i32.load (i32.const 204)))))
        ;; 9
        (call $future)
        (call $future.drop-writable (global.get $w))
        (return (call $end (i32.const 0))))
        ;; 10
        (call $future)
        (call $future.drop-readable (global.get $r))
        (return (call $end (call $future.write (global.get $w) (i32.const 0)))))
        ;; 11
        (call $future)
        (call $future.drop-readable (global.get $r))
        (return (call $end (i32.const 0))))
        ;; 12
        (call $future)
        (drop (call $future.write (global.get $w) (i32.const 0)))
        (drop (call $future.read (global.get $r) (i32.const 100)))
        (drop (call $future.write (global.get $w) (i32.const 0)))
        (return (call $end (i32.const 0))))
      ;; 13
      (call $stream)
      (drop (call $write (i32.const 1)))
      (drop (call $read (i32.const 0)))
      (call $end (call $read (i32.const 1))))

    (func (export "next") (param i32 i32 i32) (result i32)
      unreachable)
  )
  (canon task.return (result u32) (core func $task.return))
  (canon waitable-set.new (core func $waitable-set.new))
  (canon waitable-set.poll (memory (core memory $memory "mem")) (core func $waitable-set.poll))
  (canon waitable.join (core func $waitable.join))
  (canon stream.new $bytes (core func $stream.new))
  (canon stream.read $bytes async (memory (core memory $memory "mem")) (core func $stream.read))
  (canon stream.write $bytes async (memory (core memory $memory "mem")) (core func $stream.write))
  (canon stream.cancel-read $bytes (core func $stream.cancel-read))
  (canon stream.cancel-write $bytes (core func $stream.cancel-write))
  (canon stream.drop-readable $bytes (core func $stream.drop-readable))
  (canon stream.drop-writable $bytes (core func $stream.drop-writable))
  (canon future.new $number (core func $future.new))
  (canon future.read $number async (memory (core memory $memory "mem")) (core func $future.read))
  (canon future.write $number async (memory (core memory $memory "mem")) (core func $future.write))
  (canon future.drop-readable $number (core func $future.drop-readable))
  (canon future.drop-writable $number (core func $future.drop-writable))
  (canon lower (func $host "source") (core func $source))
  (canon lower (func $host "sink") async (memory (core memory $memory "mem")) (core func $sink))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "task.return" (func $task.return))
    (export "waitable-set.new" (func $waitable-set.new))
    (export "waitable-set.poll" (func $waitable-set.poll))
    (export "waitable.join" (func $waitable.join))
    (export "stream.new" (func $stream.new))
    (export "stream.read" (func $stream.read))
    (export "stream.write" (func $stream.write))
    (export "stream.cancel-read" (func $stream.cancel-read))
    (export "stream.cancel-write" (func $stream.cancel-write))
    (export "stream.drop-readable" (func $stream.drop-readable))
    (export "stream.drop-writable" (func $stream.drop-writable))
    (export "future.new" (func $future.new))
    (export "future.read" (func $future.read))
    (export "future.write" (func $future.write))
    (export "future.drop-readable" (func $future.drop-readable))
    (export "future.drop-writable" (func $future.drop-writable))
    (export "source" (func $source))
    (export "sink" (func $sink))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "next"))))
)
