package artifact

import "embed"

// files are put into machines and images as they are.
//
//go:embed files
var files embed.FS
