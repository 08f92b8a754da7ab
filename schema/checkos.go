package schema

import (
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	userName = regexp.MustCompile(`^[a-z_][a-z0-9_-]*$`)
	// passwordHash is crypt(5)'s modular form.
	passwordHash = regexp.MustCompile(`^\$[A-Za-z0-9./$,=_*!-]+$`)
	fileMode     = regexp.MustCompile(`^0?[0-7]{3}$`)
	unitName     = regexp.MustCompile(`^[A-Za-z0-9:_.\\@-]+\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$`)
)

// ignitionOSes boot with Ignition; every other OS boots with cloud-init.
var ignitionOSes = []string{"flatcar", "fedora-coreos"}

// ourFolders and ourFiles are where kube-anywhere puts files of its own.
var (
	ourFolders = []string{"/etc/kubernetes", "/var/lib/kubelet", "/var/lib/etcd", "/etc/containerd/certs.d"}
	ourFiles   = []string{
		"/etc/containerd/config.toml", "/etc/docker/daemon.json", "/etc/hostname",
		"/opt/bin/addon-manager", "/opt/bin/kubelet-checker", "/opt/bin/node-preflight", "/opt/bin/node-setup",
	}
	ourUnits = []string{
		"addon-manager.service", "kubelet-checker.service", "kubelet.service", "node-preflight.service", "node-setup.service",
	}
)

// isUserName says whether s is what useradd accepts on every supported OS.
func isUserName(s string) bool { return len(s) <= 32 && userName.MatchString(s) }

// isUnitName follows systemd.unit(5); 240 characters leave room for a suffix.
func isUnitName(s string) bool {
	return strings.LastIndexByte(s, '.') <= 240 && unitName.MatchString(s)
}

// checkOS looks at what one operating system is given.
func (k *checker) checkOS(at string, os *OS) {
	k.checkKeys(at+"/sshAuthorizedKeys", os.SSHAuthorizedKeys)
	k.checkUsers(at+"/users", os.Users)
	for i, server := range os.TimeServers {
		if !isHost(server) {
			k.fail(codeTimeServer, at+pointer("timeServers", i), `for example "ntp.example.com"`, "found %s, expected a DNS name or an address", clip(server))
		}
	}
	k.checkFiles(at+"/files", os.Files)
	k.checkUnits(at+"/units", os.Units)
	k.checkTexts(at+"/butaneSnippets", os.ButaneSnippets)
	if len(os.ButaneSnippets) > 0 && !slices.Contains(ignitionOSes, os.Name) {
		k.fail(codeButaneOS, at+"/butaneSnippets", "use files and units instead", "%s does not boot with Ignition and takes no Butane", os.Name)
	}
}

func (k *checker) checkUsers(at string, users []User) {
	seen := map[string]bool{}
	for i, u := range users {
		path := at + pointer(i)
		if !isUserName(u.Name) {
			k.fail(codeUser, path+"/name", "", "found %s, expected a user name of at most 32 characters of a-z, 0-9, \"_\" and \"-\", with a letter at its start", clip(u.Name))
		}
		k.unique(seen, path+"/name", "user", u.Name)
		for j, g := range u.Groups {
			if !isUserName(g) {
				k.fail(codeUser, path+pointer("groups", j), "", "found %s, expected a group name", clip(g))
			}
		}
		if u.PasswordHash != "" && !passwordHash.MatchString(u.PasswordHash) {
			k.fail(codePasswordHash, path+"/passwordHash", "make one with mkpasswd; never write a password here",
				`found a text that is no password hash: one begins with "$"`)
		}
		k.checkKeys(path+"/sshAuthorizedKeys", u.SSHAuthorizedKeys)
	}
}

// unique refuses a second one of a name within a list.
func (k *checker) unique(seen map[string]bool, path, what, name string) {
	if seen[name] {
		k.fail(codeDuplicate, path, "keep one of the two", "the %s %s is given twice", what, clip(name))
	}
	seen[name] = true
}

