;; This file reads n bytes of host.source one by one, at most one read for each, and then
;; returns how many it got while it keeps the stream open. The host's writer must not run
;; ahead of it by more than a buffer, and ends with the instance.
(component
  (import "host" (instance $host
    (export "tick" (func async (result u64)))
    (export "source" (func (result (stream u8))))
    (export "sink" (func async (param "s" (stream u8)) (result u64)))
    (export "forever" (func async))))
  (type $bytes (stream u8))
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "task.return" (func $task.return (param i32)))
    (import "" "thread.yield" (func $thread.yield (result i32)))
    (import "" "stream.read" (func $stream.read (param i32 i32 i32) (result i32)))
    (import "" "stream.cancel-read" (func $stream.cancel-read (param i32) (result i32)))
    (import "" "source" (func $source (result i32)))

    (func (export "run") (param $n i32) (result i32)
      (local $from i32) (local $got i32) (local $i i32) (local $result i32)
      (local.set $from (call $source))
      (loop $again
        (local.set $result (call $stream.read (local.get $from) (i32.const 0) (i32.const 1)))
        (if (i32.eq (local.get $result) (i32.const -1))
          (then
            (drop (call $thread.yield))
            (local.set $result (call $stream.cancel-read (local.get $from)))))
        (local.set $got (i32.add (local.get $got) (i32.shr_u (local.get $result) (i32.const 4))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (if (i32.ne (i32.and (local.get $result) (i32.const 15)) (i32.const 1))
          (then (br_if $again (i32.lt_u (local.get $i) (local.get $n))))))
      (call $task.return (local.get $got))
      (i32.const 0))

    (func (export "next") (param i32 i32 i32) (result i32)
      unreachable)
  )
  (canon task.return (result u32) (core func $task.return))
  (canon thread.yield (core func $thread.yield))
  (canon stream.read $bytes async (memory (core memory $memory "mem")) (core func $stream.read))
  (canon stream.cancel-read $bytes (core func $stream.cancel-read))
  (canon lower (func $host "source") (core func $source))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "task.return" (func $task.return))
    (export "thread.yield" (func $thread.yield))
    (export "stream.read" (func $stream.read))
    (export "stream.cancel-read" (func $stream.cancel-read))
    (export "source" (func $source))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "next"))))
)
