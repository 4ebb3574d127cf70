;; Threads by hand: a mutex, turns, a queue of one place, a sum, and globals,
;; which are each thread's own. The program exits with the number of the check
;; that fails.
;;
;;    0 a mutex      4 turn        8 threads that have ended
;;   16 counter     24 the queue's place: 0 is free
;;   32 sum of all that was taken out of the queue, an i64
;; 4096 words to be summed, up to 65536
(module
  (import "env" "memory" (memory 2 2 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (export "memory" (memory 0))
  (table funcref (elem $count $turns $put $take $sum $own $count $count))
  (global $mine (mut i32) (i32.const 7))

  (func $check (param $ok i32) (param $number i32)
    (if (i32.eqz (local.get $ok)) (then (call $exit (local.get $number)))))

  (func $lock
    (if (i32.eqz (i32.atomic.rmw.cmpxchg (i32.const 0) (i32.const 0) (i32.const 1))) (then (return)))
    (loop $again
      (if (i32.atomic.rmw.xchg (i32.const 0) (i32.const 2)) (then
        (drop (memory.atomic.wait32 (i32.const 0) (i32.const 2) (i64.const -1)))
        (br $again)))))
  (func $unlock
    (if (i32.eq (i32.atomic.rmw.xchg (i32.const 0) (i32.const 0)) (i32.const 2))
      (then (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))))

  ;; 0, 6 and 7: add to a number that is not atomic.
  (func $count (param $arg i32) (local $n i32)
    (loop $l
      (call $lock)
      (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (i32.const 1)))
      (call $unlock)
      (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 1000)))))

  ;; 1, and the main thread: wait for a turn, and pass it on.
  (func $turns (param $me i32) (local $n i32)
    (loop $l
      (loop $wait
        (if (i32.ne (i32.atomic.load (i32.const 4)) (local.get $me)) (then
          (drop (memory.atomic.wait32 (i32.const 4) (i32.sub (i32.const 1) (local.get $me)) (i64.const -1)))
          (br $wait))))
      (i32.atomic.store (i32.const 4) (i32.sub (i32.const 1) (local.get $me)))
      (drop (memory.atomic.notify (i32.const 4) (i32.const 1)))
      (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 500)))))

  ;; 2 and 3: put 1 to 1000 into the queue, and take them out.
  (func $put (param $arg i32) (local $n i32)
    (loop $l
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (loop $full
        (if (i32.atomic.rmw.cmpxchg (i32.const 24) (i32.const 0) (local.get $n)) (then
          (drop (memory.atomic.wait32 (i32.const 24) (i32.sub (local.get $n) (i32.const 1)) (i64.const 1000000)))
          (br $full))))
      (drop (memory.atomic.notify (i32.const 24) (i32.const -1)))
      (br_if $l (i32.lt_u (local.get $n) (i32.const 1000)))))
  (func $take (param $arg i32) (local $n i32) (local $got i32)
    (loop $l
      (loop $empty
        (local.set $got (i32.atomic.rmw.xchg (i32.const 24) (i32.const 0)))
        (if (i32.eqz (local.get $got)) (then
          (drop (memory.atomic.wait32 (i32.const 24) (i32.const 0) (i64.const 1000000)))
          (br $empty))))
      (drop (memory.atomic.notify (i32.const 24) (i32.const -1)))
      (drop (i64.atomic.rmw.add (i32.const 32) (i64.extend_i32_u (local.get $got))))
      (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 1000)))))

  ;; 4: sum what the main thread has put into memory.
  (func $sum (param $arg i32) (local $p i32) (local $s i32)
    (local.set $p (i32.const 4096))
    (loop $l
      (local.set $s (i32.add (local.get $s) (i32.load (local.get $p))))
      (br_if $l (i32.lt_u (local.tee $p (i32.add (local.get $p) (i32.const 4))) (i32.const 65536))))
    (call $check (i32.eq (local.get $s) (i32.const 15360)) (i32.const 4)))

  ;; 5: globals begin as the module says, in each thread.
  (func $own (param $arg i32)
    (call $check (i32.eq (global.get $mine) (i32.const 7)) (i32.const 5))
    (global.set $mine (i32.const 9)))

  (func (export "wasi_thread_start") (param $id i32) (param $arg i32)
    (call $check (i32.gt_s (local.get $id) (i32.const 0)) (i32.const 6))
    (call_indirect (param i32) (local.get $arg) (local.get $arg))
    (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 8) (i32.const 1))))

  (func (export "_start") (local $n i32) (local $done i32)
    (global.set $mine (i32.const 8))
    (local.set $n (i32.const 4096))
    (loop $l
      (i32.store (local.get $n) (i32.const 1))
      (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 4))) (i32.const 65536))))
    (local.set $n (i32.const 0))
    (loop $l
      (call $check (i32.gt_s (call $spawn (local.get $n)) (i32.const 0)) (i32.const 7))
      (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 8))))
    (call $turns (i32.const 0))
    (loop $wait
      (local.set $done (i32.atomic.load (i32.const 8)))
      (if (i32.lt_u (local.get $done) (i32.const 8)) (then
        (drop (memory.atomic.wait32 (i32.const 8) (local.get $done) (i64.const -1)))
        (br $wait))))
    (call $check (i32.eq (i32.load (i32.const 16)) (i32.const 3000)) (i32.const 10))
    (call $check (i64.eq (i64.atomic.load (i32.const 32)) (i64.const 500500)) (i32.const 11))
    (call $check (i32.eq (global.get $mine) (i32.const 8)) (i32.const 12))))
