package p1

// This file is the layout of the structures in the guest's memory and the
// values of the constants (typenames.witx). Sizes and offsets are in bytes;
// numbers are little-endian.

// Sizes.
const (
	iovecSize        = 8
	fdstatSize       = 24
	filestatSize     = 64
	prestatSize      = 8
	direntSize       = 24
	subscriptionSize = 48
	eventSize        = 32
)

// Fields of fdstat.
const (
	fdstatFiletype   = 0
	fdstatFlags      = 2
	fdstatBase       = 8
	fdstatInheriting = 16
)

// Fields of filestat.
const (
	filestatDev      = 0
	filestatIno      = 8
	filestatFiletype = 16
	filestatNlink    = 24
	filestatSizeOf   = 32
	filestatAtim     = 40
	filestatMtim     = 48
	filestatCtim     = 56
)

// Fields of dirent.
const (
	direntNext   = 0
	direntIno    = 8
	direntNamlen = 16
	direntType   = 20
)

// Fields of prestat.
const (
	prestatTag     = 0
	prestatNameLen = 4
)

// Fields of subscription and its two kinds of contents.
const (
	subUserdata     = 0
	subTag          = 8
	subClockID      = 16
	subClockTimeout = 24
	subClockFlags   = 40
	subFD           = 16
)

// Fields of event.
const (
	eventUserdata = 0
	eventError    = 8
	eventType     = 10
	eventNbytes   = 16
	eventFlags    = 24
)

// filetype
const (
	filetypeUnknown         = 0
	filetypeBlockDevice     = 1
	filetypeCharacterDevice = 2
	filetypeDirectory       = 3
	filetypeRegularFile     = 4
	filetypeSocketDgram     = 5
	filetypeSocketStream    = 6
	filetypeSymbolicLink    = 7
)

// fdflags
const (
	fdflagAppend   = 1 << 0
	fdflagDsync    = 1 << 1
	fdflagNonblock = 1 << 2
	fdflagRsync    = 1 << 3
	fdflagSync     = 1 << 4
	fdflagsAll     = 1<<5 - 1
)

// oflags
const (
	oflagCreat     = 1 << 0
	oflagDirectory = 1 << 1
	oflagExcl      = 1 << 2
	oflagTrunc     = 1 << 3
	oflagsAll      = 1<<4 - 1
)

// lookupflags
const lookupSymlinkFollow = 1 << 0

// fstflags
const (
	fstAtim    = 1 << 0
	fstAtimNow = 1 << 1
	fstMtim    = 1 << 2
	fstMtimNow = 1 << 3
	fstAll     = 1<<4 - 1
)

// whence
const (
	whenceSet = 0
	whenceCur = 1
	whenceEnd = 2
)

// clockid
const (
	clockRealtime  = 0
	clockMonotonic = 1
	clockProcess   = 2
	clockThread    = 3
)

// eventtype
const (
	eventtypeClock   = 0
	eventtypeFdRead  = 1
	eventtypeFdWrite = 2
)

// subclockflags and eventrwflags
const (
	subclockAbstime     = 1 << 0
	fdReadwriteHangup   = 1 << 0
	adviceLast          = 5 // noreuse
	preopentypeDir      = 0
	preopentypeListener = 1 // not in the definition: see the package comment
)

// riflags and sdflags
const (
	recvPeek    = 1 << 0
	recvWaitall = 1 << 1
	riflagsAll  = 1<<2 - 1

	sdRd     = 1 << 0
	sdWr     = 1 << 1
	sdflgAll = 1<<2 - 1
)
