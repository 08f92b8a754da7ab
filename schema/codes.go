package schema

// The codes of all checks. Scripts rely on them: a code is never given another
// meaning. For each there is a config in testdata/bad that it refuses.
const (
	// Reading the text.
	codeEmpty        = "empty-input"
	codeBOM          = "byte-order-mark"
	codeEncoding     = "not-utf8"
	codeJSONSyntax   = "json-syntax"
	codeJSONComment  = "json-comment"
	codeYAMLSyntax   = "yaml-syntax"
	codeYAMLTab      = "yaml-tab"
	codeYAMLFeature  = "yaml-feature"
	codeDuplicateKey = "duplicate-key"
	codeTooDeep      = "too-deep"

	// Fields and types.
	codeUnknownField = "unknown-field"
	codeMissingField = "missing-field"
	codeType         = "wrong-type"
	codeEnum         = "not-allowed"
	codePattern      = "bad-form"
	codeRange        = "out-of-range"
	codeLength       = "wrong-length"
	codeSchema       = "schema"

	// Names.
	codeName          = "bad-name"
	codeReservedName  = "reserved-name"
	codeDuplicateName = "duplicate-name"
	codeDNSDomain     = "bad-dns-domain"

	// Addresses.
	codeCIDR             = "bad-cidr"
	codeCIDRHostBits     = "cidr-host-bits"
	codeCIDRFamilies     = "cidr-families"
	codeCIDROverlap      = "cidr-overlap"
	codeCIDRSize         = "cidr-size"
	codeDNSServiceIP     = "bad-dns-service-ip"
	codeAddress          = "bad-address"
	codeAddressOutside   = "address-outside-range"
	codeAddressTaken     = "address-in-range"
	codeAddressFamily    = "address-family"
	codeDuplicateAddress = "duplicate-address"
	codeMAC              = "bad-mac"
	codeDuplicateMAC     = "duplicate-mac"

	// Machines.
	codeEvenCount       = "even-count"
	codeCountMismatch   = "count-mismatch"
	codeEndpointMissing = "endpoint-missing"
	codeEndpoint        = "bad-endpoint"
	codeLabel           = "bad-label"
	codeReservedLabel   = "reserved-label"
	codeTaint           = "bad-taint"
	codeSpot            = "no-spot"
	codeKnownMachines   = "known-machines"

	// Kubernetes.
	codeFlagForm       = "bad-flag"
	codeFlagOurs       = "flag-set-elsewhere"
	codeFlagGone       = "flag-removed"
	codeFlagRefused    = "flag-refused"
	codeFlagDeprecated = "flag-deprecated"
	codeKubeletOurs    = "kubelet-set-elsewhere"
	codeKubeletUnknown = "kubelet-unknown"
	codeKubeletValue   = "kubelet-value"
	codeVersionSkew    = "version-skew"

	// Certificates.
	codeValidity      = "validity"
	codeExpiresSoon   = "expires-soon"
	codeTokenValidity = "token-validity"
	codeTokenLong     = "token-lives-long"
	codeSAN           = "bad-san"

	// What lands on machines.
	codeSSHKey       = "bad-ssh-key"
	codeTimeServer   = "bad-time-server"
	codeUser         = "bad-user"
	codePasswordHash = "bad-password-hash"
	codeFileMode     = "bad-file-mode"
	codeFilePath     = "bad-file-path"
	codeFileOurs     = "file-set-elsewhere"
	codeUnit         = "bad-unit"
	codeUnitOurs     = "unit-set-elsewhere"
	codeContent      = "content-or-source"
	codeSource       = "bad-source"
	codeDuplicate    = "duplicate"
	codeButaneOS     = "butane-os"

	// Registries, proxy, provider.
	codeRegistry  = "bad-registry"
	codeURL       = "bad-url"
	codeReference = "bad-image"
	codeNoProxy   = "bad-no-proxy"
)
