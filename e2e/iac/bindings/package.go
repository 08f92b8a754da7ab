// Package bindings reads what a Terraform provider accepts out of an npm package
// of bindings for it. Such packages (@cdktf/provider-*, @cdktn/provider-*) are
// generated from the provider's own schema, and carry it whole but for two
// things: which values are sensitive, and how many blocks there may be where
// that is more than one.
//
// INPUTS: the package's archive, and the resources and data sources to read.
// OUTPUTS: schemas.Provider.
package bindings

import (
	"archive/tar"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/iac/schemas"
)

// Read takes the wanted resources and data sources of a provider from the
// archive of its bindings, as "npm pack" makes it.
func Read(archive io.Reader, provider string, resources, data []string) (*schemas.Provider, error) {
	wanted := map[string]string{"package.json": "", index("provider"): ""}
	for _, name := range resources {
		wanted[index(folder(provider, name))] = ""
	}
	for _, name := range data {
		wanted[index("data-"+provider+"-"+folder(provider, name))] = ""
	}
	if err := unpack(archive, wanted); err != nil {
		return nil, err
	}
	p, err := head(wanted["package.json"])
	if err != nil {
		return nil, err
	}
	if p.Config, err = read(wanted[index("provider")], provider); err != nil {
		return nil, err
	}
	bare(p.Config)
	p.Resources, p.Data = map[string]*schemas.Block{}, map[string]*schemas.Block{}
	for _, name := range resources {
		if p.Resources[name], err = read(wanted[index(folder(provider, name))], name); err != nil {
			return nil, err
		}
	}
	for _, name := range data {
		if p.Data[name], err = read(wanted[index("data-"+provider+"-"+folder(provider, name))], name); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// index is where a package keeps the bindings of one resource.
func index(folder string) string { return "lib/" + folder + "/index.js" }

// folder is a resource's name without the provider's, with dashes.
func folder(provider, resource string) string {
	return strings.ReplaceAll(strings.TrimPrefix(resource, provider+"_"), "_", "-")
}

// unpack fills in the content of the files that are keys of wanted.
func unpack(archive io.Reader, wanted map[string]string) error {
	unzipped, err := gzip.NewReader(archive)
	if err != nil {
		return err
	}
	for r := tar.NewReader(unzipped); ; {
		entry, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		// An archive of npm's has everything in one folder.
		_, name, _ := strings.Cut(entry.Name, "/")
		if _, ok := wanted[name]; !ok {
			continue
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		wanted[name] = string(content)
	}
	for name, content := range wanted {
		if content == "" {
			return fmt.Errorf("the package has no %s: is the name in our configuration right?", name)
		}
	}
	return nil
}

// head reads which provider a package binds.
func head(packageJSON string) (*schemas.Provider, error) {
	type bound struct {
		Provider struct{ Name, Version string }
	}
	var meta struct {
		Name, Version string
		CDKTF, CDKTN  bound
	}
	if err := json.Unmarshal([]byte(packageJSON), &meta); err != nil {
		return nil, fmt.Errorf("package.json: %w", err)
	}
	of := meta.CDKTF.Provider
	if of.Name == "" {
		of = meta.CDKTN.Provider
	}
	// Some name the registry as well, which is not Terraform's alone.
	parts := strings.Split(of.Name, "/")
	if len(parts) < 2 || of.Version == "" {
		return nil, fmt.Errorf("package.json names the provider %q in version %q, expected an address like hashicorp/aws", of.Name, of.Version)
	}
	return &schemas.Provider{
		Source:  strings.Join(parts[len(parts)-2:], "/"),
		Version: of.Version,
		From:    "npm " + meta.Name + "@" + meta.Version,
	}, nil
}

// sourceMap is where the compiled bindings keep the source that they are made
// of, which says more than they do.
var sourceMap = regexp.MustCompile(`(?m)^//# sourceMappingURL=data:application/json;base64,(\S+)$`)

func read(compiled, name string) (*schemas.Block, error) {
	encoded := sourceMap.FindStringSubmatch(compiled)
	if encoded == nil {
		return nil, fmt.Errorf("%s: the bindings have no source map", name)
	}
	text, err := base64.StdEncoding.DecodeString(encoded[1])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var m struct{ SourcesContent []string }
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	block, err := parse(strings.Join(m.SourcesContent, "\n"), name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return block, nil
}

// bare takes away what the bindings add to a provider's own block. What a
// provider requires there, like a login, its environment may give as well, and
// Terraform does not ask for it then: nothing says which argument is of this
// kind, so none is required.
func bare(config *schemas.Block) {
	for name, a := range config.Attributes {
		if name == "alias" || a.Computed {
			delete(config.Attributes, name)
			continue
		}
		a.Required, a.Optional = false, true
	}
}
