package p1

// This file is rights (typenames.witx, rights).

// The rights.
const (
	rightFdDatasync uint64 = 1 << iota
	rightFdRead
	rightFdSeek
	rightFdFdstatSetFlags
	rightFdSync
	rightFdTell
	rightFdWrite
	rightFdAdvise
	rightFdAllocate
	rightPathCreateDirectory
	rightPathCreateFile
	rightPathLinkSource
	rightPathLinkTarget
	rightPathOpen
	rightFdReaddir
	rightPathReadlink
	rightPathRenameSource
	rightPathRenameTarget
	rightPathFilestatGet
	rightPathFilestatSetSize
	rightPathFilestatSetTimes
	rightFdFilestatGet
	rightFdFilestatSetSize
	rightFdFilestatSetTimes
	rightPathSymlink
	rightPathRemoveDirectory
	rightPathUnlinkFile
	rightPollFdReadwrite
	rightSockShutdown
	rightSockAccept
)

const (
	rightsAny = rightFdFdstatSetFlags | rightFdFilestatGet

	// rightsDir leaves out path_filestat_set_size: programs that see it take
	// it for something that they can give up.
	rightsDir = rightsAny | rightFdDatasync | rightFdSync | rightPathCreateDirectory |
		rightPathCreateFile | rightPathLinkSource | rightPathLinkTarget | rightPathOpen |
		rightFdReaddir | rightPathReadlink | rightPathRenameSource | rightPathRenameTarget |
		rightPathFilestatGet | rightPathFilestatSetTimes | rightFdFilestatSetTimes |
		rightPathSymlink | rightPathRemoveDirectory | rightPathUnlinkFile

	rightsFile = rightsAny | rightFdDatasync | rightFdSync | rightFdFilestatSetTimes | rightPollFdReadwrite

	rightsRegular = rightsFile | rightFdSeek | rightFdTell | rightFdAdvise

	// rightsInheriting must be wide: wasi-libc opens files with no right that
	// is not among them.
	rightsInheriting = rightsDir | rightsRegular | rightFdRead | rightFdWrite |
		rightFdAllocate | rightFdFilestatSetSize
)

// rights is what fd_fdstat_get reports: the rights to what works on d, and to
// what can work on what is opened below it.
func (d *descriptor) rights() (base, inheriting uint64) {
	switch {
	case d.dir != nil:
		return rightsDir, rightsInheriting
	case d.lis != nil:
		return rightsAny | rightPollFdReadwrite | rightSockAccept, rightsAny | rightFdRead |
			rightFdWrite | rightPollFdReadwrite | rightSockShutdown
	case d.conn != nil:
		base = rightsAny | rightPollFdReadwrite | rightSockShutdown
	case d.file == nil:
		base = rightsAny | rightPollFdReadwrite
		if d.regular() {
			base |= rightFdSeek | rightFdTell
		}
	case d.regular():
		base = rightsRegular
		if d.write {
			base |= rightFdFilestatSetSize
		}
	default:
		base = rightsFile
	}
	if d.read {
		base |= rightFdRead
	}
	if d.write {
		base |= rightFdWrite
	}
	return base, 0
}
