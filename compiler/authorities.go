package compiler

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/kube-anywhere/kube-anywhere/schema"
)

// authorityNames are the names under which pki/ holds the CAs that
// pki.authorities may bring.
var authorityNames = map[string]string{"ca": "ca", "etcd": "etcd/ca", "frontProxy": "front-proxy-ca"}

// authorities is the existing key material with the user's own CAs in it. A CA
// that pki/ holds already must be the same one.
func authorities(in Input, cluster schema.Cluster) (map[string][]byte, []schema.Diagnostic) {
	files := maps.Clone(in.PKI)
	if files == nil {
		files = map[string][]byte{}
	}
	var diags []schema.Diagnostic
	take := func(pointer, source, target string) {
		if source == "" {
			return
		}
		d := schema.Diagnostic{Severity: schema.Error, Path: pointer}
		content, err := read(in.Files, source)
		switch old := files[target]; {
		case err != nil:
			d.Code = "file-unreadable"
			d.Message = fmt.Sprintf("cannot read %q: %v", source, err)
			d.Hint = "file names are relative to the config"
		case old != nil && !bytes.Equal(old, content):
			d.Code = "authority-conflict"
			d.Message = fmt.Sprintf("%q differs from pki/%s", source, target)
			d.Hint = "a cluster keeps its CA: take the entry out of the config, or begin with an empty pki/"
		default:
			files[target] = content
			return
		}
		diags = append(diags, d)
	}
	for _, name := range slices.Sorted(maps.Keys(cluster.PKI.Authorities)) {
		a := cluster.PKI.Authorities[name]
		take("/pki/authorities/"+name+"/certificate", a.Certificate, authorityNames[name]+".crt")
		take("/pki/authorities/"+name+"/key", a.Key, authorityNames[name]+".key")
	}
	return files, schema.Locate(in.Config, in.Name, diags)
}

func read(files fs.FS, name string) ([]byte, error) {
	if files == nil {
		return nil, fmt.Errorf("the config did not come from a file: %w", fs.ErrNotExist)
	}
	return fs.ReadFile(files, name)
}
