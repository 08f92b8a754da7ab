package compiler

import "golang.org/x/sys/unix"

// exchange swaps two directories in one step, so that no reader finds none.
func exchange(a, b string) error {
	return unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
}
