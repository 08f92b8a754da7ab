package gzip

import "sync"

// search finds a shorter encoding than zlib's best level: the cheapest way
// through the text for the codes that the last way made, a few times over, in
// blocks with codes of their own. Base64 and configuration then have theirs.
func search(content []byte, effort Effort) []byte {
	m := findMatches(content, effort)
	tokens := longest(content, m)
	best := cut(tokens, content, effort.chunk)
	last := best
	for range effort.rounds {
		tokens = cheapest(content, m, last.segments())
		last = cut(tokens, content, effort.chunk)
		if last.size < best.size { // if not, the next may be, with other blocks
			best = last
		}
	}
	return best.encode(content, effort.tight)
}

// encoding is a way through a text, cut into blocks.
type encoding struct {
	tokens []pair
	blocks []block
	size   uint32 // about, in 1/64 bit
}

func cut(tokens []pair, content []byte, chunk int) encoding {
	e := encoding{tokens: tokens, blocks: blocks(symbols(tokens, content), chunk)}
	for i := range e.blocks {
		e.size += e.blocks[i].size
	}
	for _, t := range tokens {
		if t.distance > 0 {
			_, extra, _ := distanceSymbol(t.distance)
			e.size += (uint32(extra) + uint32(lengthExtra[t.length])) * bit
		}
	}
	return e
}

// segments are the blocks with what symbols are expected to take there.
func (e *encoding) segments() []segment {
	out := make([]segment, len(e.blocks))
	end := 0
	for i := range e.blocks {
		b := &e.blocks[i]
		for _, t := range e.tokens[b.from:b.to] {
			end += int(t.length)
		}
		out[i] = segment{end, b.histogram.expected()}
	}
	return out
}

func (e *encoding) encode(content []byte, tight bool) []byte {
	codes := make([]*code, len(e.blocks))
	var wait sync.WaitGroup
	for i := range codes {
		wait.Go(func() { codes[i] = e.blocks[i].histogram.code(tight) })
	}
	wait.Wait()
	var w bitWriter
	for i, c := range codes {
		b := &e.blocks[i]
		content = w.block(e.tokens[b.from:b.to], content, c, i == len(codes)-1)
	}
	return w.end()
}
