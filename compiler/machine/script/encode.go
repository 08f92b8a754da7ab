package script

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"strconv"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/shell"
)

// appendCall appends one call of a function of the preamble.
func appendCall(dst []byte, words ...string) []byte {
	return append(append(dst, shell.Join(words...)...), '\n')
}

// appendFile appends one file with its content as a here-document, which the
// shell takes literally because its delimiter is quoted.
func appendFile(dst []byte, f machine.File) []byte {
	args := []string{octal(f.Mode), decimal(f.Owner), f.Path}
	dst = appendContent(dst, args, f.Content)
	if f.Path == hostname { // or the name would wait for a reboot
		dst = appendCall(dst, "hostname", "-F", hostname)
	}
	return dst
}

func appendContent(dst []byte, args []string, content []byte) []byte {
	switch {
	case len(content) == 0:
		return append(append(dst, shell.Join(append([]string{"file"}, args...)...)...), " </dev/null\n"...)
	case !machine.IsText(content):
		encoded := append(base64.StdEncoding.AppendEncode(nil, content), '\n')
		return appendHere(dst, append([]string{"put", "unbase64"}, args...), encoded)
	case content[len(content)-1] != '\n': // a here-document always ends with one
		return appendHere(dst, append([]string{"put", "chomp"}, args...), append(bytes.Clone(content), '\n'))
	}
	return appendHere(dst, append([]string{"file"}, args...), content)
}

func appendHere(dst []byte, call []string, text []byte) []byte {
	end := delimiter(text)
	dst = append(append(dst, shell.Join(call...)...), " <<'"...)
	dst = append(append(dst, end...), "'\n"...)
	dst = append(append(dst, text...), end...)
	return append(dst, '\n')
}

// delimiter is a word that is no line of text.
func delimiter(text []byte) string {
	for n := 0; ; n++ {
		word := "EOF"
		if n > 0 {
			word += strconv.Itoa(n)
		}
		line := []byte("\n" + word + "\n")
		if !bytes.HasPrefix(text, line[1:]) && !bytes.Contains(text, line) {
			return word
		}
	}
}

func appendUnit(dst []byte, u machine.Unit) []byte {
	path := machine.UnitDir + u.Name
	args := func(p string) []string { return []string{"644", "0", p} }
	if u.Content != "" {
		dst = appendContent(dst, args(path), []byte(u.Content))
	}
	for _, d := range u.DropIns {
		dst = appendContent(dst, args(path+".d/"+d.Name), []byte(d.Content))
	}
	return dst
}

func appendUser(dst []byte, u machine.User) []byte {
	dst = appendCall(dst, append([]string{"user", u.Name, u.PasswordHash}, u.Groups...)...)
	for _, k := range u.SSHAuthorizedKeys {
		dst = appendCall(dst, "key", u.Name, k)
	}
	return dst
}

// appendUnitCalls appends what systemd is told once all files are there.
func appendUnitCalls(dst []byte, units []machine.Unit) []byte {
	mask, enable := []string{"mask"}, []string{"units"}
	for _, u := range units {
		if u.Masked {
			mask = append(mask, u.Name)
		}
		if u.Enabled {
			enable = append(enable, u.Name)
		}
	}
	if len(mask) > 1 {
		dst = appendCall(dst, mask...)
	}
	if len(units) > 0 {
		dst = appendCall(dst, enable...)
	}
	return dst
}

// octal is a mode as stat prints it.
func octal(m fs.FileMode) string { return strconv.FormatUint(uint64(m), 8) }

func decimal(n int) string { return strconv.Itoa(n) }
