//go:build !unix

package p1

import "errors"

func mkfifo(string) error { return errors.ErrUnsupported }
