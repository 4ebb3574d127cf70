// This file stands in for options that OpenBSD has only for all connections
// together.

package net

func keepName(option) (name int, ok bool) { return 0, false }
