  ;; These are added to a Go module before it is joined with the adapter: what
  ;; gives the adapter memory, 512 KiB of a variable of the Go program's, which
  ;; begins with 16 bytes that are nowhere else.
  (global $adapter_next (mut i32) (i32.const 0))
  (global $adapter_end (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
    (local $at i32)
    (if (i32.eqz (global.get $adapter_next))
      (then
        (loop $search
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (br_if $search (i64.ne (i64.load (local.get $at)) (i64.const 0x7061646120656874)))
          (br_if $search (i64.ne (i64.load offset=8 (local.get $at)) (i64.const 0x656d207327726574))))
        (global.set $adapter_next (i32.add (local.get $at) (i32.const 16)))
        (global.set $adapter_end (i32.add (local.get $at) (i32.const 0x80000)))))
    (local.set $at
      (i32.and
        (i32.add (global.get $adapter_next) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (if (i32.gt_u (local.get $new) (i32.sub (global.get $adapter_end) (local.get $at)))
      (then unreachable))
    (global.set $adapter_next (i32.add (local.get $at) (local.get $new)))
    (memory.copy (local.get $at) (local.get $old) (local.get $size))
    (local.get $at))
)
