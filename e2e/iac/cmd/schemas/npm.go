package main

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/iac/bindings"
	"github.com/kube-anywhere/kube-anywhere/e2e/iac/schemas"
	"github.com/kube-anywhere/kube-anywhere/e2e/iac/uses"
)

// npmPackage is a package of bindings, and the hash that npm's registry gives
// for its archive (npm view PACKAGE dist.integrity).
type npmPackage struct{ name, integrity string }

// npmPackages are by the provider's name. All are under MPL-2.0.
var npmPackages = map[string]npmPackage{
	"aws":     {"@cdktn/provider-aws@25.7.0", "sha512-E/nhu0yVZE4mXMgIPuI8tEFt1BExLkA7ARjihdG+/HmfDfzLr+OEF3dkFRvI6glRt30lrrBWQLwXqCJBxcmyUg=="},
	"azurerm": {"@cdktn/provider-azurerm@16.1.0", "sha512-ArrHLoh/ebmY2yymKIxh2wL4HWqgvrK4EOVDfbOnNW8/qKA6/+EjIMBTacfA9C2tUq5zgBoNzImIZyqOiT/JYg=="},
	// The last one: nobody publishes bindings of google 7.
	"google":  {"@cdktf/provider-google@16.12.1", "sha512-KqNA/5RiFT07r0PSZ6/07cJ2zESUgbj1JchVj21iBFBZVUbD+578xA/k8eq/r0cbyEgLmg9eYWeVslaYah4DCQ=="},
	"time":    {"@cdktf/provider-time@11.0.1", "sha512-FI0xFIcfF7U0t+pk7NNNJujiCxIOw6wL0I61/LEgPC59WWcGVrRPdj5F7YvEEpgcWkse6YrYc9soumsTQa5WYg=="},
	"vsphere": {"@cdktf/provider-vsphere@11.2.1", "sha512-7ZLUWpTglpvN1DehQaUZZCUBk5ruRkdnrdyz/vG0bniEuru8YnpxXYxZQ25i7gkJqokQG/zDsgQogDOr+6raIg=="},
}

func fromNPM(u uses.Used) (*schemas.Provider, error) {
	pkg := npmPackages[u.Provider]
	dir, err := os.MkdirTemp("", "schemas-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("npm", "pack", "--silent", "--pack-destination", dir, pkg.name)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cmd, err)
	}
	archive, err := os.ReadFile(filepath.Join(dir, strings.TrimSpace(string(out))))
	if err != nil {
		return nil, err
	}
	sum := sha512.Sum512(archive)
	if found := "sha512-" + base64.StdEncoding.EncodeToString(sum[:]); found != pkg.integrity {
		return nil, fmt.Errorf("%s: the archive is %s, expected %s", pkg.name, found, pkg.integrity)
	}
	return bindings.Read(bytes.NewReader(archive), u.Provider, u.Resources, u.Data)
}
