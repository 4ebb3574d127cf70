// Package p1 is wasi_snapshot_preview1: the 46 functions that programs for
// wasm32-wasip1 import. It is a thin face. Files, streams, sockets, clocks and
// random bytes are those of the packages below host; what is here is the table
// of descriptors, the way through the guest's memory, flags and rights, and
// the numbers of errors.
//
// # Where the definition leaves a choice
//
// Pointers. One that leads out of memory is answered with errno fault; the
// definition asks for a trap, guests in the field expect an error. A
// misaligned pointer is used as it is. A zero-length buffer may be anywhere.
//
// Descriptors. 0, 1 and 2 are the standard streams, listeners follow from 3,
// then the preopened directories; new ones get the lowest free number.
// fd_prestat_get answers for a listener with a type of preopen that is not a
// directory, so that libraries which look for directories from 3 on pass it.
//
// Rights. A descriptor reports the rights to what works on it, whatever rights
// were asked for when it was opened; only fd_read and fd_write narrow what it
// can do. fd_fdstat_set_rights answers notsup. A read-only grant does not show
// in the rights: what it forbids fails with rofs.
//
// Paths. They are UTF-8 (else ilseq) without a zero byte (else inval), not
// empty (else noent) and at most 4096 bytes long (else nametoolong). One that
// is absolute or leads out of its directory fails with perm.
//
// # Waiting
//
// Whatever waits (reads, writes, accept, poll_oneoff, the open of a pipe) ends
// with the context of the call, whose error then ends the guest's call, and
// holds no lock meanwhile. When another thread closes the descriptor, it ends
// with badf; only a write to a standard stream goes on.
package p1

// Module is the name under which guests import the functions.
const Module = "wasi_snapshot_preview1"

// Unstable is the name of the snapshot before this one. Its functions look the
// same, but their structures and constants differ.
const Unstable = "wasi_unstable"
