package cloudformation

import (
	"maps"
	"slices"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
)

// publisher is who makes an OS's images, and what they are like. CloudFormation
// finds no image by name, and not all of these have parameters in SSM that it
// could read: up looks for the newest and hands its ID over.
type publisher struct {
	owner string            // the account
	names map[string]string // by architecture
	// description tells images apart that have the same kind of name.
	description string
	root        string // the device of the disk that machines boot from
}

var publishers = map[string]publisher{
	// https://www.debian.org/releases/ and wiki.debian.org/Cloud/AmazonEC2Image
	"debian": {owner: "136693071363", root: "/dev/xvda", names: map[string]string{
		"amd64": "debian-13-amd64-*",
		"arm64": "debian-13-arm64-*",
	}},
	// Fedora publishes its other streams under the same names.
	"fedora-coreos": {owner: "125523088429", root: "/dev/xvda", description: "Fedora CoreOS stable *", names: map[string]string{
		"amd64": "fedora-coreos-*-x86_64",
		"arm64": "fedora-coreos-*-aarch64",
	}},
	"flatcar": {owner: "075585003325", root: "/dev/xvda", names: map[string]string{
		"amd64": "Flatcar-stable-*-hvm",
		"arm64": "Flatcar-stable-*-arm64-hvm",
	}},
	"ubuntu": {owner: "099720109477", root: "/dev/sda1", names: map[string]string{
		"amd64": "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*",
		"arm64": "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-*",
	}},
}

// imageKey is an image's name in the options: "flatcar/amd64".
func imageKey(os plan.OS) string { return os.Name + "/" + os.Architecture }

// imageParameter is the parameter of the template that has the image's ID:
// ImageFlatcarAmd64.
func imageParameter(os plan.OS) string {
	id := "Image"
	for _, word := range strings.FieldsFunc(imageKey(os), func(r rune) bool { return r == '/' || r == '-' }) {
		id += strings.ToUpper(word[:1]) + word[1:]
	}
	return id
}

// wanted are the systems whose images must be looked for, each once.
func (c *cluster) wanted() []plan.OS {
	found := map[string]plan.OS{}
	for _, r := range c.plan.Roles {
		if c.options.Images[imageKey(r.OS)] == "" {
			found[imageKey(r.OS)] = r.OS
		}
	}
	var out []plan.OS
	for _, key := range slices.Sorted(maps.Keys(found)) {
		out = append(out, found[key])
	}
	return out
}

func (c *cluster) addImages() {
	for _, os := range c.wanted() {
		c.template.Parameters[imageParameter(os)] = parameter{
			Type:        "AWS::EC2::Image::Id",
			Description: "The AMI of " + os.Name + " for " + os.Architecture + "; up takes the newest that its makers publish",
		}
	}
}

// image is the one that a role's machines boot.
func (c *cluster) image(os plan.OS) value {
	if id := c.options.Images[imageKey(os)]; id != "" {
		return id
	}
	return ref(imageParameter(os))
}

// imageList says what up looks for: a parameter, and the owner, the architecture,
// the name and maybe the description of its image on one line.
func (c *cluster) imageList() []byte {
	var b strings.Builder
	for _, os := range c.wanted() {
		p := publishers[os.Name]
		architecture := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[os.Architecture]
		line := []string{imageParameter(os), p.owner, architecture, p.names[os.Architecture], p.description}
		b.WriteString(strings.TrimSpace(strings.Join(line, " ")) + "\n")
	}
	return []byte(b.String())
}
