package machine

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// UnitDir is where encoders that write files put units and their drop-ins.
const UnitDir = "/etc/systemd/system/"

var (
	// systemd.unit(5): what a unit's name may hold, and the types there are. "-.mount"
	// is left out, because commands would take it for an option. Lengths are
	// checked beside the patterns: a counted repetition is slow to compile, and
	// every start of the program would pay for it.
	unitName = regexp.MustCompile(`^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]*\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$`)
	// dropInName is stricter than systemd, which reads any *.conf.
	dropInName = regexp.MustCompile(`^[A-Za-z0-9:_@-][A-Za-z0-9:_.@-]*\.conf$`)
	userName   = regexp.MustCompile(`^[a-z_][a-z0-9_-]*$`)
	// passwordHash is crypt(5)'s alphabet.
	passwordHash = regexp.MustCompile(`^[A-Za-z0-9./$,=_*!-]+$`)
)

// isUnitName allows 240 characters before the type.
func isUnitName(name string) bool {
	return strings.LastIndexByte(name, '.') <= 240 && unitName.MatchString(name)
}

// isDropInName allows 201 characters before ".conf".
func isDropInName(name string) bool {
	return len(name) <= len(".conf")+201 && dropInName.MatchString(name)
}

// Check says what no encoder can deliver: all problems, joined. A machine that
// passes is in the normal form that Merge gives.
func (m Machine) Check() error {
	merged, err := Merge(m.clone())
	if err != nil {
		return err
	}
	errs := []error{m.checkOrder(merged), m.checkPaths()}
	for _, f := range m.Files {
		errs = append(errs, f.check())
	}
	for _, d := range m.Directories {
		errs = append(errs, checkNode("directory", d.Path, d.Mode, d.Owner))
	}
	for _, u := range m.Units {
		errs = append(errs, u.check())
	}
	for _, u := range m.Users {
		errs = append(errs, u.check())
	}
	for _, a := range m.KernelArgs {
		if a == "" || strings.ContainsFunc(a, func(r rune) bool { return r <= ' ' || r > '~' }) {
			errs = append(errs, fmt.Errorf("kernel argument %q: not one word of printable ASCII", a))
		}
	}
	return errors.Join(errs...)
}

// clone keeps Merge's sorting away from the lists that m shares.
func (m Machine) clone() Machine {
	m.Files = slices.Clone(m.Files)
	m.Directories = slices.Clone(m.Directories)
	m.Units = slices.Clone(m.Units)
	m.Users = slices.Clone(m.Users)
	m.KernelArgs = slices.Clone(m.KernelArgs)
	return m
}

func (m Machine) checkOrder(normal Machine) error {
	same := slices.EqualFunc(m.Files, normal.Files, func(a, b File) bool { return a.Path == b.Path }) &&
		slices.EqualFunc(m.Directories, normal.Directories, func(a, b Directory) bool { return a.Path == b.Path }) &&
		slices.EqualFunc(m.Users, normal.Users, func(a, b User) bool { return a.Name == b.Name }) &&
		slices.Equal(m.KernelArgs, normal.KernelArgs) &&
		slices.EqualFunc(m.Units, normal.Units, func(a, b Unit) bool {
			return a.Name == b.Name && slices.Equal(a.DropIns, b.DropIns)
		})
	if !same {
		return errors.New("the machine is not in the order that Merge gives")
	}
	return nil
}

// checkPaths refuses a path that is a file and also a directory, one of the
// machine's own or the parent of something.
func (m Machine) checkPaths() error {
	files := make(map[string]bool, len(m.Files))
	for _, f := range m.Files {
		files[f.Path] = true
	}
	clash := func(p string) error {
		for d := path.Dir(p); len(d) > 1; d = path.Dir(d) {
			if files[d] {
				return fmt.Errorf("file %s: %s needs a directory there", d, p)
			}
		}
		return nil
	}
	var errs []error
	for _, f := range m.Files {
		errs = append(errs, clash(f.Path))
	}
	for _, d := range m.Directories {
		errs = append(errs, clash(d.Path))
		if files[d.Path] {
			errs = append(errs, fmt.Errorf("%s is a file and also a directory", d.Path))
		}
	}
	return errors.Join(errs...)
}

func (f File) check() error {
	if unit, dropIn := UnitPath(f.Path); unit != "" {
		return fmt.Errorf("file %s: give %s as a unit", f.Path, path.Join(unit, dropIn))
	}
	if f.Commented {
		return fmt.Errorf("file %s: its comments are still there: encode what Wire gives", f.Path)
	}
	return checkNode("file", f.Path, f.Mode, f.Owner)
}

