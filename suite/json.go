package suite

// This file reads JSON into a tree that keeps the order of object members and
// the place of every value, so that an error can name its line and column.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dray-wasm/dray/diag"
)

const (
	// codeSpec is the class of every problem in a spec or a manifest.
	codeSpec diag.Code = "suite/spec"
	// maxSpecBytes caps the size of a spec or manifest file.
	maxSpecBytes = 16 << 20
	// maxSpecDepth caps how deep values may nest; the format needs 6.
	maxSpecDepth = 64
)

// A nodeKind is the JSON type of a node, spelled as errors spell it.
type nodeKind string

const (
	kindNull   nodeKind = "null"
	kindBool   nodeKind = "a boolean"
	kindNumber nodeKind = "a number"
	kindString nodeKind = "a string"
	kindList   nodeKind = "a list"
	kindObject nodeKind = "an object"
)

// A node is one JSON value.
type node struct {
	kind    nodeKind
	text    string // a string's value, a number's digits
	truth   bool   // a boolean's value
	list    []*node
	members []member // unique keys, in order of first appearance
	field   string   // where it stands: "operations[1].payload"; empty at top
	off     int64
	src     []byte
}

// A member is one key of an object and its value.
type member struct {
	key   string
	value *node
}

// parseJSON reads one JSON document. A repeated key keeps its first place and
// takes its last value.
func parseJSON(src []byte) (*node, error) {
	if len(src) > maxSpecBytes {
		return nil, diag.Errorf(codeSpec, diag.Pos{}, "the file has %d bytes; at most %d are read", len(src), maxSpecBytes)
	}
	if !utf8.Valid(src) {
		return nil, diag.Errorf(codeSpec, diag.Pos{}, "the file is not valid UTF-8")
	}
	var raw json.RawMessage
	if err := json.Unmarshal(src, &raw); err != nil {
		var syn *json.SyntaxError
		if errors.As(err, &syn) {
			return nil, diag.Errorf(codeSpec, position(src, max(syn.Offset-1, 0)), "not valid JSON: %s", syn.Error())
		}
		return nil, diag.Errorf(codeSpec, diag.Pos{}, "not valid JSON: %v", err)
	}
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.UseNumber()
	r := &treeReader{dec: dec, src: src}
	return r.value("", 0)
}

// A treeReader turns the tokens of a valid document into nodes.
type treeReader struct {
	dec *json.Decoder
	src []byte
}

// value reads the next value, which stands at field.
func (r *treeReader) value(field string, depth int) (*node, error) {
	n := &node{field: field, off: r.start(), src: r.src}
	if depth > maxSpecDepth {
		return nil, n.errorf("values nest deeper than %d", maxSpecDepth)
	}
	tok, err := r.dec.Token()
	if err != nil {
		return nil, n.errorf("not valid JSON: %v", err)
	}
	switch t := tok.(type) {
	case nil:
		n.kind = kindNull
	case bool:
		n.kind, n.truth = kindBool, t
	case json.Number:
		n.kind, n.text = kindNumber, t.String()
	case string:
		n.kind, n.text = kindString, t
	case json.Delim:
		if t == '[' {
			n.kind = kindList
			err = r.elements(n, depth)
		} else {
			n.kind = kindObject
			err = r.fields(n, depth)
		}
	}
	return n, err
}

// elements reads the rest of a list into n.
func (r *treeReader) elements(n *node, depth int) error {
	for r.dec.More() {
		e, err := r.value(fmt.Sprintf("%s[%d]", n.field, len(n.list)), depth+1)
		if err != nil {
			return err
		}
		n.list = append(n.list, e)
	}
	_, err := r.dec.Token()
	return err
}

// fields reads the rest of an object into n.
func (r *treeReader) fields(n *node, depth int) error {
	at := map[string]int{}
	for r.dec.More() {
		tok, err := r.dec.Token()
		if err != nil {
			return n.errorf("not valid JSON: %v", err)
		}
		key, _ := tok.(string)
		field := key
		if n.field != "" {
			field = n.field + "." + key
		}
		v, err := r.value(field, depth+1)
		if err != nil {
			return err
		}
		if i, ok := at[key]; ok {
			n.members[i].value = v
			continue
		}
		at[key] = len(n.members)
		n.members = append(n.members, member{key, v})
	}
	_, err := r.dec.Token()
	return err
}

