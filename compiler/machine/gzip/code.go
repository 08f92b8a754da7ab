package gzip

// code is what the header of a block says: how long the codes of its symbols
// are, those of the distances behind those of the literals.
type code struct {
	lengths             [numLiterals + numDistances]uint8
	literals, distances int // how many are sent
	runs                []run
	runLengths          [19]uint8
	sent                int    // how many of runLengths
	size                uint32 // of the whole block in bits, but for the extra bits of matches
}

func newCode(h, shape *histogram) *code {
	var c code
	codeLengths(c.lengths[:numLiterals], shape.literals[:], 15)
	codeLengths(c.lengths[numLiterals:], shape.distances[:numDistances], 15)
	for s, n := range h.literals {
		c.size += n * uint32(c.lengths[s])
	}
	for s, n := range h.distances[:numDistances] {
		c.size += n * uint32(c.lengths[numLiterals+s])
	}
	literals := trim(c.lengths[:numLiterals], 257)
	distances := trim(c.lengths[numLiterals:], 1)
	c.literals, c.distances = len(literals), len(distances)
	var both [numLiterals + numDistances]uint8
	copy(both[:], literals)
	copy(both[c.literals:], distances)
	c.header(both[:c.literals+c.distances])
	return &c
}

func (c *code) header(lengths []uint8) {
	c.runs = runs(lengths)
	var counts [19]uint32
	for _, r := range c.runs {
		counts[r.symbol]++
		c.size += uint32(r.extraBits)
	}
	codeLengths(c.runLengths[:], counts[:], 7)
	c.sent = len(codeOrder)
	for c.sent > 4 && c.runLengths[codeOrder[c.sent-1]] == 0 {
		c.sent--
	}
	for s, n := range counts {
		c.size += n * uint32(c.runLengths[s])
	}
	c.size += 3 + 5 + 5 + 4 + 3*uint32(c.sent)
}

// code is a good one for these symbols. A tight one is a little worse for the
// symbols and better for the header: it pretends that a symbol is as frequent
// as a neighbour where that gains something.
func (h *histogram) code(tight bool) *code {
	shape := *h
	best := newCode(h, &shape)
	if tight {
		best = best.level(h, &shape, shape.literals[:])
		best = best.level(h, &shape, shape.distances[:numDistances])
	}
	return best
}

func (c *code) level(h, shape *histogram, counts []uint32) *code {
	for i := range counts {
		for _, k := range []int{i - 1, i + 1} {
			was := counts[i]
			if was == 0 || k < 0 || k >= len(counts) || counts[k] == 0 || counts[k] == was {
				continue
			}
			counts[i] = counts[k]
			if other := newCode(h, shape); other.size < c.size {
				c = other
			} else {
				counts[i] = was
			}
		}
	}
	return c
}
