// Package machinetest makes machines for the tests of the encoders.
//
// INPUTS: a seed, or the fields of a fuzzer. OUTPUTS: machines in normal form
// with everything in them that is hard to quote.
package machinetest

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
)

// Contents are texts that encoders have trouble with, by what they are.
var Contents = []string{
	"", "\n", "\n\n\n", "plain\n", "no newline", "two newlines\n\n", "crlf\r\nline\r\n", "lone\rreturn\n",
	"\ttab first\n", "  two spaces first\n", "\n leading blank, then a space\n", "\n\tblank, then tab\n",
	"trailing space \n", "trailing spaces and no newline  ", "a\n   \nb\n", "   \n", " ", "\t", "\t\n\t\n", "a\n  ",
	"EOF\n", "a\nEOF\nEOF1\nb\n", "EOF", "EOF\nEOF1", "'EOF'\n", "$(id) `id` ${HOME} \\ \\n $'x'\n", "'\n\"\n",
	"- list\n", ": colon\n", "# comment\n", "? key\n", "| pipe\n", "> fold\n", "%YAML 1.2\n", "---\n", "...\n",
	"--- a\n... b\n", "&anchor *alias !tag\n", "@at `tick\n", "null\n", "yes", "0777", "1e3", "~", "{a: b}\n", "[x]\n",
	"key: 'value' # comment\n", "nul\x00byte\n", "\x01\x7f\x1b[0m\n", "\xff\xfe\x80invalid\n", "\xef\xbb\xbfbom\n",
	"nel\u0085ls\u2028ps\u2029\n", "nbsp\u00a0zwj\u200dshy\u00ad\n", "ünïcödé – “quotes” 日本語 🦆\n", "\ufffe\n", "\ufffd\n",
	"%41%zz 100%\n", "a+b c/d?e=f&g#h<i>j\"k{l}|m\\n^o[p]q`r~s\n", "?", "a??", "??a?", ";base64,AAAA\n",
	"-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtLYX5CB04fSeQ6tF1aY/PuoAoGCCqGSM49\n-----END EC PRIVATE KEY-----\n",
	strings.Repeat("long line without an end ", 4096) + "\n", strings.Repeat("x", 100_000),
	strings.Repeat("\x00\xff", 3000), strings.Repeat("line\n", 3000), strings.Repeat("\n", 300) + "end",
}

// Random is a machine made from a seed. Kernel arguments are left to the
// caller, because only one encoder takes them.
func Random(seed uint64) machine.Machine {
	r := rand.New(rand.NewPCG(seed, 1))
	var m machine.Machine
	names := []string{"a", "b c", "ü", "it's", "q\"uote", "back\\slash", "colon: x", "hash #x", "x#", "{}", "[]", "100%", "$HOME", "🦆", "é"}
	pick := func(from []string) string { return from[r.IntN(len(from))] }
	content := func() []byte {
		if r.IntN(4) > 0 {
			return []byte(pick(Contents))
		}
		b := make([]byte, r.IntN(200))
		for i := range b {
			b[i] = "ab \n\t\r:-#'\"\\|>%\x00\xff\u00e9EOF"[r.IntN(21)]
		}
		return b
	}
	modes := []fs.FileMode{0o644, 0o600, 0o755, 0o400, 0, 0o777, 0o640}
	owners := []int{0, 0, 0, 65520, 65521, 1}
	for i := range r.IntN(12) {
		m.Files = append(m.Files, machine.File{
			Path: fmt.Sprintf("/dir%d/%s-%d", r.IntN(3), pick(names), i), Mode: modes[r.IntN(len(modes))],
			Owner: owners[r.IntN(len(owners))], Content: content(),
		})
	}
	for i := range r.IntN(4) {
		m.Directories = append(m.Directories, machine.Directory{
			Path: fmt.Sprintf("/var/%s%d", pick(names), i), Mode: modes[r.IntN(len(modes))], Owner: owners[r.IntN(len(owners))],
		})
	}
	addUnits(&m, r)
	addUsers(&m, r)
	out, err := machine.Merge(m)
	if err != nil {
		panic(err) // the names above are all different
	}
	return out
}

func addUnits(m *machine.Machine, r *rand.Rand) {
	texts := []string{
		"[Unit]\nDescription=a \"quoted\" 100% – thing\n[Service]\nExecStart=/bin/sh -c 'echo $$HOME \\\n  more'\n[Install]\nWantedBy=multi-user.target\n",
		"[Service]\nType=oneshot", "[Service]\n\tExecStart=/bin/true\n\n\n", "\n[Timer]\nOnBootSec=1\n",
	}
	for i, name := range []string{"kubelet.service", "a@.service", "dev-disk\\x2dby.mount", "x.timer", "docker.service"} {
		u := machine.Unit{Name: name}
		switch r.IntN(5) {
		case 0:
			continue
		case 1:
			u.Masked = true
		case 2:
			u.Enabled = true
		case 3:
			u.DropIns = []machine.DropIn{{Name: "10-a.conf", Content: texts[r.IntN(4)]}, {Name: "20-b.conf"}}
		case 4:
			u.Content, u.Enabled = texts[i%4], r.IntN(2) == 0
			u.DropIns = []machine.DropIn{{Name: "z.conf", Content: texts[r.IntN(4)]}}
		}
		m.Units = append(m.Units, u)
	}
}

func addUsers(m *machine.Machine, r *rand.Rand) {
	for i := range r.IntN(3) {
		m.Users = append(m.Users, machine.User{
			Name:              []string{"core", "null", "alice"}[i],
			SSHAuthorizedKeys: []string{"ssh-ed25519 AAAAC3Nza alice@example: it's #1", "command=\"echo 'x' $HOME\" ssh-rsa AAAA+/== k"}[:r.IntN(3)],
			Groups:            []string{"sudo", "docker", "yes"}[:r.IntN(4)],
			PasswordHash:      []string{"", "$6$rounds=4096$salt$abc./DEF"}[r.IntN(2)],
		})
	}
}

// Diff shows where two machines differ; no content and empty content are the
// same.
func Diff(want, got machine.Machine) string {
	some := func(a, b []byte) bool { return len(a)+len(b) > 0 }
	asText := cmp.Transformer("text", func(b []byte) string { return string(b) })
	return cmp.Diff(want, got, cmpopts.EquateEmpty(), cmp.FilterValues(some, asText))
}

// Join is a payload in one piece.
func Join(chunks [][]byte) []byte {
	var out []byte
	for _, c := range chunks {
		out = append(out, c...)
	}
	return out
}
