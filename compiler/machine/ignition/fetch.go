package ignition

import (
	"encoding/hex"
	"encoding/json"

	"github.com/coreos/ignition/v2/config/util"
	"github.com/coreos/ignition/v2/config/v3_3/types"
)

// Fetch is a config that has Ignition fetch another one from a URL and take it
// in its place if it has the SHA-512. It holds no secret.
func Fetch(url string, sha512 [64]byte) []byte {
	text, err := json.Marshal(types.Config{Ignition: types.Ignition{
		Version: types.MaxVersion.String(),
		Config: types.IgnitionConfig{Replace: types.Resource{
			Source:       util.StrToPtr(url),
			Verification: types.Verification{Hash: util.StrToPtr("sha512-" + hex.EncodeToString(sha512[:]))},
		}},
	}})
	if err != nil {
		panic(err) // of strings alone
	}
	return append(text, '\n')
}
