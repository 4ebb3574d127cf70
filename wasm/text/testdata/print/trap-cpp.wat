(module $trap-cpp.wasm
  (type (;0;) (func (param i32 i32) (result i32)))
  (type (;1;) (func))
  (table (;0;) 2 2 funcref)
  (memory (;0;) 2)
  (global $__stack_pointer (;0;) (mut i32) (i32.const 65536))
  (export "memory" (memory 0))
  (export "_start" (func $_start))
  (elem (;0;) (i32.const 1) func $"shapes::Polygon<int, 4>::scaled(long) const")
  (func $"shapes::operator%(shapes::Shape const&, long)" (;0;) (type 0) (param i32 i32) (result i32)
    local.get 0
    local.get 1
    local.get 0
    i32.load
    i32.load
    call_indirect (type 0)
    local.get 0
    local.get 1
    i32.const -1
    i32.add
    local.get 0
    i32.load
    i32.load
    call_indirect (type 0)
    i32.add
    i32.const 1
    i32.add
  )
  (func $_start (;1;) (type 1)
    (local i32)
    global.get $__stack_pointer
    i32.const 16
    i32.sub
    local.tee 0
    global.set $__stack_pointer
    local.get 0
    i32.const 12
    i32.store offset=12
    local.get 0
    i32.const 65544
    i32.store offset=8
    local.get 0
    local.get 0
    i32.const 8
    i32.add
    i32.store offset=4
    i32.const 0
    local.get 0
    i32.load offset=4
    i32.const 0
    i32.load offset=65548
    i32.const 1
    i32.add
    call $"shapes::operator%(shapes::Shape const&, long)"
    i32.store offset=65548
    local.get 0
    i32.const 16
    i32.add
    global.set $__stack_pointer
  )
  (func $"shapes::Polygon<int, 4>::scaled(long) const" (;2;) (type 0) (param i32 i32) (result i32)
    (local i32)
    global.get $__stack_pointer
    i32.const 16
    i32.sub
    local.tee 2
    global.set $__stack_pointer
    local.get 2
    local.get 0
    i32.store offset=12
    local.get 2
    i32.const 12
    i32.add
    local.get 1
    call $"int shapes::Polygon<int, 4>::apply<shapes::Polygon<int, 4>::scaled(long) const::'lambda'(int)>(shapes::Polygon<int, 4>::scaled(long) const::'lambda'(int) const&, int)"
    local.set 0
    local.get 2
    i32.const 16
    i32.add
    global.set $__stack_pointer
    local.get 0
    i32.const 2
    i32.shl
  )
  (func $"int shapes::Polygon<int, 4>::apply<shapes::Polygon<int, 4>::scaled(long) const::'lambda'(int)>(shapes::Polygon<int, 4>::scaled(long) const::'lambda'(int) const&, int)" (;3;) (type 0) (param i32 i32) (result i32)
    local.get 0
    local.get 1
    call $"shapes::Polygon<int, 4>::scaled(long) const::'lambda'(int)::operator()(int) const"
    i32.const 1
    i32.add
  )
  (func $"shapes::Polygon<int, 4>::scaled(long) const::'lambda'(int)::operator()(int) const" (;4;) (type 0) (param i32 i32) (result i32)
    local.get 0
    i32.load
    i32.load offset=4
    local.get 1
    i32.div_s
  )
  (data $.rodata (;0;) (i32.const 65536) "\00\00\00\00\00\00\00\00\01\00\00\00")
  (@custom ".debug_loclists" (after data) "4\00\00\00\05\00\04\00\03\00\00\00\0c\00\00\00\19\00\00\00#\00\00\00\01\03\04\0e\1b\06\ed\00\00#\08\9f\00\01\03\04\1b\\\03\11\0c\9f\00\03\06;\04\ed\00\01\9f\00")
  (@custom ".debug_abbrev" (after data) "\01\11\01%%\13\05\03%r\17\10\17\1b%\11\01U#s\17t\17\8c\01\17\00\00\024\00\03%I\13:\0b;\0b\02\18n%\00\00\035\00I\13\00\00\04$\00\03%>\0b\0b\0b\00\00\054\00G\13\88\01\0f\02\18n%\00\00\069\01\03%\00\00\07\02\01\1d\136\0b\03%\0b\0b:\0b;\0b\00\00\08/\00I\13\03%\00\00\t0\00I\13\03%\1c\r\00\00\n\1c\00I\138\0b2\0b\00\00\0b\r\00\03%I\13:\0b;\0b8\0b\00\00\0c.\01n%\03%:\0b;\0b<\19?\192\0bc\19\00\00\r\05\00I\134\19\00\00\0e\05\00I\13\00\00\0f.\01n%\03%:\0b;\0bI\13L\0bM\18<\19?\192\0b\1d\13\00\00\104\00\03%I\13?\19<\194\19\00\00\11.\01n%\03%:\0b;\0bI\13<\19?\19\00\00\12\r\00\03%I\138\0b4\19\00\00\13.\01n%\03%:\0b;\0b<\19?\192\0b\00\00\14.\01n%\03%:\0b;\0bI\13?\19 !\01\00\00\15\05\00\03%:\0b;\0bI\13\00\00\16.\01\11\1b\12\06@\18z\19n%\03%:\0b;\0bI\13?\19\00\00\17\05\00\02\18\03%:\0b;\0bI\13\00\00\18\1d\011\13\11\1b\12\06X\0bY\0bW\0b\00\00\19\05\00\02\181\13\00\00\1a\0f\00I\13\00\00\1b\0f\00I\13\03%\00\00\1c\15\00I\13\00\00\1d&\00I\13\00\00\1e\0f\00\00\00\1f4\00G\13\88\01\0fn%\00\00 \10\00I\13\00\00!.\01n%G\13 !\01d\13\00\00\"\05\00\03%I\134\19\00\00#.\01\11\1b\12\06@\18z\19\03%:\0b;\0b?\19\00\00$4\00\02\18\03%:\0b;\0bI\13\00\00%\05\00\02\"1\13\00\00&H\00\7f\13}\1b\00\00'.\01\11\1b\12\06@\18d\13z\19G\13\00\00(\05\00\02\18\03%I\134\19\00\00)\05\00\02\"\03%:\0b;\0bI\13\00\00*\02\016\0b\0b\0b:\0b;\0b\00\00+.\01\03%:\0b;\0bI\13<\19?\192\0b\00\00,.\01\11\1b\12\06@\18z\19G\13\00\00-.\01\11\1b\12\06@\18d\13z\19n%G\13\00\00\00")
  (@custom ".debug_info" (after data) "\n\03\00\00\05\00\01\04\00\00\00\00\01\00!\00\01\08\00\00\00\00\00\00\00\02\00\00\00\00\00\08\00\00\00\0c\00\00\00\0c\00\00\00\02\037\00\00\00\00.\02\a1\00\05\03<\00\00\00\04\04\05\04\05\a1\00\00\00\04\02\a1\01\17\06\06\07\c2\00\00\00\04\15\08\00\12\08\83\01\00\00\08\t\83\01\00\00\t\04\n\c2\00\00\00\00\01\0b\11\83\01\00\00\00!\04\0c\12\13\00\14\01\r\a6\01\00\00\0e\83\01\00\00\00\0f\14\r\00\16<\00\00\00\01\02\10\00\01L\00\00\00\r\ab\01\00\00\0e<\00\00\00\00\10\16\b5\01\00\00\11\"#\00\1d\83\01\00\00\08]\02\00\00!\0e\86\02\00\00\0e\83\01\00\00\00\00\07\c2\00\00\00\04\10\04\00\t\12\n\87\01\00\00\00\0f\0c\r\00\0b<\00\00\00\02\02\10\00\01\c2\00\00\00\r\97\01\00\00\0e<\00\00\00\00\13\0e\0f\00\0e\02\r\a1\01\00\00\00\10\16\b5\01\00\00\00\14\19\1a\00$<\00\00\00\15\1b\00$\bd\01\00\00\15\1c\00$\bd\01\00\00\15\1d\00$<\00\00\00\00\16\027\00\00\00\07\ed\03\00\00\00\00\9f%&\00(<\00\00\00\17\04\ed\00\00\9f\1b\00(\bd\01\00\00\17\04\ed\00\01\9f\1d\00(<\00\00\00\18\03\01\00\00\025\00\00\00\00)\n\19\04\ed\00\00\9f\0c\01\00\00\19\04\ed\00\00\9f\14\01\00\00\19\04\ed\00\01\9f\1c\01\00\00\00\00\00\04\07\05\04\1a\8c\01\00\00\1b\92\01\00\00\0b\1c\83\01\00\00\1a\9c\01\00\00\1d\c2\00\00\00\1a\c2\00\00\00\1aL\00\00\00\1a\b0\01\00\00\1dL\00\00\00\1e\1f\fc\00\00\00\04\18 \9c\01\00\00!\1es\00\00\00\cc\01\00\00\"\1f\db\01\00\00\15 \00\14\83\01\00\00\00\1aL\00\00\00#\03\\\00\00\00\04\ed\00\00\9f'\000$\02\91\08)\001L\00\00\00$\02\91\04*\002\fe\02\00\00\18\c2\01\00\00\04\0e\00\00\00\001\1b%\00\cc\01\00\00%\01\d2\01\00\00\00&%\01\00\00\05\00'\06;\00\00\00\04\ed\00\02\9f8\02\00\00\84\00\00\00(\04\ed\00\00\9f\1f\81\02\00\00)\02\1d\00\16<\00\00\00$\02\91\0c+\00\17]\02\00\00&\90\02\00\00\07*\05\04\00\17\0b\1f\81\02\00\00\00\17\00+$\00\17\83\01\00\00\01\r\c9\02\00\00\0e\83\01\00\00\00\00\00\1a\b0\01\00\00 \8b\02\00\00\1d]\02\00\00,\08\0f\00\00\00\07\ed\03\00\00\00\00\9f\a7\00\00\00\17\04\ed\00\00\9f-\00\1d\86\02\00\00\17\04\ed\00\01\9f,\00\1d\83\01\00\00&\ce\02\00\00\t\08]\02\00\00!\00\1a\8b\02\00\00-\n\r\00\00\00\07\ed\03\00\00\00\00\9f\e5\02\00\00(k\02\00\00(\04\ed\00\00\9f\1f\08\03\00\00\17\04\ed\00\01\9f,\00\17\83\01\00\00\00\03\03\03\00\00\1a\9c\01\00\00\1a\8b\02\00\00\00")
  (@custom ".debug_rnglists" (after data) "\1c\00\00\00\05\00\04\00\01\00\00\00\04\00\00\00\03\027\03\03\\\03\06;\03\08\0f\03\n\r\00")
  (@custom ".debug_str_offsets" (after data) "\bc\00\00\00\05\00\00\00T\02\00\00\ce\01\00\00R\02\00\009\00\00\00\84\01\00\005\00\00\00(\00\00\00\1f\00\00\00\e6\01\00\00/\00\00\00\af\01\00\00\92\01\00\00\9a\00\00\00\c7\01\00\00\03\00\00\00\a8\01\00\00\b5\01\00\00\e0\01\00\00H\01\00\00>\00\00\00\b5\00\00\00\1b\02\00\00\89\02\00\00\fe\01\00\00\ea\01\00\00T\00\00\00F\00\00\00\de\01\00\00\dc\01\00\00\00\00\00\00f\01\00\00#\00\00\00\bb\01\00\00\e8\01\00\00\d9\00\00\00+\02\00\00t\02\00\00\7f\00\00\00\7f\02\00\00\18\00\00\00\17\01\00\00\8b\01\00\00\a2\01\00\00\c0\01\00\00D\00\00\00\89\01\00\00")
  (@custom ".debug_str" (after data) "by\00_ZN6shapes5ShapeD4Ev\00_start\00int\00this\00shapes\00Sides\00_ZL4zero\00Polygon\00inlined_total\00_ZN6shapes13inlined_totalERKNS_5ShapeES2_l\00_ZN6shapesrmERKNS_5ShapeEl\00_ZNK6shapes5Shape6scaledEl\00_ZNK6shapes7PolygonIiLi4EE6scaledEl\00_ZN6shapes7PolygonIiLi4EE5applyIZNKS1_6scaledElEUliE_EEiRKT_i\00_ZZNK6shapes7PolygonIiLi4EE6scaledElENKUliE_clEi\00_ZN6shapes7PolygonIiLi4EEC4Ei\00_ZN6shapes7PolygonIiLi4EEC2Ei\00long\00f\00square\00__vtbl_ptr_type\00shape\00~Shape\00_vptr$Shape\00edge\00divide\00scaled\00c/trap-cpp.cc\00b\00a\00edge_\00T\00F\00_ZTVN6shapes5ShapeE\00_ZTVN6shapes7PolygonIiLi4EEE\00Polygon<int, 4>\00apply<(lambda at c/trap-cpp.cc:23:19)>\00.\00Debian clang version 22.1.8 (3)\00operator()\00operator%\00_vtable$\00")
  (@custom ".debug_addr" (after data) "0\00\00\00\05\00\04\00\0c\00\01\00\00\00\01\00\02\00\00\00:\00\00\00R\00\00\00\83\00\00\00\97\00\00\00\bf\00\00\00\d3\00\00\00\de\00\00\00\e3\00\00\00")
  (@custom ".debug_line" (after data) "\0e\01\00\00\05\00\04\007\00\00\00\01\01\01\fb\0e\r\00\01\01\01\01\00\00\00\01\00\00\01\01\01\1f\01\0e\00\00\00\03\01\1f\02\0f\05\1e\01\00\00\00\00\00\edq\d7u\0b4w\14\d8g@\f5|\b9k\c6\04\00\05\0c\n\00\05\02\03\00\00\00\03$\01\06\03[\08f\05%\06\03%f\05\1b\06 \05\17\06\08.\05\"@\05\03\06 \02\01\00\01\01\04\00\00\05\02:\00\00\00\03/\01\05\1e\n\03d\08t\06\03l<\05*\03\14\82\05!\06\03\1e<\05\14\a0\05\0b\06.\05\14X\05\19\ac\05\11 \05\08\06f\05\01u\02\0c\00\01\01\04\00\00\05\02\97\00\00\00\03\15\01\05\13\n\08=\05\0cu\c8\05\05\06.\05.\e4\05\05 \02\01\00\01\01\04\00\05\0c\n\00\05\02\d4\00\00\00\03\1d\01\06\03b\9e\05\11\06\03\1e.\05\05\06 \02\01\00\01\01\04\00\00\05\02\e3\00\00\00\03\16\01\05B\nf\05H\06<\05;<\02\01\00\01\01")
  (@custom ".debug_line_str" (after data) "c/trap-cpp.cc\00.\00")
  ;; language: C_plus_plus_14
  ;; processed-by: Debian clang 22.1.8 (3)
  (@custom "producers" (after last) "\02\08language\01\0eC_plus_plus_14\00\0cprocessed-by\01\0cDebian clang\n22.1.8 (3)")
  (@custom "target_features" (after last) "\08+\0bbulk-memory+\0fbulk-memory-opt+\16call-indirect-overlong+\nmultivalue+\0fmutable-globals+\13nontrapping-fptoint+\0freference-types+\08sign-ext")
)
