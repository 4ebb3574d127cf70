// Package fs is files and directories as a guest may use them. A [Dir] is a
// grant: whoever holds one reaches what is below that directory and nothing
// else, whatever names, symbolic links or races are tried.
//
// Three kinds of tree stand behind the same interfaces: directories of the
// operating system ([OpenDir]), a tree in memory ([NewMem]), and any io/fs
// file system, read-only ([FromFS]).
//
// Names are slash-separated and relative. "." and ".." and symbolic links
// work as POSIX says inside the directory; a name that leads out of it is
// refused with host.ECONFINED, as is an absolute name, and an absolute symbolic
// link that would be followed. A trailing slash asks for a directory. Where
// POSIX leaves a choice, all three do as Linux does. All errors but io.EOF and
// a context's own carry a host.Errno (see host.ErrnoOf).
//
// Every value is safe for concurrent use. What is open must be closed; closing
// it while others use it is safe, and lets their calls end first.
//
// # How a directory of the system stays closed
//
// On Linux the kernel resolves each name beneath the directory's descriptor
// (openat2 with RESOLVE_BENEATH). Elsewhere on Unix, and where a sandbox hides
// openat2, os.Root resolves all of a name but its last component, and one system
// call relative to the descriptor so found does the rest, without following a
// link. Either way nothing is decided by looking at a name first, so exchanging
// a directory for a link at any moment does not lead out. Windows has os.Root
// alone, and does less: see the errors with host.ENOTSUP and host.EXDEV.
package fs

import (
	"context"
	"time"

	"github.com/dray-wasm/dray/host/stream"
)

// Access says what a grant allows.
type Access uint8

const (
	// ReadOnly refuses everything that changes the tree with host.EROFS.
	ReadOnly Access = iota
	// ReadWrite allows everything.
	ReadWrite
)

// A FileType is the kind of a file.
type FileType uint8

// The kinds of files.
const (
	Unknown FileType = iota
	BlockDevice
	CharDevice
	Directory
	Regular
	Symlink
	Fifo
	SocketDgram
	SocketStream
)

// A Stat describes a file.
type Stat struct {
	// Dev and Ino identify the file: equal in both means the same file.
	Dev, Ino uint64
	Type     FileType
	// Links counts the hard links.
	Links uint64
	// Size is in bytes; for a symbolic link the length of its target.
	Size int64
	// Atime, Mtime and Ctime are zero where the system does not know them.
	Atime, Mtime, Ctime time.Time
}

// A SetTime says what becomes of one of a file's times.
type SetTime struct {
	Kind SetTimeKind
	// At is used when Kind is SetAt.
	At time.Time
}

// A SetTimeKind is one of the three things to do with a file's time.
type SetTimeKind uint8

const (
	// Keep leaves the time as it is.
	Keep SetTimeKind = iota
	// SetNow sets it to the file system's idea of now.
	SetNow
	// SetAt sets it to SetTime.At.
	SetAt
)

// Advice tells how a range of a file will be used.
type Advice uint8

// The kinds of advice of posix_fadvise.
const (
	AdviceNormal Advice = iota
	AdviceSequential
	AdviceRandom
	AdviceWillNeed
	AdviceDontNeed
	AdviceNoReuse
)

// Open says how to open a name.
type Open struct {
	// Read and Write ask for access to the content. Neither opens a directory
	// or, for a file, its metadata only.
	Read, Write bool
	// Create makes a regular file where there is none; Exclusive, which means
	// nothing without it, refuses with host.EEXIST where there is something;
	// Truncate empties a regular file, also without Write.
	Create, Exclusive, Truncate bool
	// Directory refuses everything but a directory with host.ENOTDIR. It cannot
	// go with Create: host.EINVAL.
	Directory bool
	// Follow follows a symbolic link in the last place; without it, a link
	// there is refused with host.ELOOP, or with host.ENOTDIR when Directory is
	// set. Create makes the file that a dangling link names.
	Follow bool
	// Sync and Dsync ask that writes reach the disk, as O_SYNC and O_DSYNC.
	Sync, Dsync bool
	// NonBlock keeps the open of a pipe for writing from waiting for a reader:
	// it answers host.ENXIO then. Opening for reading never waits; the first
	// read does.
	NonBlock bool
}

