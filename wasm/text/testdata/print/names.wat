(module $"the module"
  (type $t (;0;) (func (param i32 i32)))
  (type $point (;1;) (struct (field $x i32) (field (mut i32)) (field $x#1 (@name "x") (ref null $point))))
  (type (;2;) (func))
  (import "m" "f" (func $f (;0;) (type $t) (param i32) (param $arg i32)))
  (table $tab (;0;) 0 funcref)
  (memory $mem (;0;) 0)
  (memory $other (;1;) 0)
  (tag (@name "") (;0;) (type 2))
  (tag $tag (;1;) (type $t) (param i32 i32))
  (global (;0;) i32 (i32.const 0))
  (global $g (;1;) i32 (global.get 0))
  (start $f)
  (elem $elem (;0;) (i32.const 0) func $f#2 9)
  (func $f#2 (@name "f") (;1;) (type $t) (param i32 i32))
  (func $f#1 (;2;) (type $t) (param $x i32) (param i32)
    (local $x#1 (@name "x") i32) (local i32) (local $y i32) (local i32)
    block $l ;; label = @1
      block $l ;; label = @2
        block ;; label = @3
          br 0 (;@3;)
          br $l
          br 2 (;@1;)
          br 3 (;@0;)
        end
      end
      br $l
      block $"käse" ;; label = @2
        br_table $"käse" $l 2 (;@0;)
      end
    end
    call $"a b"
    local.get $x#1
    local.get 3
    struct.get $point $x#1
    struct.get $point 1
    struct.get 9 0
    table.get $tab
    throw $tag
    i32.load $other
    data.drop $"d\n"
    elem.drop $elem
    call_indirect (type $t)
    ref.null $point
  )
  (func $"a b" (;3;) (type $t) (param $p i32) (param i32)
    local.get $p
  )
  (data (;0;) "")
  (data $"d\n" (;1;) "")
)
