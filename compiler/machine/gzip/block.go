package gzip

// chunk is the least block that is thought about, in tokens.
const chunk = 192

// block is a run of tokens, and of the bytes they stand for, with codes of its own.
type block struct {
	tokens    []pair
	data      []byte // from the block's first byte on
	bytes     int
	histogram histogram
}

func (h *histogram) count(tokens []pair, data []byte) (bytes int) {
	for _, t := range tokens {
		if t.distance == 0 {
			h.literals[data[bytes]]++
		} else {
			symbol, _, _ := distanceSymbol(t.distance)
			h.literals[lengthSymbol[t.length]]++
			h.distances[symbol]++
		}
		bytes += int(t.length)
	}
	return bytes
}

// size estimates a block with these symbols, in 1/64 bit: a perfect code, and
// a header that grows with the number of different symbols.
func (h *histogram) size() uint32 {
	sum := uint32(80 * bit)
	for _, counts := range [][]uint32{h.literals[:], h.distances[:]} {
		total := uint32(0)
		for _, n := range counts {
			if n > 0 {
				total += n
				sum += 3 * bit
				sum -= n * log2(n) // the whole is never negative in the end
			}
		}
		if total > 0 {
			sum += total * log2(total)
		}
	}
	return sum
}

func (h *histogram) plus(other *histogram) *histogram {
	sum := *h
	for i, n := range other.literals {
		sum.literals[i] += n
	}
	for i, n := range other.distances {
		sum.distances[i] += n
	}
	return &sum
}

// blocks cuts tokens where codes of their own pay: it begins with many small
// blocks and joins the two neighbours that gain most, until none do.
func blocks(tokens []pair, data []byte) []block {
	list, sizes := chunks(tokens, data)
	gains := make([]int32, max(0, len(list)-1)) // of joining i with i+1
	gain := func(i int) int32 {
		return int32(sizes[i] + sizes[i+1] - list[i].histogram.plus(&list[i+1].histogram).size())
	}
	for i := range gains {
		gains[i] = gain(i)
	}
	for len(gains) > 0 {
		best := 0
		for i, g := range gains {
			if g > gains[best] {
				best = i
			}
		}
		if gains[best] <= 0 {
			break
		}
		a, b := &list[best], &list[best+1]
		a.tokens = a.tokens[:len(a.tokens)+len(b.tokens)] // they are neighbours in memory
		a.bytes += b.bytes
		a.histogram = *a.histogram.plus(&b.histogram)
		sizes[best] = a.histogram.size()
		list = append(list[:best+1], list[best+2:]...)
		sizes = append(sizes[:best+1], sizes[best+2:]...)
		gains = append(gains[:best], gains[best+1:]...)
		for _, i := range []int{best - 1, best} {
			if i >= 0 && i < len(gains) {
				gains[i] = gain(i)
			}
		}
	}
	return list
}

// chunks are the least blocks, and their sizes.
func chunks(tokens []pair, data []byte) (list []block, sizes []uint32) {
	for len(tokens) > 0 {
		n := min(chunk, len(tokens))
		b := block{tokens: tokens[:n], data: data}
		b.bytes = b.histogram.count(b.tokens, data)
		list, sizes = append(list, b), append(sizes, b.histogram.size())
		tokens, data = tokens[n:], data[b.bytes:]
	}
	return list, sizes
}

func segments(list []block) []segment {
	out := make([]segment, len(list))
	end := 0
	for i := range list {
		end += list[i].bytes
		out[i] = segment{end, list[i].histogram.expected()}
	}
	return out
}
