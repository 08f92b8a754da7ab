package schema

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// checkFlags looks at the flags that are added to each component.
func (k *checker) checkFlags() {
	args := k.Kubernetes.ExtraArgs
	k.checkComponent("apiserver", args.APIServer)
	k.checkComponent("controllerManager", args.ControllerManager)
	k.checkComponent("scheduler", args.Scheduler)
	k.checkComponent("etcd", args.Etcd)
	k.checkComponent("kubelet", args.Kubelet)
}

func (k *checker) checkComponent(component string, args map[string]string) {
	for _, flag := range slices.Sorted(maps.Keys(args)) {
		path := pointer("kubernetes", "extraArgs", component, flag)
		name := strings.TrimLeft(flag, "-")
		if name != flag || name == "" || strings.ContainsAny(name, "= \"'\\{}$") || hasControl(name) {
			bare, _, _ := strings.Cut(name, "=")
			k.fail(codeFlagForm, path, "write the name without dashes and without its value: "+quote(strings.TrimSpace(bare)),
				"found %s, expected the name of a flag", clip(flag))
			continue
		}
		if hasControl(args[flag]) {
			k.fail(codeFlagForm, path, "", "found a line break or another control character in the flag's value")
		}
		k.checkFlag(path, component, name, args[flag])
	}
}

// checkFlag looks at a flag whose form is right. Only one thing is said of it.
func (k *checker) checkFlag(path, component, name, value string) {
	// Kubernetes components take "_" for "-" in flags' names.
	name = strings.ReplaceAll(name, "_", "-")
	if k.checkFlagGone(path, component, name, value) {
		return
	}
	if r, refused := flagsRefused[component][name]; refused {
		k.fail(codeFlagRefused, path, r.hint, "the flag --%s cannot be given: %s", name, r.why)
		return
	}
	if hint, deprecated := flagsDeprecated[component][name]; deprecated {
		k.warn(codeFlagDeprecated, path, hint, "the flag --%s is deprecated", name)
		return
	}
	home, ours := flagHomes[component][name]
	if !ours && component == "kubelet" {
		home, ours = kubeletFlagHome(name)
	}
	switch {
	case ours && home != "":
		k.fail(codeFlagOurs, path, "use "+home, "the flag --%s is set by kube-anywhere", name)
	case ours:
		k.fail(codeFlagOurs, path, "leave it out", "the flag --%s is set by kube-anywhere and cannot be changed", name)
	case component == "kubelet" && name == "cloud-provider" && k.Addons["cloud-controller-manager"]["enabled"] == true:
		k.fail(codeFlagOurs, path, "leave it out", "the flag --%s is set by kube-anywhere for the cloud-controller-manager", name)
	case component == "apiserver" && name == "disable-admission-plugins":
		k.checkPluginsOff(path, value)
	}
}

// checkPluginsOff refuses to turn off what kube-anywhere turns on: kube-apiserver
// does not start with a plugin in both lists.
func (k *checker) checkPluginsOff(path, list string) {
	for plugin := range strings.SplitSeq(list, ",") {
		// kube-apiserver reads the list as a line of CSV, which may have quotes.
		if plugin = strings.Trim(plugin, ` "`); slices.Contains(pluginsOn, plugin) {
			k.fail(codeFlagRefused, path, "take it out of the list", "found %s, which kube-anywhere turns on by --enable-admission-plugins", quote(plugin))
		}
	}
}

// checkFlagGone refuses what a supported version does not know any more.
func (k *checker) checkFlagGone(path, component, name, value string) bool {
	why, gone := flagsGone[component][name]
	switch {
	case gone:
		k.fail(codeFlagGone, path, why, "the flag --%s cannot be used", name)
	case component == "etcd" && strings.HasPrefix(name, "experimental-"):
		k.fail(codeFlagGone, path, "use --"+strings.TrimPrefix(name, "experimental-")+" or a feature gate", "etcd 3.7 has no --experimental flags")
	case name == "cloud-provider" && value != "external":
		k.fail(codeFlagGone, path, `use "external", or leave it out`, "found %s: in-tree cloud providers were removed in 1.31", clip(value))
	default:
		return false
	}
	return true
}

// kubeletFlagHome finds the kubelet's flags that are the same as a field of its
// configuration, as most are: flags would win over the file.
func kubeletFlagHome(flag string) (home string, ours bool) {
	bare := strings.ReplaceAll(flag, "-", "")
	for _, field := range slices.Sorted(maps.Keys(kubeletHomes)) {
		if strings.EqualFold(bare, field) {
			return kubeletHomes[field], true
		}
	}
	for field := range strings.FieldsSeq(kubeletFields) {
		if strings.EqualFold(bare, field) {
			return "kubernetes.kubelet with " + quote(field), true
		}
	}
	return "", false
}

// checkKubelet looks at the names of the kubelet's settings. A setting that the
// kubelet does not know would have no effect and no message.
func (k *checker) checkKubelet() {
	known := strings.Fields(kubeletFields)
	for _, field := range slices.Sorted(maps.Keys(k.Kubernetes.Kubelet)) {
		path := pointer("kubernetes", "kubelet", field)
		home, ours := kubeletHomes[field]
		switch {
		case ours && home != "":
			k.fail(codeKubeletOurs, path, "use "+home, "the kubelet's %s is set by kube-anywhere", field)
		case ours:
			k.fail(codeKubeletOurs, path, "leave it out", "the kubelet's %s is set by kube-anywhere and cannot be changed", field)
		case !slices.Contains(known, field):
			hint := "see the reference of kubelet.config.k8s.io/v1beta1"
			if best := nearestName(field, known); best != "" {
				hint = "did you mean " + quote(best) + "?"
			}
			k.warn(codeKubeletUnknown, path, hint, "the kubelet of 1.37 has no setting %q and would ignore it", field)
		}
	}
}

// skew is how many minors older than kube-apiserver a component may be.
// https://kubernetes.io/releases/version-skew-policy/
var skew = []struct {
	image  string
	minors int
}{
	{"kube-apiserver", 0}, {"kube-controller-manager", 1}, {"kube-proxy", 3}, {"kube-scheduler", 1}, {"kubelet", 3},
}

// checkSkew looks at images that replace a component's own.
func (k *checker) checkSkew() {
	minor, ok := minorOf(k.Kubernetes.Version)
	if !ok {
		return
	}
	for _, s := range skew {
		tag, _ := isReference(k.Registry.Images[s.image])
		found, ok := minorOf(strings.TrimPrefix(tag, "v"))
		if !ok || found <= minor && found >= minor-s.minors {
			continue
		}
		hint := fmt.Sprintf("use 1.%d", minor)
		if s.minors > 0 {
			hint = fmt.Sprintf("use 1.%d to 1.%d", minor-s.minors, minor)
		}
		k.fail(codeVersionSkew, pointer("registry", "images", s.image), hint,
			"the %s of 1.%d does not work with the API server of 1.%d", s.image, found, minor)
	}
}

// minorOf is the minor of a version ("1.36.3").
func minorOf(version string) (int, bool) {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 3 || parts[0] != "1" {
		return 0, false
	}
	minor, err := strconv.Atoi(parts[1])
	return minor, err == nil
}
