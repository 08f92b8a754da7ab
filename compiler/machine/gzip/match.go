package gzip

// The limits of DEFLATE (RFC 1951).
const (
	minMatch = 3
	maxMatch = 258
	window   = 32768
)

// Effort is how far the search for a short encoding goes.
type Effort struct {
	chain  int // earlier positions looked at for each
	nice   int // a match that is long enough to be taken as it is
	rounds int // how often the way through the text is sought anew
}

// On a control plane's 62 KB Quick takes 10 ms. Thorough takes three times as
// long and saves another 0.8 %; the standard library's best level takes a third
// of the time and 4.5 % more bytes.
var (
	Quick    = Effort{chain: 64, nice: 64, rounds: 1}
	Thorough = Effort{chain: 256, nice: maxMatch, rounds: 4}
)

const (
	keyBytes  = 5 // what positions in one chain have in common
	hashBits  = 15
	tableSize = 1 << hashBits
)

// pair says that length bytes stood distance bytes ago.
type pair struct{ length, distance uint16 }

// matches are, for each position of a text, what stood before: pairs of
// growing length, each at the least distance for its length.
type matches struct {
	pairs []pair
	ends  []int32 // pairs of position i end here, and begin where those of i-1 end
}

func (m *matches) at(i int) []pair {
	if i == 0 {
		return m.pairs[:m.ends[0]]
	}
	return m.pairs[m.ends[i-1]:m.ends[i]]
}

// findMatches looks once for any three bytes, at the nearest place, because a
// match of three or four pays only there, and longer for five.
func findMatches(data []byte, effort Effort) *matches {
	m := &matches{pairs: make([]pair, 0, 2*len(data)), ends: make([]int32, len(data))}
	near := make([]int32, tableSize) // the last position plus one with the same three bytes
	head := make([]int32, tableSize) // and with the same bytes of a key; 0 is none
	prev := make([]int32, len(data))
	skip := 0 // positions inside of a match that is long enough
	for i := range data {
		if i+keyBytes <= len(data) {
			three := uint32(data[i])<<16 | uint32(data[i+1])<<8 | uint32(data[i+2])
			h3 := three * 0x9E3779B1 >> (32 - hashBits)
			key := three<<16 | uint32(data[i+3])<<8 | uint32(data[i+4])
			key ^= three >> 16 * 0x85EBCA6B
			h := key * 0x9E3779B1 >> (32 - hashBits)
			if i >= skip {
				best := m.search(data, prev, i, int(near[h3])-1, minMatch-1, 1)
				best = m.search(data, prev, i, int(head[h])-1, best, effort.chain)
				if best >= effort.nice {
					skip = i + best
				}
			}
			prev[i] = head[h] - 1
			near[h3], head[h] = int32(i)+1, int32(i)+1
		}
		m.ends[i] = int32(len(m.pairs))
	}
	return m
}

// search follows the chain of earlier positions with the same hash.
func (m *matches) search(data []byte, prev []int32, i, candidate, best, chain int) int {
	limit := min(maxMatch, len(data)-i)
	here := data[i : i+limit]
	for n := chain; n > 0 && candidate >= 0 && i-candidate <= window; n-- {
		if best == limit {
			break
		}
		there := data[candidate : candidate+limit]
		if there[best] == here[best] && there[best-1] == here[best-1] {
			length := 0
			for length < limit && there[length] == here[length] {
				length++
			}
			if length > best {
				m.pairs = append(m.pairs, pair{uint16(length), uint16(i - candidate)})
				best = length
			}
		}
		candidate = int(prev[candidate])
	}
	return best
}
