package value

// This file is how types are written, as in WIT with their parts in place of
// names: "list<option<string>>", "record { name: string }".

import "strconv"

// maxTypeText bounds the text of a type in a message, in bytes.
const maxTypeText = 200

// maxFuncText bounds that of a function type.
const maxFuncText = 500

// String is the type as WIT text, with all its parts.
func (t *Type) String() string {
	w := typeWriter{max: 1 << 30}
	w.typ(t)
	return string(w.buf)
}

// Short is String, cut off behind 200 bytes or so: for messages.
func (t *Type) Short() string {
	w := typeWriter{max: maxTypeText}
	w.typ(t)
	return w.cut()
}

// String is the type as WIT text: "async func(a: u8) -> string".
func (t *FuncType) String() string {
	w := typeWriter{max: 1 << 30}
	w.function(t)
	return string(w.buf)
}

// Short is String, cut off behind 500 bytes or so: for messages.
func (t *FuncType) Short() string {
	w := typeWriter{max: maxFuncText}
	w.function(t)
	return w.cut()
}

// A typeWriter writes types until there are max bytes.
type typeWriter struct {
	buf []byte
	max int
}

func (w *typeWriter) str(s string) { w.buf = append(w.buf, s...) }

func (w *typeWriter) full() bool { return len(w.buf) > w.max }

// cut is the text so far, which ends with dots where it is full.
func (w *typeWriter) cut() string {
	if w.full() {
		return string(w.buf[:w.max]) + "..."
	}
	return string(w.buf)
}

func (w *typeWriter) typ(t *Type) {
	if w.full() {
		return
	}
	if t == nil {
		w.str("_")
		return
	}
	w.str(t.Kind.String())
	switch t.Kind {
	case KindList:
		w.str("<")
		w.typ(t.Elem)
		if t.Fixed {
			w.str(", ")
			w.buf = strconv.AppendUint(w.buf, uint64(t.Len), 10)
		}
		w.str(">")
	case KindMap:
		w.args(t.Key, t.Elem)
	case KindStream, KindFuture:
		if t.Elem != nil {
			w.args(t.Elem)
		}
	case KindRecord:
		w.braces(t.Fields, ": ", "")
	case KindTuple:
		w.str("<")
		for i, f := range t.Fields {
			w.sep(i)
			w.typ(f.Type)
		}
		w.str(">")
	case KindVariant, KindEnum:
		w.braces(t.Cases, "(", ")")
	case KindFlags:
		w.labels(t.Labels)
	case KindOption:
		w.args(t.Cases[1].Type)
	case KindResult:
		switch ok, err := t.Cases[0].Type, t.Cases[1].Type; {
		case err != nil:
			w.args(ok, err)
		case ok != nil:
			w.args(ok)
		}
	case KindOwn, KindBorrow:
		if t.Resource != nil {
			w.str("<")
			w.str(t.Resource.Name)
			w.str(">")
		}
	}
}

func (w *typeWriter) sep(i int) {
	if i > 0 {
		w.str(", ")
	}
}

func (w *typeWriter) args(types ...*Type) {
	w.str("<")
	for i, t := range types {
		w.sep(i)
		w.typ(t)
	}
	w.str(">")
}

func (w *typeWriter) braces(fields []Field, before, after string) {
	if len(fields) == 0 {
		w.str(" {}")
		return
	}
	w.str(" { ")
	for i, f := range fields {
		if w.full() {
			return
		}
		w.sep(i)
		w.str(f.Name)
		if f.Type != nil {
			w.str(before)
			w.typ(f.Type)
			w.str(after)
		}
	}
	w.str(" }")
}

func (w *typeWriter) labels(labels []string) {
	w.str(" { ")
	for i, l := range labels {
		if w.full() {
			return
		}
		w.sep(i)
		w.str(l)
	}
	w.str(" }")
}

func (w *typeWriter) function(t *FuncType) {
	if t.Async {
		w.str("async ")
	}
	w.str("func(")
	for i, p := range t.Params {
		if w.full() {
			return
		}
		w.sep(i)
		w.str(p.Name)
		w.str(": ")
		w.typ(p.Type)
	}
	w.str(")")
	if t.Result != nil {
		w.str(" -> ")
		w.typ(t.Result)
	}
}
