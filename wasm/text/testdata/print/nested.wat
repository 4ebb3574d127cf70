(component
  (core module $m (;0;) (@name "own name")
    (type (;0;) (func (param i32 i32 i32 i32) (result i32)))
    (type (;1;) (func (param i32)))
    (type (;2;) (func))
    (import "wasi_unstable" "fd_write" (func (;0;) (type 0)))
    (import "wasi_unstable" "proc_exit" (func (;1;) (type 1)))
    (memory (;0;) 2)
    (global (;0;) (mut i32) (i32.const 65536))
    (export "memory" (memory 0))
    (export "_start" (func 2))
    (func (;2;) (type 2)
      (local i32)
      global.get 0
      i32.const 16
      i32.sub
      local.tee 0
      global.set 0
      local.get 0
      i32.const 0
      i64.load offset=65568
      i64.store offset=8
      i32.const 1
      local.get 0
      i32.const 8
      i32.add
      i32.const 1
      local.get 0
      i32.const 4
      i32.add
      call 0
      call 1
      local.get 0
      i32.const 16
      i32.add
      global.set 0
    )
    (data (;0;) (i32.const 65536) "hello from wasi_unstable\n\00\00\00\00\00\00\00\00\00\01\00\19\00\00\00")
  )
  (core module)
)
