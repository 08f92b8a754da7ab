//go:build !linux

package compiler

import (
	"errors"
	"os"
)

// exchange swaps two directories; for a moment only one of them exists.
func exchange(a, b string) error {
	aside := a + ".old"
	if err := os.Rename(b, aside); err != nil {
		return err
	}
	if err := os.Rename(a, b); err != nil {
		return errors.Join(err, os.Rename(aside, b))
	}
	return os.Rename(aside, a)
}
