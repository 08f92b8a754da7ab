package schema

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	kubelet "k8s.io/kubelet/config/v1beta1"
)

// TestFlagTables compares the table of flags with the templates: every flag
// that a static pod has is one that a user cannot repeat.
func TestFlagTables(t *testing.T) {
	flag := regexp.MustCompile(`- --([a-z0-9-]+)`)
	for component, file := range map[string]string{
		"apiserver": "kube-apiserver", "controllerManager": "kube-controller-manager", "scheduler": "kube-scheduler", "etcd": "etcd",
	} {
		text, err := os.ReadFile(filepath.Join("../templates/role/base/controlplane/etc/kubernetes/manifests", file+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		found := flag.FindAllSubmatch(text, -1)
		if len(found) == 0 {
			t.Errorf("%s.yaml has no flags", file)
		}
		for _, m := range found {
			if _, ok := flagHomes[component][string(m[1])]; !ok {
				t.Errorf("%s sets --%s, which flagHomes lacks", file, m[1])
			}
		}
	}
}

// TestPluginsOn compares the list of admission plugins with the template.
func TestPluginsOn(t *testing.T) {
	text, err := os.ReadFile("../templates/role/base/controlplane/etc/kubernetes/manifests/kube-apiserver.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if want := "- --enable-admission-plugins=" + strings.Join(pluginsOn, ",") + "\n"; !strings.Contains(string(text), want) {
		t.Errorf("kube-apiserver.yaml lacks %q", want)
	}
}

// TestFlagOnce makes sure that of each flag one table speaks.
func TestFlagOnce(t *testing.T) {
	seen := map[string]string{}
	once := func(table, component, flag string) {
		flag = component + " --" + flag
		if other := seen[flag]; other != "" {
			t.Errorf("%s is in %s and in %s", flag, other, table)
		}
		seen[flag] = table
	}
	for table, components := range map[string]map[string]map[string]string{
		"flagHomes": flagHomes, "flagsGone": flagsGone, "flagsDeprecated": flagsDeprecated,
	} {
		for component, flags := range components {
			for name := range flags {
				once(table, component, name)
			}
		}
	}
	for component, flags := range flagsRefused {
		for name := range flags {
			once("flagsRefused", component, name)
		}
	}
}

// TestKubeletFields compares the kubelet's fields with upstream's type.
func TestKubeletFields(t *testing.T) {
	ours := slices.Concat(strings.Fields(kubeletFields), slices.Collect(maps.Keys(kubeletHomes)))
	upstream := []string{"apiVersion", "kind"}
	typ := reflect.TypeFor[kubelet.KubeletConfiguration]()
	for i := range typ.NumField() {
		if name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ","); name != "" {
			upstream = append(upstream, name)
		}
	}
	slices.Sort(ours)
	slices.Sort(upstream)
	if diff := cmp.Diff(upstream, ours); diff != "" {
		t.Errorf("(-upstream +ours):\n%s", diff)
	}
}

// TestHomesExist makes sure that hints name fields that exist.
func TestHomesExist(t *testing.T) {
	b := newBundle(testCatalog)
	tables := slices.Collect(maps.Values(flagHomes))
	for _, table := range append(tables, kubeletHomes) {
		for _, home := range table {
			for field := range strings.SplitSeq(home, " and ") {
				if home != "" && !b.has(field) {
					t.Errorf("a hint names %q, which is no field", field)
				}
			}
		}
	}
}

func (b *bundle) has(field string) bool {
	at := b.tree
	for name := range strings.SplitSeq(field, ".") {
		name, isList := strings.CutSuffix(name, "[]")
		e := explainer{bundle: b}
		next, ok := e.properties(at)[name].(map[string]any)
		if !ok {
			return false
		}
		if at = next; isList {
			at = next["items"].(map[string]any)
		}
	}
	return true
}