func (k *checker) checkFiles(at string, files []File) {
	seen := map[string]bool{}
	for i, f := range files {
		where := at + pointer(i)
		k.unique(seen, where+"/path", "file", f.Path)
		k.checkContent(where, f)
		if f.Mode != "" && !fileMode.MatchString(f.Mode) {
			k.fail(codeFileMode, where+"/mode", `for example "0644"`, "found %s, expected permission bits in octal, 0000 to 0777", clip(f.Mode))
		}
		switch clean := path.Clean(f.Path); {
		case !path.IsAbs(f.Path) || f.Path == "/" || hasControl(f.Path):
			k.fail(codeFilePath, where+"/path", `for example "/etc/motd"`, "found %s, expected an absolute path", clip(f.Path))
		case clean != f.Path:
			k.fail(codeFilePath, where+"/path", "write "+quote(clean), "found %s, expected a path without \"..\", \"//\" and a final \"/\"", clip(f.Path))
		case isOurs(f.Path):
			k.fail(codeFileOurs, where+"/path", "choose another path", "kube-anywhere puts a file of its own at %s", f.Path)
		}
	}
}

func isOurs(name string) bool {
	for _, folder := range ourFolders {
		if name == folder || strings.HasPrefix(name, folder+"/") {
			return true
		}
	}
	return slices.Contains(ourFiles, name) ||
		path.Dir(name) == "/etc/systemd/system" && slices.Contains(ourUnits, path.Base(name))
}

func (k *checker) checkUnits(at string, units []Unit) {
	seen := map[string]bool{}
	for i, u := range units {
		where := at + pointer(i)
		k.unique(seen, where+"/name", "unit", u.Name)
		switch {
		case !isUnitName(u.Name):
			k.fail(codeUnit, where+"/name", `for example "hello.service"`, "found %s, expected the name of a systemd unit with its suffix", clip(u.Name))
		case slices.Contains(ourUnits, u.Name):
			k.fail(codeUnitOurs, where+"/name", "choose another name; to change the unit, put a drop-in into /etc/systemd/system/"+u.Name+".d with os.files",
				"kube-anywhere has a unit %s of its own", u.Name)
		}
		if strings.TrimSpace(u.Content) == "" {
			k.fail(codeUnit, where+"/content", "", "found an empty unit")
		}
	}
}

// checkTexts looks at manifests and Butane snippets.
func (k *checker) checkTexts(at string, texts []File) {
	seen := map[string]bool{}
	for i, t := range texts {
		where := at + pointer(i)
		k.unique(seen, where+"/path", "name", t.Path)
		k.checkContent(where, t)
		if !fs.ValidPath(t.Path) || strings.ContainsAny(t.Path, "/\\") || t.Path == "." || hasControl(t.Path) {
			k.fail(codeFilePath, where+"/path", "the text itself is named by source", "found %s, expected a file name without a folder", clip(t.Path))
		} else if at == "/manifests" {
			k.checkManifestName(where+"/path", t.Path)
		}
	}
}

// checkManifestName keeps manifests off the names of our own.
func (k *checker) checkManifestName(at, name string) {
	if !slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(name)) {
		k.fail(codeFilePath, at, "for example \"ingress.yaml\"", "found %s, expected a name that ends in .yaml, .yml or .json", clip(name))
	}
	own := append(slices.Sorted(maps.Keys(k.Addons)), "bootstrap-token")
	if slices.Contains(own, strings.TrimSuffix(name, ".yaml")) {
		k.fail(codeFileOurs, at, "choose another name", "kube-anywhere has a manifest %s of its own", name)
	}
}

// checkContent makes sure that there is one text.
func (k *checker) checkContent(at string, f File) {
	switch {
	case f.Content == "" && f.Source == "":
		k.fail(codeContent, at, `give "content", or "source" with the name of a file`, "the text of %s is missing", clip(f.Path))
	case f.Content != "" && f.Source != "":
		k.fail(codeContent, at, "keep one of the two", "the text of %s is given twice, by content and by source", clip(f.Path))
	case f.Source != "":
		k.checkSource(at+"/source", f.Source)
	}
}

// checkSource looks at the name of a file beside the config.
func (k *checker) checkSource(at, name string) {
	if !fs.ValidPath(name) || name == "." || strings.Contains(name, "\\") {
		k.fail(codeSource, at, `files are looked up in the folder of the config and below it: "files/motd"`,
			"found %s, expected a relative file name without \"..\"", clip(name))
	}
}
