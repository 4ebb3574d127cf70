package p1

import (
	"context"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/wasi/internal/exit"
)

// signatures are the functions of the definition and their types in the core
// language.
const signatures = `
args_get (param i32 i32) (result i32)
args_sizes_get (param i32 i32) (result i32)
environ_get (param i32 i32) (result i32)
environ_sizes_get (param i32 i32) (result i32)
clock_res_get (param i32 i32) (result i32)
clock_time_get (param i32 i64 i32) (result i32)
fd_advise (param i32 i64 i64 i32) (result i32)
fd_allocate (param i32 i64 i64) (result i32)
fd_close (param i32) (result i32)
fd_datasync (param i32) (result i32)
fd_fdstat_get (param i32 i32) (result i32)
fd_fdstat_set_flags (param i32 i32) (result i32)
fd_fdstat_set_rights (param i32 i64 i64) (result i32)
fd_filestat_get (param i32 i32) (result i32)
fd_filestat_set_size (param i32 i64) (result i32)
fd_filestat_set_times (param i32 i64 i64 i32) (result i32)
fd_pread (param i32 i32 i32 i64 i32) (result i32)
fd_prestat_get (param i32 i32) (result i32)
fd_prestat_dir_name (param i32 i32 i32) (result i32)
fd_pwrite (param i32 i32 i32 i64 i32) (result i32)
fd_read (param i32 i32 i32 i32) (result i32)
fd_readdir (param i32 i32 i32 i64 i32) (result i32)
fd_renumber (param i32 i32) (result i32)
fd_seek (param i32 i64 i32 i32) (result i32)
fd_sync (param i32) (result i32)
fd_tell (param i32 i32) (result i32)
fd_write (param i32 i32 i32 i32) (result i32)
path_create_directory (param i32 i32 i32) (result i32)
path_filestat_get (param i32 i32 i32 i32 i32) (result i32)
path_filestat_set_times (param i32 i32 i32 i32 i64 i64 i32) (result i32)
path_link (param i32 i32 i32 i32 i32 i32 i32) (result i32)
path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)
path_readlink (param i32 i32 i32 i32 i32 i32) (result i32)
path_remove_directory (param i32 i32 i32) (result i32)
path_rename (param i32 i32 i32 i32 i32 i32) (result i32)
path_symlink (param i32 i32 i32 i32 i32) (result i32)
path_unlink_file (param i32 i32 i32) (result i32)
poll_oneoff (param i32 i32 i32 i32) (result i32)
proc_exit (param i32)
proc_raise (param i32) (result i32)
sched_yield (result i32)
random_get (param i32 i32) (result i32)
sock_accept (param i32 i32 i32) (result i32)
sock_recv (param i32 i32 i32 i32 i32 i32) (result i32)
sock_send (param i32 i32 i32 i32 i32) (result i32)
sock_shutdown (param i32 i32) (result i32)
`

func TestFuncs(t *testing.T) {
	var b strings.Builder
	b.WriteByte('\n')
	for _, f := range Funcs(nil) {
		b.WriteString(f.Name + " " + f.Type.String() + "\n")
	}
	if got := b.String(); got != signatures {
		t.Errorf("the functions are %s\nwant %s", got, signatures)
	}
}

func TestErrnos(t *testing.T) {
	if len(errnos) != int(host.ECONFINED)+1 {
		t.Fatalf("the table has %d reasons, the host %d", len(errnos), host.ECONFINED+1)
	}
	seen := map[errno]host.Errno{}
	for i, e := range errnos {
		if (i == 0) != (e == 0) {
			t.Errorf("%v is errno %d", host.Errno(i), e)
		}
		if other, ok := seen[e]; ok && host.Errno(i) != host.ECONFINED {
			t.Errorf("%v and %v are both errno %d", other, host.Errno(i), e)
		}
		seen[e] = host.Errno(i)
	}
	for e, want := range map[errno]int{errnoBadf: 8, errnoExist: 20, errnoInval: 28, errnoNoent: 44, errnoNotdir: 54, errnoPerm: 63, errnoRofs: 69, errnoNotcapable: 76} {
		if int(e) != want {
			t.Errorf("errno %d must be %d", e, want)
		}
	}
	if e := errnoOf(context.DeadlineExceeded); e != errnoTimedout {
		t.Errorf("an error of the standard library is errno %d", e)
	}
}

func TestRightsBits(t *testing.T) {
	// The last two rights of the definition.
	if rightSockShutdown != 1<<28 || rightSockAccept != 1<<29 {
		t.Errorf("sock_shutdown is %#x, sock_accept %#x", rightSockShutdown, rightSockAccept)
	}
}

func TestNoState(t *testing.T) {
	for _, f := range Funcs(func(engine.Caller) *State { return nil }) {
		err := f.Call(t.Context(), &fakeMemory{}, make([]uint64, 16))
		if err == nil || !strings.Contains(err.Error(), f.Name) {
			t.Errorf("%s without a state: %v", f.Name, err)
		}
	}
}

func TestProcess(t *testing.T) {
	g := newGuest(t, Config{})
	_, err := g.try("proc_exit", 1<<32-1)
	var u engine.Unwinder = err.(*exit.Exit)
	if err.(*exit.Exit).Code != 1<<32-1 || u.Error() != "the guest exited with status 4294967295" {
		t.Errorf("proc_exit: %v", err)
	}
	u.Unwind()
	g.want(errnoNotsup, "proc_raise", 6)
	g.ok("sched_yield")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	g.ctx = ctx
	if _, err := g.try("sched_yield"); err != context.Canceled {
		t.Errorf("sched_yield when the call ended: %v", err)
	}
}