func checkNode(kind, p string, mode fs.FileMode, owner int) error {
	switch {
	case !strings.HasPrefix(p, "/") || path.Clean(p) != p || p == "/":
		return fmt.Errorf("%s %q: the path is not absolute and clean", kind, p)
	case !utf8.ValidString(p) || strings.ContainsFunc(p, unprintable):
		return fmt.Errorf("%s %q: the path has characters that cannot be shown", kind, p)
	case mode&^fs.ModePerm != 0:
		return fmt.Errorf("%s %s: mode %v has more than permission bits", kind, p, mode)
	case owner < 0 || owner > 1<<31-2:
		return fmt.Errorf("%s %s: owner %d is no user number", kind, p, owner)
	}
	return nil
}

// unprintable is what YAML, JSON or a shell would show or read differently:
// controls, separators other than the space, and what is no character at all.
func unprintable(r rune) bool { return !unicode.IsPrint(r) }

func (u Unit) check() error {
	var errs []error
	switch {
	case !isUnitName(u.Name):
		errs = append(errs, fmt.Errorf("unit %q: not the name of a systemd unit", u.Name))
	case u.Masked && (u.Enabled || u.Content != ""):
		errs = append(errs, fmt.Errorf("unit %s: a masked unit has no content and is not enabled", u.Name))
	case u.Content == "" && !u.Enabled && !u.Masked && len(u.DropIns) == 0:
		errs = append(errs, fmt.Errorf("unit %s: nothing is said about it", u.Name))
	}
	errs = append(errs, checkUnitText("unit "+u.Name, u.Content))
	for _, d := range u.DropIns {
		what := "drop-in " + u.Name + ".d/" + d.Name
		if !isDropInName(d.Name) {
			errs = append(errs, fmt.Errorf("%s: not a name for a drop-in, which is NAME.conf", what))
		}
		errs = append(errs, checkUnitText(what, d.Content))
	}
	return errors.Join(errs...)
}

// isUserName says whether name is what useradd accepts on every OS here.
func isUserName(name string) bool { return len(name) <= 32 && userName.MatchString(name) }

// checkUnitText keeps out what systemd would refuse: anything but UTF-8 text.
func checkUnitText(what, text string) error {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return fmt.Errorf("%s: not UTF-8 text", what)
	}
	return nil
}

func (u User) check() error {
	var errs []error
	if !isUserName(u.Name) {
		errs = append(errs, fmt.Errorf("user %q: not a login name", u.Name))
	}
	for i, k := range u.SSHAuthorizedKeys {
		if k == "" || strings.TrimSpace(k) != k || !utf8.ValidString(k) || strings.ContainsFunc(k, unprintable) {
			errs = append(errs, fmt.Errorf("user %s: SSH key %d is not one line of text", u.Name, i+1))
		}
		if slices.Contains(u.SSHAuthorizedKeys[:i], k) {
			errs = append(errs, fmt.Errorf("user %s: SSH key %d is there twice", u.Name, i+1))
		}
	}
	for i, g := range u.Groups {
		if !isUserName(g) || slices.Contains(u.Groups[:i], g) {
			errs = append(errs, fmt.Errorf("user %s: group %q is no group name, or there twice", u.Name, g))
		}
	}
	if u.PasswordHash != "" && !passwordHash.MatchString(u.PasswordHash) {
		errs = append(errs, fmt.Errorf("user %s: the password is not in crypt(5) form", u.Name))
	}
	return errors.Join(errs...)
}

// UnitPath takes the path of a file apart if that is where a unit, or a
// drop-in of a unit, lives; otherwise unit is empty.
func UnitPath(p string) (unit, dropIn string) {
	rest, ok := strings.CutPrefix(p, UnitDir)
	if !ok {
		return "", ""
	}
	if dir, name, ok := strings.Cut(rest, ".d/"); ok && isUnitName(dir) && isDropInName(name) {
		return dir, name
	}
	if isUnitName(rest) {
		return rest, ""
	}
	return "", ""
}

// CheckOwn says whether m is something that one machine may have beyond what
// it shares: plain files that belong to root, few enough to be encoded for
// each of ten thousand machines.
func (m Machine) CheckOwn() error {
	if len(m.Directories)+len(m.Units)+len(m.Users)+len(m.KernelArgs) > 0 {
		return errors.New("a single machine can have only files of its own")
	}
	for i, f := range m.Files {
		if err := f.check(); err != nil {
			return err
		}
		if f.Owner != 0 {
			return fmt.Errorf("file %s: a file of a single machine belongs to root", f.Path)
		}
		if i > 0 && m.Files[i-1].Path >= f.Path {
			return fmt.Errorf("file %s: not in the order that Merge gives", f.Path)
		}
	}
	return nil
}

// HasFile says whether a machine in normal form has a file at p.
func (m Machine) HasFile(p string) bool {
	_, ok := slices.BinarySearchFunc(m.Files, p, func(f File, p string) int { return strings.Compare(f.Path, p) })
	return ok
}
