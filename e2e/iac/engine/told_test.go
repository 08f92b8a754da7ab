package engine

import (
	"strings"
	"testing"
	"time"
)

func TestToldSaysWhatTakesLong(t *testing.T) {
	var quick, slow strings.Builder
	told(&quick, "this", time.Hour, time.Hour)()
	if quick.String() != "" {
		t.Errorf("a moment: found %q, expected nothing", quick.String())
	}
	done := told(&slow, "this", time.Millisecond, 50*time.Millisecond)
	time.Sleep(500 * time.Millisecond)
	done()
	for _, want := range []string{"this\n", "this: 0s so far\n", "this: done after "} {
		if !strings.Contains(slow.String(), want) {
			t.Errorf("half a second: found %q, expected %q in it", slow.String(), want)
		}
	}
}
