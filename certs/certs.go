// Package certs lists every certificate of a cluster and makes what is missing.
package certs

import (
	"net/netip"
	"time"
)

// Names is all of a cluster that its certificates depend on.
type Names struct {
	Cluster    string
	Endpoint   string // host of the API endpoint: a name or an address
	Members    []Member
	ServiceIPs []netip.Addr // of the Service "kubernetes"
	DNSDomain  string
	ExtraSANs  []string

	Algorithm            string // ecdsa-p256, ecdsa-p384, rsa-2048, rsa-4096
	CAValidity, Validity time.Duration
	TokenValidity        time.Duration
}

// Member is one control-plane machine.
type Member struct {
	Name      string
	Addresses []netip.Addr
}
