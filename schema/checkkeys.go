package schema

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
)

// sshKeyTypes are the keys that a current OpenSSH accepts.
var sshKeyTypes = []string{
	"ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
	"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
}

// checkKeys looks at lines of authorized_keys.
func (k *checker) checkKeys(at string, keys []string) {
	seen := map[string]bool{}
	for i, key := range keys {
		path := at + pointer(i)
		k.unique(seen, path, "key", key)
		wrong, hint := sshKeyProblem(key)
		if wrong != "" {
			k.fail(codeSSHKey, path, hint, "found %s, expected an SSH public key", wrong)
		}
	}
}

// sshKeyProblem says what is wrong with a line of authorized_keys. It never
// repeats a private key.
func sshKeyProblem(line string) (found, hint string) {
	hint = `for example the text of id_ed25519.pub: "ssh-ed25519 AAAA... alice@example.com"`
	if strings.Contains(line, "PRIVATE KEY") {
		return "a private key", "make a new key, because this one is no longer secret, and give its .pub file here"
	}
	if hasControl(strings.TrimSpace(line)) {
		return "several lines", "give each key as an item of its own"
	}
	fields := strings.Fields(line)
	for i, f := range fields {
		if f == "ssh-dss" {
			return "a DSA key, which OpenSSH no longer takes", "make a new key with: ssh-keygen -t ed25519"
		}
		if !slices.Contains(sshKeyTypes, f) {
			continue
		}
		if i+1 < len(fields) && isKeyOf(f, fields[i+1]) {
			return "", ""
		}
		return "a damaged " + f + " key", hint
	}
	return clip(line), hint
}

// isKeyOf says whether a key's data begins with its type, as RFC 4253 has it.
func isKeyOf(kind, encoded string) bool {
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(data) < 4 {
		return false
	}
	size := binary.BigEndian.Uint32(data)
	return int(size) == len(kind) && len(data) > 4+len(kind) && string(data[4:4+len(kind)]) == kind
}
