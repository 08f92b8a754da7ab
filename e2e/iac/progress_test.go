package iac

import (
	"fmt"
	"os"
	"sync/atomic"
)

// progress says how far a test is that takes longer than a moment. It is seen
// while the test runs where go test is given no packages.
type progress struct {
	what  string
	total int
	done  atomic.Int64
}

// often is how many are done between two lines.
const often = 10

// step says that one more is done.
func (p *progress) step() {
	if n := int(p.done.Add(1)); n%often == 0 || n == p.total {
		fmt.Fprintf(os.Stderr, "%s: %d of %d\n", p.what, n, p.total)
	}
}
