package main

import (
	"runtime"
	"runtime/debug"
)

// collectLate lets the heap grow to 32 MiB before it is collected for the first
// time. Nearly every run ends before that, and is a fifth faster for it; one
// that does not, with thousands of machines, is collected as usual from then on.
func collectLate() {
	const usual, first = 100, 800 // percent; Go's heap begins at 4 MiB for 100
	debug.SetGCPercent(first)
	// Larger than what is batched with others, so that the first collection
	// finds it.
	sentinel := new([64]byte)
	runtime.AddCleanup(sentinel, func(percent int) { debug.SetGCPercent(percent) }, usual)
}
