package pxe

// Where "kube-anywhere serve" finds things in an output directory.
const (
	// IndexFile is the Index as JSON.
	IndexFile = "pxe/machines.json"
	// WebRoot is what machines may see. The paths in Index are relative to it.
	WebRoot = "pxe/http"
	// Entry is the script that iPXE begins with.
	Entry = "boot.ipxe"
	// Disk is the script for a machine that has been installed.
	Disk = "disk.ipxe"
	// Assets is the folder of what comes from the OSes' makers.
	Assets = "assets"
)

// Index is what a cluster's boot server hands out.
type Index struct {
	Cluster string `json:"cluster"`
	BaseURL string `json:"baseURL"`
	// Needs are the files of Assets that machines boot and install.
	Needs    []string  `json:"needs"`
	Machines []Machine `json:"machines"`
}

// Machine is one machine's part of it.
type Machine struct {
	Name   string `json:"name"`
	MAC    string `json:"mac"`
	Script string `json:"script"`
	// Payload holds secrets. Its name cannot be guessed: it is a hash of them.
	Payload string `json:"payload"`
	// PayloadByIPXE says that iPXE fetches it, who may show a certificate.
	PayloadByIPXE bool `json:"payloadByIPXE"`
}
