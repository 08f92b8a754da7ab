package compiler

import (
	"maps"
	"slices"
)

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
	Source string `json:"source"` // upstream's URL, for mirroring; the config's own where that takes its place
	SHA256 string `json:"sha256"`
}

// Images are all images that the cluster's machines pull, and the files that
// they fetch, sorted by name.
func (o *Output) Images() ([]Image, []Download) {
	var images []Image
	for _, name := range slices.Sorted(maps.Keys(o.Plan.Images)) {
		img := o.Plan.Images[name]
		images = append(images, Image{Name: name, Reference: img.Reference, Source: img.Source})
	}
	var downloads []Download
	for _, arch := range o.Plan.Architectures() {
		downloads = append(downloads, Download{
			Name:   "cni-plugins-" + arch,
			URL:    o.Plan.CNI.URL[arch],
			Source: o.Plan.CNI.Source[arch],
			SHA256: o.Plan.CNI.SHA256[arch],
		})
	}
	return images, downloads
}
