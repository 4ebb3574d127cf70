(module
  (@custom "a;)\1b[2J\u{202e}\n\r(;\"" (before first) "a;)\1b[2J\e2\80\ae\n\r(;\"")
  ;; a?)?[2J???(?": a?)?[2J???(?" a?)?[2J???(?"
  (@custom "producers" (before first) "\01\0fa;)\1b[2J\e2\80\ae\n\r(;\"\01\0fa;)\1b[2J\e2\80\ae\n\r(;\"\0fa;)\1b[2J\e2\80\ae\n\r(;\"")
  (@custom "name" (before first) "\00\10\0fa;)\1b[2J\e2\80\ae\n\r(;\"\01#\02\00\0fa;)\1b[2J\e2\80\ae\n\r(;\"\01\0fa;)\1b[2J\e2\80\ae\n\r(;\"")
  (type (;0;) (func))
  (import "a;)\1b[2J\u{202e}\n\r(;\"" "a;)\1b[2J\u{202e}\n\r(;\"" (func (;0 $"a?)\1b[2J\u{202e}\n\r(?\"";) (type 0)))
  (import "a;)\1b[2J\u{202e}\n\r(;\"" "a;)\1b[2J\u{202e}\n\r(;\"" (func (;1 $"a?)\1b[2J\u{202e}\n\r(?\"#1";) (type 0)))
  (export "a;)\1b[2J\u{202e}\n\r(;\"" (func 0 (;$"a?)\1b[2J\u{202e}\n\r(?\"";)))
)
