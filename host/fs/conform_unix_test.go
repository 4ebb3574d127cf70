//go:build linux || darwin || freebsd

package fs

import (
	"os"
	"testing"
)

func mkdir(t testing.TB, path string) {
	t.Helper()
	if err := os.Mkdir(path, 0o777); err != nil {
		t.Fatal(err)
	}
}

// osImpls are the ways to serve a directory of the system: by the kernel's own
// resolution where it has one, by os.Root and calls relative to a descriptor,
// and by os.Root alone as on Windows.
func osImpls() []impl {
	all := []impl{
		osImpl("rooted", func(path string, access Access) (Dir, error) {
			return openDirUnix(path, access, true)
		}),
		osImpl("portable", openRootDir),
	}
	if kernelResolves() {
		all = append(all, osImpl("kernel", OpenDir))
	}
	return all
}
