package gzip

import (
	"math/bits"
	"slices"
)

// codeLengths are the lengths of a Huffman code of at most limit bits, into out.
// Where the best code is longer, counts are flattened until it is not.
func codeLengths(out []uint8, counts []uint32, limit uint8) {
	var leaves [numLiterals]uint64 // a count and its symbol, the rarest first
	n := 0
	for s, count := range counts {
		out[s] = 0
		if count > 0 {
			leaves[n] = uint64(count)<<16 | uint64(s)
			n++
		}
	}
	if n < 2 { // one symbol takes one bit
		for _, l := range leaves[:n] {
			out[l&0xffff] = 1
		}
		return
	}
	slices.Sort(leaves[:n])
	for !huffman(out, leaves[:n], limit) {
		for i, l := range leaves[:n] {
			leaves[i] = (l>>17+1)<<16 | l&0xffff
		}
	}
}

// huffman makes the best code: it joins the two rarest nodes again and again.
// Joined nodes come out in order by themselves, so that two queues are enough.
// It says whether no code is longer than limit.
func huffman(out []uint8, leaves []uint64, limit uint8) bool {
	var counts [numLiterals]uint64     // of joined nodes
	var parents [2 * numLiterals]int16 // of leaves, and of joined nodes behind them
	n, leaf, joined := len(leaves), 0, 0
	for made := range n - 1 {
		sum := uint64(0)
		for range 2 {
			if leaf < n && (joined == made || leaves[leaf]>>16 <= counts[joined]) {
				sum += leaves[leaf] >> 16
				parents[leaf] = int16(n + made)
				leaf++
			} else {
				sum += counts[joined]
				parents[n+joined] = int16(n + made)
				joined++
			}
		}
		counts[made] = sum
	}
	var depth [2 * numLiterals]uint8
	for i := 2*n - 3; i >= 0; i-- {
		depth[i] = depth[parents[i]] + 1
		if i < n {
			out[leaves[i]&0xffff] = depth[i]
		}
	}
	return depth[0] <= limit // the rarest has the longest
}

// codes are the canonical codes of these lengths, with their bits in the order
// in which they are written.
func codes(lengths []uint8) []uint16 {
	var count, next [17]uint16
	for _, l := range lengths {
		count[l]++
	}
	count[0] = 0
	for l := 1; l < len(next); l++ {
		next[l] = (next[l-1] + count[l-1]) << 1
	}
	out := make([]uint16, len(lengths))
	for s, l := range lengths {
		if l > 0 {
			out[s] = bits.Reverse16(next[l]) >> (16 - l)
			next[l]++
		}
	}
	return out
}
