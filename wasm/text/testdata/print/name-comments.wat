(module
  (type (;0 $t;) (func (param i32 i32)))
  (type (;1 $point;) (struct (field i32) (field (mut i32)) (field (ref null 1))))
  (type (;2;) (func))
  (import "m" "f" (func (;0 $f;) (type 0 (;$t;))))
  (@custom "name" (after import) "\00\0b\nthe module\01\11\04\00\01f\01\01f\02\03f#1\03\03a b\02\18\03\00\01\01\03arg\02\03\00\01x\02\01x\04\01y\03\01\00\01p\03\10\01\02\03\00\01l\01\01l\03\05k\c3\a4se\04\0b\02\00\01t\01\05point\05\06\01\00\03tab\06\r\02\00\03mem\01\05other\07\04\01\01\01g\08\07\01\00\04elem\t\05\01\01\02d\n\n\t\01\01\02\00\01x\02\01x\0b\08\02\00\00\01\03tag")
  (table (;0 $tab;) 0 funcref)
  (memory (;0 $mem;) 0)
  (memory (;1 $other;) 0)
  (tag (;0;) (type 2))
  (tag (;1 $tag;) (type 0 (;$t;)) (param i32 i32))
  (global (;0;) i32 (i32.const 0))
  (global (;1 $g;) i32 (global.get 0))
  (start 0 (;$f;))
  (elem (;0 $elem;) (i32.const 0) func 1 (;$f#2;) 9)
  (func (;1 $f#2;) (type 0 (;$t;)) (param i32 i32))
  (func (;2 $f#1;) (type 0 (;$t;)) (param i32 i32)
    (local i32 i32 i32 i32)
    block ;; label = @1
      block ;; label = @2
        block ;; label = @3
          br 0 (;@3;)
          br 1 (;@2;)
          br 2 (;@1;)
          br 3 (;@0;)
        end
      end
      br 0 (;@1;)
      block ;; label = @2
        br_table 0 (;@2;) 1 (;@1;) 2 (;@0;)
      end
    end
    call 3 (;$"a b";)
    local.get 2
    local.get 3
    struct.get 1 (;$point;) 2
    struct.get 1 (;$point;) 1
    struct.get 9 0
    table.get 0 (;$tab;)
    throw 1 (;$tag;)
    i32.load 1 (;$other;)
    data.drop 1 (;$"d\n";)
    elem.drop 0 (;$elem;)
    call_indirect (type 0 (;$t;))
    ref.null 1
  )
  (func (;3 $"a b";) (type 0 (;$t;)) (param i32 i32)
    local.get 0
  )
  (data (;0;) "")
  (data (;1 $"d\n";) "")
)
