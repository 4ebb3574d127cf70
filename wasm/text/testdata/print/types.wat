(module
  (type (;0;) (func))
  (rec
    (type (;1;) (func (param i32 i64 f32 f64 v128) (result funcref externref)))
  )
  (type (;2;) (struct))
  (rec)
  (rec
    (type (;3;) (sub (struct (field i8) (field (mut i16)))))
    (type (;4;) (sub 3 (struct (field i8) (field (mut i16)) (field (mut (ref null 4))))))
    (type (;5;) (sub final 4 (array (ref 5))))
  )
  (type (;6;) (sub final 4 3 (array (mut nullref))))
  (type (;7;) (func (param anyref eqref i31ref structref arrayref exnref nullref nullfuncref nullexternref nullexnref)))
  (type (;8;) (func (param (ref func) (ref noexn) (ref null 1048576))))
  (rec)
)
