package ignition_test

import (
	"crypto/sha512"
	"encoding/hex"
	"testing"

	"github.com/coreos/ignition/v2/config/v3_3"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine/ignition"
)

// TestFetch: Ignition reads it without a remark, as a config that another one
// replaces.
func TestFetch(t *testing.T) {
	sum := sha512.Sum512([]byte("the payload"))
	text := ignition.Fetch("s3://demo-0123/worker-0123456789ab", sum)
	cfg, report, err := v3_3.Parse(text)
	if err != nil || len(report.Entries) > 0 {
		t.Fatalf("%v: %v in %s", err, report, text)
	}
	r := cfg.Ignition.Config.Replace
	if *r.Source != "s3://demo-0123/worker-0123456789ab" || *r.Verification.Hash != "sha512-"+hex.EncodeToString(sum[:]) {
		t.Errorf("found %s", text)
	}
	if len(text) > 512 {
		t.Errorf("%d bytes for one URL and a hash: %s", len(text), text)
	}
}
