package gzip

// warmUp is how far behind a part the way back through it begins, so that it
// hardly matters that what follows is not known: several times a match.
const warmUp = 2 * maxMatch

// longest is a first way through the text: the longest match, unless the next
// position has a longer one. It shows what symbols are frequent.
func longest(data []byte, m matches) []pair {
	tokens := make([]pair, 0, len(data)/3)
	last := func(i int) (p pair) {
		if i < len(data) {
			if all := m.at(i); len(all) > 0 {
				return all[len(all)-1]
			}
		}
		return pair{length: 1}
	}
	for i := 0; i < len(data); {
		t := last(i)
		if last(i+1).length > t.length {
			t = pair{length: 1}
		}
		tokens = append(tokens, t)
		i += int(t.length)
	}
	return tokens
}

// cheapest is the way through the text that costs least: pairs, of which those
// with the distance 0 are literals. Parts do not wait for each other: where a
// way enters a part is of no matter to the best way from there.
func cheapest(data []byte, m matches, segments []segment) []pair {
	step := make([]pair, len(data))
	eachPart(len(data), func(_, from, to int) { wayBack(data, m, segments, step, from, to) })
	tokens := make([]pair, 0, len(data)/3)
	for i := 0; i < len(data); i += int(step[i].length) {
		tokens = append(tokens, step[i])
	}
	return tokens
}

// wayBack sets the steps between from and to. It is a shortest path, sought
// from the end: ahead[n] is the least that the text takes from n bytes further
// on, and a step the token with which that begins.
func wayBack(data []byte, m matches, segments []segment, step []pair, from, to int) {
	end := min(len(data), to+warmUp)
	cost := make([]uint32, end-from+maxMatch+1)
	s := len(segments) - 1
	for i := end - 1; i >= from; i-- {
		for s > 0 && i < segments[s-1].end {
			s--
		}
		c, ahead := segments[s].costs, cost[i-from:]
		best, choice := ahead[1]+c.literals[data[i]], pair{length: 1}
		length := uint16(minMatch)
		for _, p := range m.at(i) {
			symbol, _, _ := distanceSymbol(p.distance)
			base := c.distances[symbol]
			prices := c.lengths[length : p.length+1]
			rest := ahead[length:][:len(prices)]
			better := -1
			for n, price := range prices {
				if sum := base + price + rest[n]; sum < best {
					best, better = sum, n
				}
			}
			if better >= 0 {
				choice = pair{length + uint16(better), p.distance}
			}
			length = p.length + 1
		}
		ahead[0] = best
		if i < to {
			step[i] = choice
		}
	}
}
