package certs

import (
	"bytes"
	"encoding/pem"
	"maps"
	"slices"
	"testing"
)

// FuzzIssue damages one file of a whole pki/, either its bytes or, inside the
// PEM, its DER. Issue must not panic, and must either say what is wrong or
// give a bundle that holds.
func FuzzIssue(f *testing.F) {
	n := names(1)
	whole := mustIssue(f, n, nil).New()
	files := slices.Sorted(maps.Keys(whole))
	for i, file := range files {
		f.Add(uint8(i), uint16(10), whole[file][:8], false)
		f.Add(uint8(i), uint16(20), []byte{0xff}, true)
	}
	f.Fuzz(func(t *testing.T, which uint8, at uint16, patch []byte, inside bool) {
		file := files[int(which)%len(files)]
		damaged := maps.Clone(whole)
		damaged[file] = overwrite(whole[file], int(at), patch, inside)

		b, problems := Issue(n, damaged, now)
		if (b == nil) != hasErrors(problems) {
			t.Fatalf("%s: bundle %v with %v", file, b, problems)
		}
		Read(n, damaged)
		if b == nil {
			return
		}
		if !bytes.Equal(damaged[file], whole[file]) && len(b.New()) > 0 {
			t.Fatalf("%s: made %v", file, slices.Sorted(maps.Keys(b.New())))
		}
		for _, e := range b.entries {
			if e.Issuer != "" && e.certs[0].CheckSignatureFrom(b.byName[e.Issuer].certs[0]) != nil {
				t.Fatalf("%s: %s is not signed by %s", file, e.Name, e.Issuer)
			}
			if !e.KeyOnly && e.keyPEM != nil && !matches(e.key, e.certs[0].PublicKey) {
				t.Fatalf("%s: %s has another key", file, e.Name)
			}
		}
		b.List()
	})
}

func overwrite(text []byte, at int, patch []byte, inside bool) []byte {
	block, _ := pem.Decode(text)
	if !inside || block == nil {
		text = slices.Clone(text)
		return append(text[:at%(len(text)+1)], patch...)
	}
	for i, c := range patch {
		block.Bytes[(at+i)%len(block.Bytes)] = c
	}
	return pem.EncodeToMemory(block)
}
