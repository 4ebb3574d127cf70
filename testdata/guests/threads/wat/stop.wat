;; Ways not to end. Each export is one; the tests end them.
(module
  (import "env" "memory" (memory 1 1 shared))
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (export "memory" (memory 0))
  (table 4 funcref)
  (elem (i32.const 0) $leaf $leaf $leaf $leaf)

  (func $leaf (export "leaf"))

  (func (export "empty") (loop $l (br $l)))
  (func (export "calls") (loop $l (call $leaf) (br $l)))
  (func (export "indirect") (local $i i32)
    (loop $l
      (call_indirect (i32.and (local.get $i) (i32.const 3)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $l)))
  (func (export "table") (local $i i32)
    (loop $l
      (block $b
        (block $a
          (br_table $a $b $l (i32.rem_u (local.get $i) (i32.const 3))))
        (local.set $i (i32.add (local.get $i) (i32.const 1))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $l)))
  (func $even (export "mutual") (return_call $odd))
  (func $odd (return_call $even))
  (func (export "fill")
    (loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br $l)))
  ;; A tree of calls, 2 to the power of 62 of them, that is not deep.
  (func $tree (param i32)
    (if (local.get 0) (then
      (call $tree (i32.sub (local.get 0) (i32.const 1)))
      (call $tree (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "tree") (call $tree (i32.const 62)))

  (func (export "wait")
    (drop (memory.atomic.wait32 (i32.const 64) (i32.const 0) (i64.const -1))))
  (func (export "wait64")
    (drop (memory.atomic.wait64 (i32.const 64) (i64.const 0) (i64.const 0x7fffffffffffffff))))
  ;; A loop of waits that time out at once.
  (func (export "waits")
    (loop $l
      (drop (memory.atomic.wait32 (i32.const 64) (i32.const 0) (i64.const 0)))
      (br $l)))
  (func (export "sleep")
    (i64.store (i32.const 128) (i64.const 0)) ;; userdata
    (i32.store8 (i32.const 136) (i32.const 0)) ;; a clock
    (i32.store (i32.const 144) (i32.const 1)) ;; monotonic
    (i64.store (i32.const 152) (i64.const 0x1000000000000000))
    (drop (call $poll_oneoff (i32.const 128) (i32.const 256) (i32.const 1) (i32.const 320))))
  (func (export "read")
    (i32.store (i32.const 128) (i32.const 256))
    (i32.store (i32.const 132) (i32.const 16))
    (drop (call $fd_read (i32.const 0) (i32.const 128) (i32.const 1) (i32.const 192)))))