// A Node is something open: a [File] or a [Dir].
type Node interface {
	Stat() (Stat, error)
	// SetTimes sets the time of last access and of last change.
	SetTimes(atime, mtime SetTime) error
	// Sync writes what is cached to the disk; with dataOnly, not the metadata
	// that reading the data back does not need.
	Sync(dataOnly bool) error
	// Close releases the node. Closing twice returns host.EBADF.
	Close() error
}

// A File is an open file that is not a directory.
type File interface {
	Node
	// Type is the kind of the file. Only a Regular file has offsets; for the
	// others the methods with an offset answer host.ESPIPE, and Stream gives
	// the way to read and write.
	Type() FileType
	// ReadAt reads up to len(p) bytes at off. It returns 0 and io.EOF at or
	// behind the end; less than len(p) without an error near it, and when more
	// was asked for than the system reads at once. A file opened without Read
	// answers host.EBADF.
	ReadAt(p []byte, off int64) (int, error)
	// WriteAt writes p at off and returns how much was written. An error may
	// come with a part that was written, for example on a full disk. A file
	// opened without Write answers host.EBADF, one below a ReadOnly grant
	// host.EROFS.
	WriteAt(p []byte, off int64) (int, error)
	// Append writes p at the end of the file, in one step, and returns how
	// much was written, as WriteAt does.
	Append(p []byte) (int, error)
	// Truncate sets the size in bytes. A file opened without Write answers
	// host.EINVAL.
	Truncate(size int64) error
	// Advise is a hint; it may do nothing.
	Advise(off, n int64, a Advice) error
	// SetSync changes what Open.Sync and Open.Dsync asked for.
	SetSync(sync, dsync bool) error
	// Stream is the file as a pair of streams, either of which is nil when the
	// file was not opened that way; nil, nil for a Regular file. Closing the
	// File closes them.
	Stream() (stream.Input, stream.Output)
}

// A DirEntry is one line of a directory.
type DirEntry struct {
	Name string
	Ino  uint64
	Type FileType
	// Next is the cookie at which ReadDir goes on behind this entry. It is
	// never 0.
	Next uint64
}

// A Dir is an open directory, and the right to what is below it.
type Dir interface {
	Node
	// Access is what the grant allows; it is the same for every directory
	// opened below.
	Access() Access
	// Open opens or creates a name: a [Dir] when it is a directory, else a
	// [File]. Opening a directory with Write, Truncate or Create fails with
	// host.EISDIR. New files have mode 0666 in front of the process's umask,
	// new directories 0777. ctx ends the wait for the reader of a pipe.
	Open(ctx context.Context, name string, how Open) (Node, error)
	StatAt(name string, follow bool) (Stat, error)
	SetTimesAt(name string, follow bool, atime, mtime SetTime) error
	Mkdir(name string) error
	// Rmdir removes an empty directory, Unlink anything else.
	Rmdir(name string) error
	Unlink(name string) error
	// Symlink makes name a link that reads target. An absolute target is
	// refused with host.ECONFINED. Otherwise the target is not looked at; one
	// that leads out of the grant can never be followed.
	Symlink(target, name string) error
	Readlink(name string) (string, error)
	// Link makes toName below to a hard link to name. Both grants must be
	// ReadWrite, and be of the same tree, else host.EXDEV.
	Link(name string, follow bool, to Dir, toName string) error
	// Rename moves name to toName below to. Both grants must be ReadWrite,
	// and be of the same tree, else host.EXDEV.
	Rename(name string, to Dir, toName string) error
	// ReadDir calls yield for the entries behind cookie, in an order of its
	// own, until yield returns false or the end is reached. Cookie 0 is the
	// start; other cookies come from DirEntry.Next of this Dir. "." and ".."
	// are among the entries; both have the Ino of the directory itself, since
	// nothing above it is told. yield may use the Dir. Entries that stay are seen once even when others
	// come and go between two calls; host memory does not grow with the
	// directory where the system has cookies of its own. e is valid during
	// the call of yield only.
	ReadDir(cookie uint64, yield func(e *DirEntry) bool) error
}
