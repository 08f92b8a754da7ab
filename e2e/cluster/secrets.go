package cluster

import (
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// Secret is a text that nobody but its reader may see.
type Secret struct {
	// From is the file of pki/ that has it.
	From string
	Text string
}

// word is a secret text in a file that is no PEM: the second half of the join
// token, the encryption key.
var word = regexp.MustCompile(`[A-Za-z0-9+/]{16,}`)

// Secrets are the texts of pki/ that must turn up in no log: a piece of every
// private key, the secret half of the join token, and the encryption key.
func (c *Cluster) Secrets() ([]Secret, error) {
	var found []Secret
	err := filepath.WalkDir(c.path("pki"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) == ".crt" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(c.Dir, path)
		for _, s := range secretsOf(text) {
			found = append(found, Secret{From: name, Text: s})
		}
		return nil
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s holds no secret to look for", c.path("pki"))
	}
	return found, err
}

// secretsOf takes of a private key what follows the header that all keys of its
// kind have in common. Machines have it in the same encoding.
func secretsOf(text []byte) []string {
	if block, _ := pem.Decode(text); block != nil {
		body := base64.StdEncoding.EncodeToString(block.Bytes)
		return []string{body[12:44]}
	}
	return word.FindAllString(string(text), -1)
}
