;; This file uses numbers that name nothing, or a thing of another kind. run(n) must trap for
;; each n from 0 to 9: 0 waits for no set, 1 drops no subtask, 2 cancels no subtask, 3 joins
;; nothing to a set, 4 reads a set as a stream, 5 reads with the writable end, 6 writes a
;; future with the readable end, 7 drops a readable end as a writable one, 8 drops a stream
;; twice, 9 drops a set that has something in it.
(component
  (type $bytes (stream u8))
  (type $number (future u32))
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "task.return" (func $task.return (param i32)))
    (import "" "subtask.cancel" (func $subtask.cancel (param i32) (result i32)))
    (import "" "subtask.drop" (func $subtask.drop (param i32)))
    (import "" "waitable-set.new" (func $waitable-set.new (result i32)))
    (import "" "waitable-set.poll" (func $waitable-set.poll (param i32 i32) (result i32)))
    (import "" "waitable-set.drop" (func $waitable-set.drop (param i32)))
    (import "" "waitable.join" (func $waitable.join (param i32 i32)))
    (import "" "stream.new" (func $stream.new (result i64)))
    (import "" "stream.read" (func $stream.read (param i32 i32 i32) (result i32)))
    (import "" "stream.drop-readable" (func $stream.drop-readable (param i32)))
    (import "" "stream.drop-writable" (func $stream.drop-writable (param i32)))
    (import "" "future.new" (func $future.new (result i64)))
    (import "" "future.write" (func $future.write (param i32 i32) (result i32)))

    ;; $end is what must not be reached.
    (func $end (result i32)
      (call $task.return (i32.const 100))
      (i32.const 0))
    (func (export "run") (param $n i32) (result i32)
      (local $set i32) (local $pair i64) (local $r i32) (local $w i32) (local $future i64)
      (local.set $set (call $waitable-set.new))
      (local.set $pair (call $stream.new))
      (local.set $r (i32.wrap_i64 (local.get $pair)))
      (local.set $w (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32))))
      (local.set $future (call $future.new))
      (block $9 (block $8 (block $7 (block $6 (block $5 (block $4 (block $3 (block $2 (block $1 (block $0
        (br_table $0 $1 $2 $3 $4 $5 $6 $7 $8 $9 (local.get $n)))
        ;; 0
        (drop (call $waitable-set.poll (i32.const 12345) (i32.const 0)))
        (return (call $end)))
        ;; 1
        (call $subtask.drop (i32.const 12345))
        (return (call $end)))
        ;; 2
        (drop (call $subtask.cancel (local.get $r)))
        (return (call $end)))
        ;; 3
        (call $waitable.join (i32.const 12345) (local.get $set))
        (return (call $end)))
        ;; 4
        (drop (call $stream.read (local.get $set) (i32.const 0) (i32.const 1)))
        (return (call $end)))
        ;; 5
        (drop (call $stream.read (local.get $w) (i32.const 0) (i32.const 1)))
        (return (call $end)))
        ;; 6
        (drop (call $future.write (i32.wrap_i64 (local.get $future)) (i32.const 0)))
        (return (call $end)))
        ;; 7
        (call $stream.drop-writable (local.get $r))
        (return (call $end)))
        ;; 8
        (call $stream.drop-readable (local.get $r))
        (call $stream.drop-readable (local.get $r))
        (return (call $end)))
      ;; 9
      (call $waitable.join (local.get $r) (local.get $set))
      (call $waitable-set.drop (local.get $set))
      (call $end))

    (func (export "next") (param i32 i32 i32) (result i32)
      unreachable)
  )
  (canon task.return (result u32) (core func $task.return))
  (canon subtask.cancel (core func $subtask.cancel))
  (canon subtask.drop (core func $subtask.drop))
  (canon waitable-set.new (core func $waitable-set.new))
  (canon waitable-set.poll (memory (core memory $memory "mem")) (core func $waitable-set.poll))
  (canon waitable-set.drop (core func $waitable-set.drop))
  (canon waitable.join (core func $waitable.join))
  (canon stream.new $bytes (core func $stream.new))
  (canon stream.read $bytes async (memory (core memory $memory "mem")) (core func $stream.read))
  (canon stream.drop-readable $bytes (core func $stream.drop-readable))
  (canon stream.drop-writable $bytes (core func $stream.drop-writable))
  (canon future.new $number (core func $future.new))
  (canon future.write $number async (memory (core memory $memory "mem")) (core func $future.write))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "task.return" (func $task.return))
    (export "subtask.cancel" (func $subtask.cancel))
    (export "subtask.drop" (func $subtask.drop))
    (export "waitable-set.new" (func $waitable-set.new))
    (export "waitable-set.poll" (func $waitable-set.poll))
    (export "waitable-set.drop" (func $waitable-set.drop))
    (export "waitable.join" (func $waitable.join))
    (export "stream.new" (func $stream.new))
    (export "stream.read" (func $stream.read))
    (export "stream.drop-readable" (func $stream.drop-readable))
    (export "stream.drop-writable" (func $stream.drop-writable))
    (export "future.new" (func $future.new))
    (export "future.write" (func $future.write))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "next"))))
)
