// This file says what SetSync asks of a write.

package fs

// A syncMode is how far a write goes before it returns.
type syncMode uint32

const (
	syncNone syncMode = iota
	syncData
	syncAll
)

func syncModeOf(sync, dsync bool) syncMode {
	switch {
	case sync:
		return syncAll
	case dsync:
		return syncData
	}
	return syncNone
}