// start is the offset of the next token.
func (r *treeReader) start() int64 {
	off := r.dec.InputOffset()
	for off < int64(len(r.src)) && strings.IndexByte(" \t\r\n,:", r.src[off]) >= 0 {
		off++
	}
	return off
}

// position is the line and column of a byte in src.
func position(src []byte, off int64) diag.Pos {
	off = min(off, int64(len(src)))
	before := src[:off]
	line := bytes.Count(before, []byte("\n")) + 1
	col := int(off) - bytes.LastIndexByte(before, '\n')
	return diag.LineCol(off, line, col)
}

// errorf makes an error at n that names its field.
func (n *node) errorf(format string, args ...any) error {
	msg := fmt.Sprintf(format, args...)
	if n.field != "" {
		msg = n.field + ": " + msg
	}
	return diag.Errorf(codeSpec, position(n.src, n.off), "%s", msg)
}

// has tells whether an object has a key, whatever its value.
func (n *node) has(key string) bool {
	for _, m := range n.members {
		if m.key == key {
			return true
		}
	}
	return false
}

// get is an object's value for a key; nil when it is absent or null.
func (n *node) get(key string) *node {
	for _, m := range n.members {
		if m.key == key && m.value.kind != kindNull {
			return m.value
		}
	}
	return nil
}

// want reports a node that is not of a kind.
func (n *node) want(k nodeKind) error {
	if n.kind != k {
		return n.errorf("expected %s, got %s", k, n.kind)
	}
	return nil
}

// str is an object's string for a key, or def when it is absent or null.
func (n *node) str(key, def string) (string, error) {
	v := n.get(key)
	if v == nil {
		return def, nil
	}
	return v.text, v.want(kindString)
}

// integer is an object's whole number for a key, or def when it is absent.
func (n *node) integer(key string, def int) (int, error) {
	v := n.get(key)
	if v == nil {
		return def, nil
	}
	if err := v.want(kindNumber); err != nil {
		return 0, err
	}
	i, err := strconv.ParseInt(v.text, 10, 32)
	if err != nil {
		return 0, v.errorf("expected a whole number of at most 32 bits, got %s", v.text)
	}
	return int(i), nil
}

// strings is an object's list of strings for a key; nil when it is absent.
func (n *node) strings(key string) ([]string, error) {
	v := n.get(key)
	if v == nil {
		return nil, nil
	}
	if err := v.want(kindList); err != nil {
		return nil, err
	}
	out := make([]string, 0, len(v.list))
	for _, e := range v.list {
		if err := e.want(kindString); err != nil {
			return nil, err
		}
		out = append(out, e.text)
	}
	return out, nil
}

// pairs is an object's object of strings for a key, in the file's order.
func (n *node) pairs(key string) ([]Pair, error) {
	v := n.get(key)
	if v == nil {
		return nil, nil
	}
	if err := v.want(kindObject); err != nil {
		return nil, err
	}
	out := make([]Pair, 0, len(v.members))
	for _, m := range v.members {
		if err := m.value.want(kindString); err != nil {
			return nil, err
		}
		out = append(out, Pair{m.key, m.value.text})
	}
	return out, nil
}

// oneOf is an object's string for a key, which must be one of allowed.
func (n *node) oneOf(key, def string, allowed []string) (string, error) {
	s, err := n.str(key, def)
	if err != nil {
		return "", err
	}
	if slices.Contains(allowed, s) {
		return s, nil
	}
	at := n.get(key)
	if at == nil {
		at = n
	}
	return "", at.errorf("unknown %s %q; known are %s", key, s, quotedList(allowed))
}

// truthy is Python's idea of truth, which decides "debug".
func (n *node) truthy() bool {
	if n == nil {
		return false
	}
	switch n.kind {
	case kindBool:
		return n.truth
	case kindString:
		return n.text != ""
	case kindNumber:
		f, err := strconv.ParseFloat(n.text, 64)
		return err != nil || f != 0
	case kindList:
		return len(n.list) > 0
	case kindObject:
		return len(n.members) > 0
	}
	return false
}

// unknown lists a warning for each key of an object that is not known, up to
// a limit.
func (n *node) unknown(limit int, known ...string) []error {
	var out []error
	for _, m := range n.members {
		if len(out) == limit {
			break
		}
		if !slices.Contains(known, m.key) {
			out = append(out, m.value.errorf("unknown field is ignored; known are %s", quotedList(known)))
		}
	}
	return out
}

// quotedList is `"a", "b"`.
func quotedList(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Quote(w))
	}
	return b.String()
}
