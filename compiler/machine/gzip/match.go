package gzip

import (
	"encoding/binary"
	"math/bits"
	"sync"
)

// The limits of DEFLATE (RFC 1951).
const (
	minMatch = 3
	maxMatch = 258
	window   = 32768
)

// Effort is how far the search for a short encoding goes.
type Effort struct {
	keys   []int // how many bytes the positions in one chain have in common
	common int   // of these, those whose chains are looked at for each position
	chain  int   // earlier positions looked at in the last of these, and in longer ones
	nice   int   // a match that is long enough to be taken as it is
	rounds int   // how often the way through the text is sought anew, at most
	chunk  int   // tokens of the least block that is thought about
	tight  bool  // whether codes are bent to make their headers shorter
}

// On a control plane's 60 KB Quick takes 9 ms of processor time, the standard
// library's best level included, and Thorough 40 ms, shared by several cores.
// Over six payloads Thorough makes 1.0 % less than Quick, and 0.1 % more than
// zopfli with a hundred rounds. Moving the borders of blocks and matches that
// miss nothing gained most; nice and chain are where Quick trades bytes for time.
var (
	Quick    = Effort{keys: []int{3, 5, 8, 16}, common: 2, chain: 64, nice: 96, rounds: 1, chunk: 256}
	Thorough = Effort{keys: []int{3, 4, 5, 8, 16}, common: 3, chain: 256, nice: maxMatch, rounds: 5, chunk: 96, tight: true}
)

// partSize is what one goroutine looks at. It does not depend on the number of
// processors, so that the result does not either.
const partSize = 1 << 13

// eachPart calls f for the stretches of a text, some at the same time.
func eachPart(size int, f func(k, from, to int)) {
	var wait sync.WaitGroup
	for k := range (size + partSize - 1) / partSize {
		wait.Go(func() { f(k, k*partSize, min(size, (k+1)*partSize)) })
	}
	wait.Wait()
}

// pair says that length bytes stood distance bytes ago.
type pair struct{ length, distance uint16 }

// part holds, for each position of a stretch of the text, what stood before:
// pairs of growing length, each at the least distance for its length.
type part struct {
	pairs []pair
	ends  []int32 // pairs of position i end here, and begin where those of i-1 end
}

type matches []part

func (m matches) at(i int) []pair {
	p := &m[i/partSize]
	i %= partSize
	if i == 0 {
		return p.pairs[:p.ends[0]]
	}
	return p.pairs[p.ends[i-1]:p.ends[i]]
}

func findMatches(data []byte, effort Effort) matches {
	f := finder{Effort: effort, data: data, chains: newChains(data, effort.keys)}
	m := make(matches, (len(data)+partSize-1)/partSize)
	eachPart(len(data), func(k, from, to int) {
		p := part{make([]pair, 0, 3*(to-from)), make([]int32, to-from)}
		skip := from // what is inside of a match that is long enough
		for i := from; i < to; i++ {
			if i >= skip {
				var best int
				p.pairs, best = f.search(p.pairs, i)
				if best >= f.nice {
					skip = i + best
				}
			}
			p.ends[i-from] = int32(len(p.pairs))
		}
		m[k] = p
	})
	return m
}

// finder finds what stands at a position and stood before.
type finder struct {
	Effort
	data   []byte
	chains [][]int32
}

// search appends the pairs of position i, and says how long the longest is. Short ones pay only at the nearest
// place, so that of the chains with short keys only the first link is followed.
// What is longer than a match has all of the bytes of that match, so that the
// search goes on in the chain with the longest key that the match has: that
// skips most of what is no better.
func (f *finder) search(pairs []pair, i int) ([]pair, int) {
	best, limit := minMatch-1, min(maxMatch, len(f.data)-i)
	here := f.data[i : i+limit]
	for level := 0; level < f.common && best < limit; level++ {
		left := 1
		if level == f.common-1 {
			left = f.chain
		}
		chain := f.chains[level]
		for at := int(chain[i]); left > 0 && at >= 0 && i-at <= window && best < limit; left-- {
			there := f.data[at : at+limit]
			if there[best] == here[best] && there[best-1] == here[best-1] {
				if n := common(here, there); n > best {
					pairs, best = append(pairs, pair{uint16(n), uint16(i - at)}), n
					for level+1 < len(f.keys) && best >= f.keys[level+1] {
						level++
						chain, left = f.chains[level], max(left, f.chain)
					}
				}
			}
			at = int(chain[at])
		}
	}
	return pairs, best
}

// common is how many bytes a and b, which are equally long, begin with alike.
func common(a, b []byte) (n int) {
	for ; n+8 <= len(a); n += 8 {
		if x := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); x != 0 {
			return n + bits.TrailingZeros64(x)/8
		}
	}
	for n < len(a) && a[n] == b[n] {
		n++
	}
	return n
}
