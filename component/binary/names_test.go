// This file tests the name section.

package binary

import (
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var nameTests = []struct {
	name, in string
	want     component.Names
	code     diag.Code // "" when in is canonical
}{
	{"empty", "", component.Names{}, ""},
	{"component", "00 02 01 63", component.Names{Component: "c", HasComponent: true}, ""},
	{"sorts", "01 06 00 11 01 00 01 6d  01 08 01 02 00 01 66 05 01 67", component.Names{Sorts: map[component.Sort]wasm.NameMap{
		component.SortCoreModule: {{Index: 0, Name: "m"}}, component.SortFunc: {{Index: 0, Name: "f"}, {Index: 5, Name: "g"}}}}, ""},
	{"garbage", "ff fe 01", component.Names{}, CodeTruncated},
	{"bad sort", "00 02 01 63 01 05 06 01 00 01 6d", component.Names{Component: "c", HasComponent: true}, CodeByte},
	{"cut off", "01 07 01 02 00 01 66 05 02", component.Names{Sorts: map[component.Sort]wasm.NameMap{component.SortFunc: {{Index: 0, Name: "f"}}}}, CodeTruncated},
	{"size", "00 03 01 63 00", component.Names{Component: "c", HasComponent: true}, CodeSection},
}

func TestNames(t *testing.T) {
	for _, tt := range nameTests {
		t.Run(tt.name, func(t *testing.T) {
			data := unhex(t, tt.in)
			names, err := DecodeNames(data, 100)
			if diff := cmp.Diff(&tt.want, names, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("decoded (-want +got):\n%s", diff)
			}
			if tt.code != "" {
				wantError(t, err, tt.code, "")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if out, err := EncodeNames(names); err != nil || string(out) != string(data) {
				t.Errorf("encoded % x, want % x: %v", out, data, err)
			}
		})
	}
}

// Unknown subsections are skipped, names are sorted, and of two subsections for
// a sort the last counts.
func TestNamesInAnyOrder(t *testing.T) {
	names, err := DecodeNames(unhex(t, "01 05 01 01 00 01 61  07 01 ff  01 08 01 02 05 01 67 00 01 66  00 02 01 63"), 0)
	if err != nil {
		t.Fatal(err)
	}
	want := &component.Names{Component: "c", HasComponent: true, Sorts: map[component.Sort]wasm.NameMap{
		component.SortFunc: {{Index: 0, Name: "f"}, {Index: 5, Name: "g"}}}}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

// Errors in a name section have their place in the file.
func TestReadNames(t *testing.T) {
	data := comp(t, "00 82 80 80 00 01 61  00 11 0e 63 6f 6d 70 6f 6e 65 6e 74 2d 6e 61 6d 65 00 05")
	c, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	_, err = ReadNames(c)
	wantError(t, err, CodeTruncated, "name subsection size is 5")
	if e, ok := err.(*diag.Error); ok && e.At.Offset != int64(len(data)-1) {
		t.Errorf("at %#x, want %#x", e.At.Offset, len(data)-1)
	}
	names, err := ReadNames(&component.Component{})
	if err != nil || names.HasComponent || names.Sorts != nil {
		t.Errorf("without a section: %v, %v", names, err)
	}
}
