package compiler

// Report is report.json: what each payload weighs.
type Report struct {
	Cluster  string          `json:"cluster"`
	Provider string          `json:"provider"`
	Payloads []PayloadReport `json:"payloads"`
}

// PayloadReport is one payload. The machines of a pool that are known one by
// one share all but a few bytes, and have one entry: the largest's.
type PayloadReport struct {
	Name     string `json:"name"`
	File     string `json:"file"`
	Format   string `json:"format"`   // ignition, cloud-init, script
	Encoding string `json:"encoding"` // plain, gzip, or self-extracting
	// Delivery is Inline, or Object for a payload that the machine fetches from a
	// private store as itself; Reason says why.
	Delivery string `json:"delivery"`
	Reason   string `json:"reason"`
	Bytes    int    `json:"bytes"` // of user-data
	Limit    int    `json:"limit"` // 0: none
	// ObjectBytes is the size of the object, if it is one.
	ObjectBytes int `json:"objectBytes,omitempty"`
	Machines    int `json:"machines"`
	// Files are the machine's files and units, the heaviest first, with an
	// estimate of what each adds to the payload after compression.
	Files []FileShare `json:"files"`
}

// The values of PayloadReport.Delivery.
const (
	Inline = "inline"
	Object = "object"
)

// FileShare is what one file weighs in a payload.
type FileShare struct {
	Path  string `json:"path"`
	Bytes int    `json:"bytes"` // as delivered, before compression
	Share int    `json:"share"` // bytes of the payload
}
