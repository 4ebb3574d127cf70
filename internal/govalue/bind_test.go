package govalue

// This file is the texts of errors about functions that do not fit.

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/ends"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

var update = flag.Bool("update", false, "write the golden files")

type (
	badAge struct {
		FirstName string
		ID        uint32
		Age       string
		Nick      *string
	}
	noAge struct {
		FirstName string
		ID        uint32
		Nick      *string
	}
	extraField struct {
		//lint:ignore U1000 it is looked at by reflection
		embedded
		Person  person
		X, Y, Z float32
	}
	//lint:ignore U1000 it is looked at by reflection
	embedded struct{ _ int }
	twins    struct {
		Xa float32 `wit:"x"`
		Xb float32 `wit:"x"`
	}
	flatFilter struct {
		All, None bool
		SomeOf    *[]string
		Size      *uint64
		Who       *person
	}
	wrongFilter struct {
		All, None *struct{}
		SomeOf    *[]string
		Size      uint64
		Who       *person
	}
	deepFilter struct {
		All, None *struct{}
		SomeOf    *[]string
		Size      *uint64
		Who       *badAge
	}
	wordPerms struct {
		Read, Write bool
		X           int
	}
	file struct{ _ int }
)

// unfit are functions that do not fit: the component's result and parameters,
// and the Go function.
var unfit = []struct {
	result *value.Type
	params []*value.Type
	fn     any
}{
	{nil, []*value.Type{typePerson}, func(context.Context, badAge) error { return nil }},
	{nil, []*value.Type{typePerson}, func(noAge) error { return nil }},
	{nil, []*value.Type{typePerson}, func(*person) error { return nil }},
	{nil, []*value.Type{typePoint}, func(extraField) error { return nil }},
	{nil, []*value.Type{typePoint}, func(twins) error { return nil }},
	{nil, []*value.Type{value.ListOf(typePerson)}, func([]badAge) error { return nil }},
	{nil, []*value.Type{value.ListOf(typePerson)}, func(person) error { return nil }},
	{nil, []*value.Type{value.TypeU8, value.TypeString}, func(context.Context, uint8, []byte) error { return nil }},
	{nil, []*value.Type{value.TypeU8}, func(uint) error { return nil }},
	{nil, []*value.Type{value.TypeF32}, func(float64) error { return nil }},
	{nil, []*value.Type{value.TypeS64}, func(int) error { return nil }},
	{nil, []*value.Type{value.TypeChar}, func(byte) error { return nil }},
	{nil, []*value.Type{value.ListOf(value.TypeU8)}, func(string) error { return nil }},
	{nil, []*value.Type{value.ListOf(value.TypeU32)}, func([2]uint32) error { return nil }},
	{nil, []*value.Type{value.FixedListOf(value.TypeU32, 3)}, func([2]uint32) error { return nil }},
	{nil, []*value.Type{value.FixedListOf(typePoint, 3)}, func(int) error { return nil }},
	{nil, []*value.Type{value.OptionOf(value.TypeU32)}, func(uint32) error { return nil }},
	{nil, []*value.Type{value.OptionOf(value.OptionOf(value.TypeU32))}, func(*uint32) error { return nil }},
	{nil, []*value.Type{value.TupleOf(value.TypeU8, value.TypeU8)}, func(struct{ A uint8 }) error { return nil }},
	{nil, []*value.Type{value.TupleOf(value.TypeU8, value.TypeU8)}, func(struct{ A, B uint16 }) error { return nil }},
	{nil, []*value.Type{value.TupleOf(value.TypeU8, value.TypeU8)}, func([]uint8) error { return nil }},
	{nil, []*value.Type{typeFilter}, func(flatFilter) error { return nil }},
	{nil, []*value.Type{typeFilter}, func(wrongFilter) error { return nil }},
	{nil, []*value.Type{typeFilter}, func(deepFilter) error { return nil }},
	{nil, []*value.Type{typeFilter}, func(string) error { return nil }},
	{nil, []*value.Type{typeColor}, func(float64) error { return nil }},
	{nil, []*value.Type{value.EnumOf(manyNames(129)...)}, func(int8) error { return nil }},
	{nil, []*value.Type{typePerms}, func(wordPerms) error { return nil }},
	{nil, []*value.Type{typePerms}, func(struct{ Read bool }) error { return nil }},
	{nil, []*value.Type{typePerms}, func(int8) error { return nil }},
	{nil, []*value.Type{value.FlagsOf(manyNames(9)...)}, func(uint8) error { return nil }},
	{nil, []*value.Type{value.MapOf(value.TypeString, value.TypeU8)}, func(map[string]int) error { return nil }},
	{nil, []*value.Type{value.MapOf(value.TypeString, value.TypeU8)}, func([]uint8) error { return nil }},
	{nil, []*value.Type{value.ResultOf(value.TypeU8, nil)}, func(uint8) error { return nil }},
	{nil, []*value.Type{value.ResultOf(value.TypeU8, nil)}, func(Result[uint8, string]) error { return nil }},
	{nil, []*value.Type{value.ResultOf(value.TypeU8, value.TypeS8)}, func(Result[uint8, uint8]) error { return nil }},
	{nil, []*value.Type{value.StreamOf(value.TypeU8)}, func([]byte) error { return nil }},
	{nil, []*value.Type{value.FutureOf(nil)}, func(chan int) error { return nil }},
	{nil, []*value.Type{value.FutureOf(nil)}, func(*ends.Future[int]) error { return nil }},
	{nil, []*value.Type{value.FutureOf(value.TypeU8)}, func(*ends.Stream[uint8]) error { return nil }},
	{nil, []*value.Type{value.FutureOf(typePoint)}, func(*ends.Future[*person]) error { return nil }},
	{nil, []*value.Type{value.FutureOf(value.TypeString)}, func(*ends.Future[[]byte]) error { return nil }},
	{nil, []*value.Type{value.StreamOf(value.TypeU8)}, func(*ends.Stream[int8]) error { return nil }},
	{nil, []*value.Type{value.StreamOf(value.TypeU8)}, func(io.Writer) error { return nil }},
	{nil, []*value.Type{value.StreamOf(value.TypeU8)}, func(*strings.Reader) error { return nil }},
	{nil, []*value.Type{value.StreamOf(value.TypeU32)}, func(io.Reader) error { return nil }},
	{nil, []*value.Type{value.StreamOf(value.TypeU32)}, func(*ends.ByteStream) error { return nil }},
	{nil, []*value.Type{value.StreamOf(value.TypeU32)}, func(*ends.Stream[int32]) error { return nil }},
	{nil, []*value.Type{value.StreamOf(typePerson)}, func(*ends.Stream[badAge]) error { return nil }},
	{nil, []*value.Type{value.ListOf(value.StreamOf(typePoint))}, func([]chan int) error { return nil }},
	{value.StreamOf(value.TypeU32), nil, func() (*ends.Stream[string], error) { return nil, nil }},
	{value.ResultOf(value.StreamOf(value.TypeU8), nil), nil, func() ([]byte, error) { return nil, nil }},
	{nil, []*value.Type{value.TypeErrorContext}, func(error) error { return nil }},
	{nil, []*value.Type{value.OwnOf(&value.Resource{Name: "guest-file"})}, func(*file) error { return nil }},
	{nil, []*value.Type{value.BorrowOf(&value.Resource{Name: "host-file", Slot: 1})}, func(*task.Handle) error { return nil }},
	{nil, []*value.Type{value.BorrowOf(&value.Resource{Name: "host-file", Slot: 1})}, func(file) error { return nil }},
	{nil, []*value.Type{value.TypeU8}, func() error { return nil }},
	{nil, nil, func(context.Context, uint8) error { return nil }},
	{nil, []*value.Type{value.TypeU8}, func(...uint8) error { return nil }},
	{nil, nil, func() (int, error) { return 0, nil }},
	{nil, nil, func() (int, int, error) { return 0, 0, nil }},
	{value.TypeU8, nil, func() error { return nil }},
	{value.TypeU8, nil, func() (int8, error) { return 0, nil }},
	{value.ResultOf(value.TypeU8, value.TypeString), nil, func() error { return nil }},
	{value.ResultOf(nil, value.TypeString), nil, func() (string, error) { return "", nil }},
	{value.ResultOf(value.TypeU8, value.TypeString), nil, func() (string, error) { return "", nil }},
	{value.ResultOf(value.TypeU8, value.TypeString), nil, func() uint8 { return 0 }},
	{value.ResultOf(value.TypeU8, value.TypeString), nil, func() (Result[uint8, uint8], error) { return Result[uint8, uint8]{}, nil }},
	{nil, nil, 7},
	{nil, nil, (func() error)(nil)},
}

