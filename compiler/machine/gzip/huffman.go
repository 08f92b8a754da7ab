package gzip

import (
	"cmp"
	"math/bits"
	"slices"
)

// codeLengths are the lengths of a Huffman code of at most limit bits. Where
// the best code is longer, counts are flattened until it is not.
func codeLengths(counts []uint32, limit int) []uint8 {
	counts = slices.Clone(counts)
	for {
		lengths, longest := huffman(counts)
		if longest <= limit {
			return lengths
		}
		for i, n := range counts {
			if n > 0 {
				counts[i] = n/2 + 1
			}
		}
	}
}

type node struct {
	count  uint32
	parent int
}

// huffman makes the best code: it joins the two rarest nodes again and again.
// Leaves are sorted, and joined nodes come out in order by themselves, so that
// two queues are enough.
func huffman(counts []uint32) (lengths []uint8, longest int) {
	lengths = make([]uint8, len(counts))
	var symbols []int
	for s, n := range counts {
		if n > 0 {
			symbols = append(symbols, s)
		}
	}
	if len(symbols) < 2 { // one symbol takes one bit
		for _, s := range symbols {
			lengths[s] = 1
		}
		return lengths, 1
	}
	slices.SortStableFunc(symbols, func(a, b int) int { return cmp.Compare(counts[a], counts[b]) })
	nodes := tree(counts, symbols)
	depth := make([]int, len(nodes))
	for i := len(nodes) - 2; i >= 0; i-- {
		depth[i] = depth[nodes[i].parent] + 1
		if i < len(symbols) {
			lengths[symbols[i]] = uint8(min(depth[i], 255))
			longest = max(longest, depth[i])
		}
	}
	return lengths, longest
}

// tree has the symbols, the rarest first, and then what joins them, the root
// last.
func tree(counts []uint32, symbols []int) []node {
	nodes := make([]node, 0, 2*len(symbols))
	for _, s := range symbols {
		nodes = append(nodes, node{count: counts[s]})
	}
	leaf, joined := 0, len(symbols)
	rarest := func() int {
		if leaf < len(symbols) && (joined == len(nodes) || nodes[leaf].count <= nodes[joined].count) {
			leaf++
			return leaf - 1
		}
		joined++
		return joined - 1
	}
	for range len(symbols) - 1 {
		a, b := rarest(), rarest()
		nodes[a].parent, nodes[b].parent = len(nodes), len(nodes)
		nodes = append(nodes, node{count: nodes[a].count + nodes[b].count})
	}
	return nodes
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
