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
)
