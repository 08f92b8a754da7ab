// Package compiler turns one cluster config into everything that its machines
// need to become a cluster by themselves.
//
// INPUTS: the bytes of a config, the files it names, existing key material, the time.
// OUTPUTS: Output, which Write puts on disk in one step.
package compiler

import (
	"errors"
	"io/fs"
	"time"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// Input is everything that a compile depends on; nothing else influences it
// but the randomness in new keys.
type Input struct {
	Config []byte // JSON or YAML
	Name   string // what diagnostics call the config: "cluster.json"
	// Files is where file names in the config are looked up; nil means that the
	// config cannot name files (standard input).
	Files fs.FS
	// PKI is the content of an existing pki/ directory by slash-separated
	// relative path; what is missing is made.
	PKI map[string][]byte
	Now time.Time
}

// Output is a whole compiled cluster.
type Output struct {
	Cluster schema.Cluster
	Plan    plan.Plan
	Files   []File            // the output tree, sorted by path
	NewPKI  map[string][]byte // what a caller must add to pki/, by relative path
	Report  Report
}

// File is one file of the output tree. Chunks are its content in order; files
// that share content share the chunk.
type File struct {
	Path   string // slash-separated, relative
	Mode   fs.FileMode
	Chunks [][]byte
}

// Report is report.json: what each payload weighs.
type Report struct {
	Cluster  string          `json:"cluster"`
	Provider string          `json:"provider"`
	Payloads []PayloadReport `json:"payloads"`
}

// PayloadReport is one payload. Machines of a pool that are known one by one
// and share all but a few bytes have one entry, of the largest.
type PayloadReport struct {
	Name     string `json:"name"`
	File     string `json:"file"`
	Format   string `json:"format"`   // ignition, cloud-init, script
	Encoding string `json:"encoding"` // plain, gzip, or self-extracting
	Bytes    int    `json:"bytes"`
	Limit    int    `json:"limit"` // 0: none
	Machines int    `json:"machines"`
	// Files are the machine's files and units, the heaviest first, with an
	// estimate of what each adds to the payload after compression.
	Files []FileShare `json:"files"`
}

// FileShare is what one file weighs in a payload.
type FileShare struct {
	Path  string `json:"path"`
	Bytes int    `json:"bytes"` // as delivered, before compression
	Share int    `json:"share"` // bytes of the payload
}

// Image is one image that a cluster pulls, and Download one file.
type Image struct {
	Name      string `json:"name"`      // short name, the key of registry.images
	Reference string `json:"reference"` // what machines pull
	Source    string `json:"source"`    // upstream's reference, for mirroring
}

// Download is one file that machines fetch, for one architecture.
type Download struct {
	Name   string `json:"name"`
	URL    string `json:"url"`    // what machines fetch
	Source string `json:"source"` // upstream's URL, for mirroring
	SHA256 string `json:"sha256"`
}

// Compile makes a cluster's output. With an error among the diagnostics the
// output is nil.
func Compile(in Input) (*Output, []schema.Diagnostic) {
	return nil, []schema.Diagnostic{{Severity: schema.Error, Message: errors.ErrUnsupported.Error()}}
}

// Validate checks a config as Compile does, without making keys or payloads.
func Validate(in Input) []schema.Diagnostic { return nil }

// Images and downloads of everything that the cluster's machines fetch.
func (o *Output) Images() ([]Image, []Download) { return nil, nil }

// Payload encodes one machine or pool in one format ("" is what its OS boots
// with). An unknown name is an error that lists the names.
func (o *Output) Payload(name, format string) ([]byte, error) { return nil, errors.ErrUnsupported }

// Write puts the output into dir in one step: into a new directory beside it,
// which then takes its place. A directory that Write did not make is refused
// with ErrNotOurs unless force is set. A failed Write leaves dir as it was.
func (o *Output) Write(dir string, force bool) error { return errors.ErrUnsupported }

// ErrNotOurs says that an output directory holds something else.
var ErrNotOurs = errors.New("not an output directory of kube-anywhere")
