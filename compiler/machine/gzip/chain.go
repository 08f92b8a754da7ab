package gzip

import (
	"encoding/binary"
	"sync"
)

const (
	hashBits = 15
	golden   = 0x9E3779B97F4A7C15 // 2^64 divided by the golden ratio, which spreads well
)

// newChains lead, for each key, from each position to the last one before it
// that begins with the same bytes, as many as the key says, or that has the same
// hash; -1 is none. The parts of a text can then be searched at the same time.
func newChains(data []byte, keys []int) [][]int32 {
	chains := make([][]int32, len(keys))
	var wait sync.WaitGroup
	for k, key := range keys {
		wait.Go(func() { chains[k] = newChain(data, key) })
	}
	wait.Wait()
	return chains
}

func newChain(data []byte, key int) []int32 {
	chain := make([]int32, len(data))
	var last [1 << hashBits]int32 // the last position with a hash, plus one
	for i := range data {
		if i+key > len(data) {
			chain[i] = -1
			continue
		}
		h := hash(data[i:], key) >> (64 - hashBits)
		chain[i], last[h] = last[h]-1, int32(i)+1
	}
	return chain
}

// hash mixes the first bytes of data, as many as key says.
func hash(data []byte, key int) (h uint64) {
	for ; key > 8; key -= 8 {
		h = (h ^ binary.LittleEndian.Uint64(data)) * golden
		h ^= h >> 32
		data = data[8:]
	}
	if len(data) < 8 {
		var padded [8]byte
		copy(padded[:], data)
		data = padded[:]
	}
	return (h ^ binary.LittleEndian.Uint64(data)<<(64-8*key)) * golden
}
