package gzip_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	stdgzip "compress/gzip"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine/gzip"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/machinetest"
)

// standard is what the standard library's best level gives.
func standard(t testing.TB, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := stdgzip.NewWriterLevel(&out, stdgzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// text is some 100 KB of what payloads are made of: words, and base64.
func text() []byte {
	var b bytes.Buffer
	for seed := range uint64(40) {
		for _, f := range machinetest.Random(seed).Files {
			b.WriteString(f.Path)
			if len(f.Content) < 20_000 {
				b.Write(f.Content)
			}
		}
		for i := range 40 { // what a generator of keys would give
			b.WriteByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(seed*2654435761>>(i%24)+uint64(i*i*37))%64])
		}
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	all := append([]string{string(text()), strings.Repeat("ab", 200_000), strings.Repeat("long run", 1<<18)}, machinetest.Contents...)
	for _, c := range all {
		for _, effort := range []gzip.Effort{gzip.Quick, gzip.Thorough} {
			packed := gzip.Compress([]byte(c), effort)
			got, err := gzip.Expand(packed)
			if err != nil || string(got) != c {
				t.Errorf("%.40q: %v, %d bytes of %d", c, err, len(got), len(c))
			}
			if std := standard(t, []byte(c)); len(packed) > len(std) {
				t.Errorf("%.40q: %d bytes, the standard library makes %d", c, len(packed), len(std))
			}
		}
	}
}

// TestOtherReaders has zlib read what is written here, in two members each.
func TestOtherReaders(t *testing.T) {
	dir, want := t.TempDir(), ""
	var paths []string
	for i, c := range append([]string{string(text())}, machinetest.Contents...) {
		stream, err := gzip.AppendStored(gzip.Compress([]byte(c), gzip.Quick), []byte("own\n"))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, filepath.Join(dir, strconv.Itoa(i)+".gz"))
		if err := os.WriteFile(paths[i], stream, 0o600); err != nil {
			t.Fatal(err)
		}
		want += c + "own\n"
	}
	for _, tool := range [][]string{
		{"gzip", "-dc"},
		{"python3", "-c", "import gzip, sys\nfor p in sys.argv[1:]: sys.stdout.buffer.write(gzip.open(p).read())"},
	} {
		out, err := exec.Command(tool[0], append(tool[1:], paths...)...).Output()
		if err != nil || string(out) != want {
			t.Errorf("%s (apt-get install gzip python3): %v, %d bytes of %d", tool[0], err, len(out), len(want))
		}
	}
}

func TestStored(t *testing.T) {
	if _, err := gzip.AppendStored(nil, make([]byte, 1<<16)); err == nil {
		t.Error("65536 bytes fit into a stored block")
	}
	if _, err := gzip.Expand([]byte("plain")); err == nil || gzip.Is([]byte("plain")) {
		t.Error("text was taken for gzip")
	}
	if _, err := gzip.Expand(standard(t, make([]byte, 65<<20))); err == nil {
		t.Error("a bomb was expanded")
	}
}

func FuzzCompress(f *testing.F) {
	for _, c := range machinetest.Contents {
		if len(c) < 500 {
			f.Add([]byte(c), 1)
			f.Add([]byte(c), 50)
		}
	}
	f.Fuzz(func(t *testing.T, content []byte, times int) {
		content = bytes.Repeat(content, max(0, min(times, 100)))
		for _, effort := range []gzip.Effort{gzip.Quick, gzip.Thorough} {
			got, err := gzip.Expand(gzip.Compress(content, effort))
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%v: %d bytes of %d", err, len(got), len(content))
			}
		}
	})
}

func BenchmarkCompress(b *testing.B) {
	content := text()[:64<<10]
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		b.ReportMetric(float64(len(gzip.Compress(content, gzip.Quick))), "bytes")
	}
}

func BenchmarkStandard(b *testing.B) {
	content := text()[:64<<10]
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		b.ReportMetric(float64(len(standard(b, content))), "bytes")
	}
}
