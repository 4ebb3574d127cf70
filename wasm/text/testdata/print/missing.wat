(module
  (type (;0;) (func))
  (type (;1;) (func (param i32 i64) (result i32)))
  (type (;2;) (func (param f32 f64) (result f64)))
  (type (;3;) (func (param i64) (result i64)))
  (type (;4;) (func (param i32) (result i32)))
  (type (;5;) (func (param i32)))
  (import "env" "memory" (memory (;0;) 2))
  (import "env" "__indirect_function_table" (table (;0;) 2 funcref))
  (import "env" "bar" (func (;0;) (type 1)))
  (import "env" "mix" (func (;1;) (type 2)))
  (import "wasi_snapshot_preview1" "fd_close" (func (;2;) (type 3)))
  (import "wasi_snapshot_preview1" "fd_teleport" (func (;3;) (type 4)))
  (import "some-module" "a name with spaces" (func (;4;) (type 5)))
  (import "env" "foo" (func (;5;) (type 0)))
  (global (;0;) (mut i32) (i32.const 65536))
  (export "_start" (func 6))
  (elem (;0;) (i32.const 1) func 5)
  (func (;6;) (type 0)
    i32.const 0
    i32.load offset=65536
    call_indirect (type 0)
    f32.const 1
    i32.const 1
    i64.const 2
    call 0
    f64.convert_i32_s
    call 1
    drop
    i64.const 3
    call 2
    i32.wrap_i64
    call 3
    call 4
  )
  (data (;0;) (i32.const 65536) "\01\00\00\00")
)
