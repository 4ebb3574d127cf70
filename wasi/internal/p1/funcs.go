package p1

// This file is the list of the functions, and how one is called.

import (
	"context"
	"fmt"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/wasi/internal/exit"
	"github.com/dray-wasm/dray/wasm"
)

// A call is one call of a function by the guest.
type call struct {
	ctx    context.Context
	caller engine.Caller
	state  *State
}

// memory is the guest's memory as it is now. Take it again after waiting: it
// may have grown.
func (c call) memory() memory {
	if m := c.caller.Memory(); m != nil {
		return m.Bytes()
	}
	return nil
}

// A function is one of the functions. params has a letter a parameter: i for
// i32, I for i64. The error of do is the guest's to see, as an errno, except
// for an Exit and for the error of the call's context. The parameters that do
// gets are raw: an i32 is the low half.
type function struct {
	name, params string
	do           func(c call, p []uint64) error
}

// functions are the functions, in the order of the definition.
var functions = []function{
	{"args_get", "ii", call.argsGet},
	{"args_sizes_get", "ii", call.argsSizesGet},
	{"environ_get", "ii", call.environGet},
	{"environ_sizes_get", "ii", call.environSizesGet},
	{"clock_res_get", "ii", call.clockResGet},
	{"clock_time_get", "iIi", call.clockTimeGet},
	{"fd_advise", "iIIi", call.fdAdvise},
	{"fd_allocate", "iII", call.fdAllocate},
	{"fd_close", "i", call.fdClose},
	{"fd_datasync", "i", call.fdDatasync},
	{"fd_fdstat_get", "ii", call.fdFdstatGet},
	{"fd_fdstat_set_flags", "ii", call.fdFdstatSetFlags},
	{"fd_fdstat_set_rights", "iII", call.fdFdstatSetRights},
	{"fd_filestat_get", "ii", call.fdFilestatGet},
	{"fd_filestat_set_size", "iI", call.fdFilestatSetSize},
	{"fd_filestat_set_times", "iIIi", call.fdFilestatSetTimes},
	{"fd_pread", "iiiIi", call.fdPread},
	{"fd_prestat_get", "ii", call.fdPrestatGet},
	{"fd_prestat_dir_name", "iii", call.fdPrestatDirName},
	{"fd_pwrite", "iiiIi", call.fdPwrite},
	{"fd_read", "iiii", call.fdRead},
	{"fd_readdir", "iiiIi", call.fdReaddir},
	{"fd_renumber", "ii", call.fdRenumber},
	{"fd_seek", "iIii", call.fdSeek},
	{"fd_sync", "i", call.fdSync},
	{"fd_tell", "ii", call.fdTell},
	{"fd_write", "iiii", call.fdWrite},
	{"path_create_directory", "iii", call.pathCreateDirectory},
	{"path_filestat_get", "iiiii", call.pathFilestatGet},
	{"path_filestat_set_times", "iiiiIIi", call.pathFilestatSetTimes},
	{"path_link", "iiiiiii", call.pathLink},
	{"path_open", "iiiiiIIii", call.pathOpen},
	{"path_readlink", "iiiiii", call.pathReadlink},
	{"path_remove_directory", "iii", call.pathRemoveDirectory},
	{"path_rename", "iiiiii", call.pathRename},
	{"path_symlink", "iiiii", call.pathSymlink},
	{"path_unlink_file", "iii", call.pathUnlinkFile},
	{"poll_oneoff", "iiii", call.pollOneoff},
	{"proc_exit", "i", call.procExit},
	{"proc_raise", "i", call.procRaise},
	{"sched_yield", "", call.schedYield},
	{"random_get", "ii", call.randomGet},
	{"sock_accept", "iii", call.sockAccept},
	{"sock_recv", "iiiiii", call.sockRecv},
	{"sock_send", "iiiii", call.sockSend},
	{"sock_shutdown", "ii", call.sockShutdown},
}

// Funcs are the functions of the module, in the order of the definition.
// stateOf finds the state of the guest that calls; it may be called from
// several goroutines at a time. A nil state ends the guest's call.
func Funcs(stateOf func(engine.Caller) *State) []engine.HostFunc {
	out := make([]engine.HostFunc, len(functions))
	for i, f := range functions {
		out[i] = engine.HostFunc{Name: f.name, Type: f.typ(), Call: f.bind(stateOf)}
	}
	return out
}

// typ is the type of the function: all but proc_exit return an errno.
func (f function) typ() wasm.FuncType {
	var t wasm.FuncType
	for _, p := range f.params {
		if p == 'I' {
			t.Params = append(t.Params, wasm.I64)
		} else {
			t.Params = append(t.Params, wasm.I32)
		}
	}
	if f.name != "proc_exit" {
		t.Results = []wasm.ValType{wasm.I32}
	}
	return t
}

func (f function) bind(stateOf func(engine.Caller) *State) func(context.Context, engine.Caller, []uint64) error {
	do, name, params := f.do, f.name, len(f.params)
	return func(ctx context.Context, caller engine.Caller, stack []uint64) error {
		s := stateOf(caller)
		if s == nil {
			return fmt.Errorf("%s %s: the instance was made without a WASI state; make it with package wasi", Module, name)
		}
		err := do(call{ctx, caller, s}, stack[:params])
		switch e := err.(type) {
		case nil:
			stack[0] = uint64(errnoSuccess)
			return nil
		case host.Errno:
			stack[0] = uint64(errnoOf(e))
			return nil
		case *exit.Exit:
			return e
		}
		if ended(ctx, err) {
			return ctx.Err()
		}
		stack[0] = uint64(errnoOf(err))
		return nil
	}
}
