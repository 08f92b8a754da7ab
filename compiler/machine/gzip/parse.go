package gzip

import "math/bits"

// Symbols of the two alphabets: 256 literals, the end of a block and 29
// lengths; 30 distances.
const (
	endOfBlock   = 256
	numLiterals  = 286
	numDistances = 30
	bit          = 64 // costs are in 1/64 of a bit
)

// histogram counts the symbols of a run of tokens.
type histogram struct {
	literals  [numLiterals]uint32
	distances [numDistances + 1]uint32 // the last is that of literals
}

// costs is what each symbol is expected to take, extra bits included.
type costs struct {
	literals  [256]uint32
	lengths   [maxMatch + 1]uint32
	distances [numDistances]uint32
}

var (
	lengthSymbol [maxMatch + 1]uint16
	lengthExtra  [maxMatch + 1]uint8 // how many extra bits
	lengthBase   [maxMatch + 1]uint16
)

func init() {
	symbol, extra, base := uint16(257), uint8(0), uint16(minMatch)
	for length := uint16(minMatch); length < maxMatch; length++ {
		if length == base+1<<extra {
			base = length
			symbol++
			if n := symbol - 257; n >= 8 && n%4 == 0 {
				extra++
			}
		}
		lengthSymbol[length], lengthExtra[length], lengthBase[length] = symbol, extra, base
	}
	lengthSymbol[maxMatch], lengthBase[maxMatch] = 285, maxMatch
}

// distanceSymbol is the symbol of a distance, how many extra bits it has and
// the least distance with that symbol.
func distanceSymbol(distance uint16) (symbol int, extra uint, base uint16) {
	d := uint(distance) - 1
	if d < 4 {
		return int(d), 0, distance
	}
	n := uint(bits.Len(d)) - 2
	half := d >> n & 1
	return int(2*n + 2 + half), n, uint16((2+half)<<n + 1)
}

// log2 is the logarithm of x > 0 in 1/64. It is made of integers, so that
// every processor chooses the same bytes.
func log2(x uint32) uint32 {
	whole := uint32(bits.Len32(x) - 1)
	y := uint64(x) << (31 - whole) // in [1,2), with 31 binary places
	result := whole
	for range 6 {
		y = y * y >> 31
		result <<= 1
		if y >= 1<<32 {
			result |= 1
			y >>= 1
		}
	}
	return result
}

// expected turns frequencies into costs: what a perfect code would take. A
// symbol that has not been seen costs a little more than one seen once.
func (h *histogram) expected() *costs {
	var c costs
	price := func(counts []uint32) []uint32 {
		total, out := uint32(0), make([]uint32, len(counts))
		for _, n := range counts {
			total += n
		}
		for i, n := range counts {
			out[i] = log2(total+1) + bit*3/2
			if n > 0 {
				out[i] = max(log2(total)-log2(n), bit/2)
			}
		}
		return out
	}
	literals, distances := price(h.literals[:]), price(h.distances[:numDistances])
	copy(c.literals[:], literals)
	for length := minMatch; length <= maxMatch; length++ {
		c.lengths[length] = literals[lengthSymbol[length]] + uint32(lengthExtra[length])*bit
	}
	for i := range c.distances {
		c.distances[i] = distances[i] + uint32(max(0, i/2-1))*bit
	}
	return &c
}

// segment is a stretch of the text, up to end, with its own costs.
type segment struct {
	end   int
	costs *costs
}