func manyNames(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = "n" + itoa(i)
	}
	return out
}

func TestUnfit(t *testing.T) {
	var b bytes.Buffer
	for _, u := range unfit {
		ft := funcType(u.result, u.params...)
		resources := []*task.ResourceType{
			{Name: "guest-file", Impl: task.NewInstance(task.NewStore(nil), nil)},
			{Name: "host-file", HostType: reflect.TypeFor[*file]()},
		}
		_, err := BindHost(reflect.ValueOf(u.fn), ft, resources)
		if err == nil {
			t.Errorf("%T is bound to %v", u.fn, ft)
		}
		fmt.Fprintln(&b, err)
	}
	g := newGuest(64, abi.Width32, abi.UTF8)
	_, err := BindExport(reflect.TypeFor[func(context.Context)](), g.lift(funcType(nil), nil), nil)
	fmt.Fprintln(&b, err)
	const path = "testdata/unfit.txt"
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := must[[]byte](t)(os.ReadFile(path))
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("other texts than in %s:\n%s", path, b.Bytes())
	}
}

func TestCamel(t *testing.T) {
	for name, want := range map[string]string{"first-name": "FirstName", "a": "A", "get-URL": "GetURL", "x-1": "X1", "": ""} {
		if got := camel(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

// TestMatchFields checks which fields stand for names that are alike.
func TestMatchFields(t *testing.T) {
	names := []value.Field{{Name: "ab"}, {Name: "a-b"}, {Name: "http-url"}, {Name: "tagged"}}
	type both struct {
		AB, Ab  int
		HTTPURL int
		Other   int `wit:"tagged"`
		Tagged  int `wit:"-"`
	}
	got, err := matchFields(reflect.TypeFor[both](), names, "field", place{path: "p"})
	if err != nil || fmt.Sprint(got) != "[1 0 2 3]" {
		t.Error(got, err)
	}
	type unclear struct{ AbC, ABc int }
	if _, err := matchFields(reflect.TypeFor[unclear](), []value.Field{{Name: "abc"}}, "field", place{path: "p"}); err == nil {
		t.Error("an unclear name is accepted")
	}
	type one struct{ AB int }
	if _, err := matchFields(reflect.TypeFor[one](), []value.Field{{Name: "a-b"}, {Name: "ab"}}, "field", place{path: "p"}); err == nil {
		t.Error("a field stands for two names")
	}
}
