package canon

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/component"
)

// definitions are the functions of canonical-abi/definitions.py, section
// "Canonical Definitions", in order.
const definitions = `
canon_lift canon_lower
canon_resource_new canon_resource_drop canon_resource_rep
canon_context_get canon_context_set
canon_backpressure_inc canon_backpressure_dec
canon_task_return canon_task_cancel
canon_waitable_set_new canon_waitable_set_wait canon_waitable_set_poll canon_waitable_set_drop
canon_waitable_join
canon_subtask_cancel canon_subtask_drop
canon_stream_new canon_future_new
canon_stream_read canon_stream_write
canon_future_read canon_future_write
canon_stream_cancel_read canon_stream_cancel_write canon_future_cancel_read canon_future_cancel_write
canon_stream_drop_readable canon_stream_drop_writable canon_future_drop_readable canon_future_drop_writable
canon_thread_index canon_thread_new_indirect canon_thread_resume_later
canon_thread_suspend canon_thread_yield
canon_thread_suspend_then_resume canon_thread_yield_then_resume
canon_thread_suspend_then_promote canon_thread_yield_then_promote
canon_error_context_new canon_error_context_debug_message canon_error_context_drop
`

// TestTwins finds a Go function for each function of definitions.py, and a row
// of the table of built-ins for each built-in.
func TestTwins(t *testing.T) {
	found := functions(t)
	for _, name := range strings.Fields(definitions) {
		twin := camel(name)
		if !found[twin] {
			t.Errorf("%s has no Go twin %s", name, twin)
		}
		delete(found, twin)
	}
	// What has no function of its own in definitions.py.
	for _, name := range []string{"canonLowerAsync", "canonLowerHost"} {
		if !found[name] {
			t.Errorf("no function %s", name)
		}
		delete(found, name)
	}
	for name := range found {
		if strings.HasPrefix(name, "canon") {
			t.Errorf("%s is no function of definitions.py", name)
		}
	}
}

func TestTable(t *testing.T) {
	for _, name := range strings.Fields(definitions)[2:] {
		words := strings.Split(strings.TrimPrefix(name, "canon_"), "_")
		op, ok := byWords(words)
		if !ok {
			t.Errorf("no canonical definition is called %s", name)
		} else if builtins[op] == nil {
			t.Errorf("the table of built-ins has no %v", op)
		}
	}
	if b := NewBuiltin(component.CanonThreadSpawnRef, Builtin{}); b.Call(t.Context(), make([]uint64, 2)) == nil {
		t.Error("thread.spawn-ref does not trap")
	}
}

// byWords is the definition whose keyword has these words: dots and hyphens
// are both underscores in definitions.py.
func byWords(words []string) (component.CanonOp, bool) {
	for op := range 0x43 {
		if i := component.CanonOp(op).Info(); i != nil {
			if strings.NewReplacer(".", "_", "-", "_").Replace(i.Name) == strings.Join(words, "_") {
				return component.CanonOp(op), true
			}
		}
	}
	return 0, false
}

// functions are the functions of the package that are no methods.
func functions(t *testing.T) map[string]bool {
	found := map[string]bool{}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				found[fn.Name.Name] = true
			}
		}
	}
	return found
}

// camel is a name of definitions.py in Go's spelling.
func camel(name string) string {
	words := strings.Split(name, "_")
	for i, w := range words[1:] {
		words[i+1] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}
