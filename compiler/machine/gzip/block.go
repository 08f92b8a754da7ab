package gzip

// block is a run of tokens with codes of its own.
type block struct {
	from, to  int // tokens
	histogram histogram
	size      uint32
}

// token is the symbols of a pair.
type token struct {
	literal  uint16 // or length
	distance uint8  // none for a literal
}

// none is a distance symbol that no block has.
const none = numDistances

func symbols(tokens []pair, data []byte) []token {
	out := make([]token, len(tokens))
	at := 0
	for i, t := range tokens {
		if t.distance == 0 {
			out[i] = token{uint16(data[at]), none}
		} else {
			d, _, _ := distanceSymbol(t.distance)
			out[i] = token{lengthSymbol[t.length], uint8(d)}
		}
		at += int(t.length)
	}
	return out
}

// add counts tokens once more, or with -1 once less.
func (h *histogram) add(tokens []token, times uint32) {
	for _, t := range tokens {
		h.literals[t.literal] += times
		h.distances[t.distance] += times
	}
}

func (h *histogram) plus(other *histogram) *histogram {
	sum := *h
	for i, n := range other.literals {
		sum.literals[i] += n
	}
	for i, n := range other.distances {
		sum.distances[i] += n
	}
	sum.literals[endOfBlock] = 1
	return &sum
}

// blocks cuts tokens where codes of their own pay: it begins with many small
// blocks and joins the two neighbours that gain most, until none do.
func blocks(tokens []token, chunk int) []block {
	chunk = max(chunk, len(tokens)/256) // joining takes the square of how many there are
	var list []block
	for from := 0; from < len(tokens); from += chunk {
		b := block{from: from, to: min(from+chunk, len(tokens))}
		b.histogram.literals[endOfBlock] = 1
		b.histogram.add(tokens[b.from:b.to], 1)
		b.size = b.histogram.size()
		list = append(list, b)
	}
	list = join(list)
	for i := range len(list) - 1 {
		shift(&list[i], &list[i+1], tokens)
	}
	return join(list)
}

func join(list []block) []block {
	joined := make([]block, max(0, len(list)-1)) // i with i+1
	make := func(i int) {
		h := list[i].histogram.plus(&list[i+1].histogram)
		joined[i] = block{list[i].from, list[i+1].to, *h, h.size()}
	}
	for i := range joined {
		make(i)
	}
	for len(joined) > 0 {
		best, most := -1, 0
		for i := range joined {
			if gain := int(list[i].size) + int(list[i+1].size) - int(joined[i].size); gain > most {
				best, most = i, gain
			}
		}
		if best < 0 {
			break
		}
		list[best] = joined[best]
		list = append(list[:best+1], list[best+2:]...)
		joined = append(joined[:best], joined[best+1:]...)
		for _, i := range []int{best - 1, best} {
			if i >= 0 && i < len(joined) {
				make(i)
			}
		}
	}
	return list
}

// shift moves the border between two blocks as long as that makes them smaller.
func shift(a, b *block, tokens []token) {
	for step := 64; step > 0; step /= 2 {
		for _, way := range []int{-step, step} {
			for move(a, b, tokens, way) {
			}
		}
	}
}

func move(a, b *block, tokens []token, by int) bool {
	to := a.to + by
	if to <= a.from || to >= b.to {
		return false
	}
	x, y := *a, *b
	x.to, y.from = to, to
	if by > 0 {
		x.histogram.add(tokens[a.to:to], 1)
		y.histogram.add(tokens[a.to:to], ^uint32(0))
	} else {
		x.histogram.add(tokens[to:a.to], ^uint32(0))
		y.histogram.add(tokens[to:a.to], 1)
	}
	x.size, y.size = x.histogram.size(), y.histogram.size()
	if x.size+y.size >= a.size+b.size {
		return false
	}
	*a, *b = x, y
	return true
}

// size estimates a block with these symbols, in 1/64 bit: a perfect code, and
// a header that grows with the number of different symbols.
func (h *histogram) size() uint32 {
	sum := uint32(80 * bit)
	for _, counts := range [][]uint32{h.literals[:], h.distances[:numDistances]} {
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
