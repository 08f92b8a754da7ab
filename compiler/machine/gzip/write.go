package gzip

// bitWriter writes bits, the lowest first.
type bitWriter struct {
	out  []byte
	acc  uint64
	held uint
}

func (w *bitWriter) bits(value uint32, n uint) {
	w.acc |= uint64(value) << w.held
	for w.held += n; w.held >= 8; w.held -= 8 {
		w.out = append(w.out, byte(w.acc))
		w.acc >>= 8
	}
}

func (w *bitWriter) end() []byte {
	if w.held > 0 {
		w.out = append(w.out, byte(w.acc))
	}
	return w.out
}

// codeOrder is the order in which RFC 1951 sends the lengths of the code for
// code lengths.
var codeOrder = [19]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// run is one item of the run-length form of code lengths: 0 to 15 is itself,
// 16 repeats the last, 17 and 18 are zeros.
type run struct{ symbol, extra, extraBits uint8 }

func runs(lengths []uint8) (out []run) {
	for i := 0; i < len(lengths); {
		n := 1
		for i+n < len(lengths) && lengths[i+n] == lengths[i] {
			n++
		}
		value, left := lengths[i], n
		i += n
		if value > 0 {
			out = append(out, run{symbol: value})
			left--
		}
		for left >= 3 {
			switch {
			case value > 0:
				k := min(left, 6)
				out = append(out, run{16, uint8(k - 3), 2})
				left -= k
			case left <= 10:
				out = append(out, run{17, uint8(left - 3), 3})
				left = 0
			default:
				k := min(left, 138)
				out = append(out, run{18, uint8(k - 11), 7})
				left -= k
			}
		}
		for ; left > 0; left-- {
			out = append(out, run{symbol: value})
		}
	}
	return out
}

func trim(lengths []uint8, least int) []uint8 {
	for len(lengths) > least && lengths[len(lengths)-1] == 0 {
		lengths = lengths[:len(lengths)-1]
	}
	return lengths
}

// block writes one block with codes of its own.
func (w *bitWriter) block(tokens []pair, data []byte, c *code, last bool) []byte {
	if last {
		w.bits(1, 1)
	} else {
		w.bits(0, 1)
	}
	w.bits(2, 2)
	w.header(c)
	literals, distances := c.lengths[:numLiterals], c.lengths[numLiterals:]
	literalCodes, distanceCodes := codes(literals), codes(distances)
	for _, t := range tokens {
		if t.distance == 0 {
			c := data[0]
			w.bits(uint32(literalCodes[c]), uint(literals[c]))
		} else {
			s := lengthSymbol[t.length]
			w.bits(uint32(literalCodes[s]), uint(literals[s]))
			w.bits(uint32(t.length-lengthBase[t.length]), uint(lengthExtra[t.length]))
			d, extra, base := distanceSymbol(t.distance)
			w.bits(uint32(distanceCodes[d]), uint(distances[d]))
			w.bits(uint32(t.distance-base), extra)
		}
		data = data[t.length:]
	}
	w.bits(uint32(literalCodes[endOfBlock]), uint(literals[endOfBlock]))
	return data
}

func (w *bitWriter) header(c *code) {
	w.bits(uint32(c.literals-257), 5)
	w.bits(uint32(c.distances-1), 5)
	w.bits(uint32(c.sent-4), 4)
	for _, s := range codeOrder[:c.sent] {
		w.bits(uint32(c.runLengths[s]), 3)
	}
	runCodes := codes(c.runLengths[:])
	for _, r := range c.runs {
		w.bits(uint32(runCodes[r.symbol]), uint(c.runLengths[r.symbol]))
		w.bits(uint32(r.extra), uint(r.extraBits))
	}
}
