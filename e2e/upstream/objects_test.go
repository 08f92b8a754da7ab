package upstream

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/apiserver/pkg/registry/rest"
	aggregatorscheme "k8s.io/kube-aggregator/pkg/apiserver/scheme"
	"k8s.io/kube-aggregator/pkg/registry/apiservice"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/controlplane" // adds every API to legacyscheme
	"k8s.io/kubernetes/pkg/registry/apps/daemonset"
	"k8s.io/kubernetes/pkg/registry/apps/deployment"
	"k8s.io/kubernetes/pkg/registry/core/configmap"
	"k8s.io/kubernetes/pkg/registry/core/namespace"
	"k8s.io/kubernetes/pkg/registry/core/secret"
	"k8s.io/kubernetes/pkg/registry/core/service"
	"k8s.io/kubernetes/pkg/registry/core/serviceaccount"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrole"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrolebinding"
	"k8s.io/kubernetes/pkg/registry/rbac/role"
	"k8s.io/kubernetes/pkg/registry/rbac/rolebinding"
)

// strategies are what the API creates each kind of object with: it prepares,
// validates and warns. An add-on of another kind needs another line.
var strategies = map[schema.GroupKind]rest.RESTCreateStrategy{
	{Group: "", Kind: "ConfigMap"}:                                   configmap.Strategy,
	{Group: "", Kind: "Namespace"}:                                   namespace.Strategy,
	{Group: "", Kind: "Secret"}:                                      secret.Strategy,
	{Group: "", Kind: "Service"}:                                     service.Strategy,
	{Group: "", Kind: "ServiceAccount"}:                              serviceaccount.Strategy,
	{Group: "apps", Kind: "DaemonSet"}:                               daemonset.Strategy,
	{Group: "apps", Kind: "Deployment"}:                              deployment.Strategy,
	{Group: "rbac.authorization.k8s.io", Kind: "ClusterRole"}:        clusterrole.Strategy,
	{Group: "rbac.authorization.k8s.io", Kind: "ClusterRoleBinding"}: clusterrolebinding.Strategy,
	{Group: "rbac.authorization.k8s.io", Kind: "Role"}:               role.Strategy,
	{Group: "rbac.authorization.k8s.io", Kind: "RoleBinding"}:        rolebinding.Strategy,
	{Group: "apiregistration.k8s.io", Kind: "APIService"}:            apiservice.NewStrategy(aggregatorscheme.Scheme).(rest.RESTCreateStrategy),
}

// object is one document of a manifest, as it is written, and as the API has
// it: with defaults, in its internal version.
type object struct {
	file      string
	kind      schema.GroupVersionKind
	versioned runtime.Object
	internal  runtime.Object
}

// readObjects reads a directory of manifests, strictly.
func readObjects(dir string) ([]object, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no manifests in %s: %v", dir, err)
	}
	var all []object
	var errs []error
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		objects, err := decode(filepath.Base(name), text)
		all, errs = append(all, objects...), append(errs, err)
	}
	return all, errors.Join(errs...)
}

func decode(file string, text []byte) ([]object, error) {
	var all []object
	var errs []error
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return all, errors.Join(errs...)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if len(bytes.TrimSpace(stripComments(document))) == 0 {
			continue
		}
		o, err := decodeOne(document)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file, err))
			continue
		}
		o.file = file
		all = append(all, o)
	}
}

// stripComments leaves nothing of a document that only comments.
func stripComments(document []byte) []byte {
	var rest []byte
	for line := range bytes.Lines(document) {
		if !bytes.HasPrefix(bytes.TrimSpace(line), []byte("#")) {
			rest = append(rest, line...)
		}
	}
	return rest
}

// decodeOne tries the aggregator's API where it is none of Kubernetes' own.
func decodeOne(document []byte) (object, error) {
	var o object
	for _, scheme := range []*runtime.Scheme{legacyscheme.Scheme, aggregatorscheme.Scheme} {
		codecs := serializer.NewCodecFactory(scheme, serializer.EnableStrict)
		versioned, kind, err := codecs.UniversalDeserializer().Decode(document, nil, nil)
		if runtime.IsNotRegisteredError(err) && scheme != aggregatorscheme.Scheme {
			continue
		}
		if err != nil {
			return object{}, err
		}
		internal, _, err := codecs.UniversalDecoder().Decode(document, nil, nil)
		if err != nil {
			return object{}, err
		}
		o = object{kind: *kind, versioned: versioned, internal: internal}
		break
	}
	return o, nil
}
