//go:build !linux && !darwin && !freebsd && !windows

// This file is the place of os_windows.go on systems that nothing is known of.

package fs

import (
	"fmt"
	"os"

	"github.com/dray-wasm/dray/host"
)

func openDir(path string, access Access) (Dir, error) { return openRootDir(path, access) }

func checkSystemName(string) error { return nil }

func completeStat(*Stat, *os.Root, string, os.FileInfo) {}

func completeFileStat(*Stat, *os.File, os.FileInfo) {}

func setFileTimes(*os.File, SetTime, SetTime) error {
	return fmt.Errorf("setting the times of an open file is not supported on this system: %w", host.ENOTSUP)
}
