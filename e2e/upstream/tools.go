//go:build tools

// What other parts of this module import, or will: "go mod tidy" looks at every
// file whatever its build tags are, and keeps these requirements.

package upstream

import (
	_ "github.com/google/go-containerregistry/pkg/registry"
	_ "golang.org/x/crypto/ssh"
	_ "golang.org/x/net/dns/dnsmessage"
)
