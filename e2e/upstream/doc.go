// Package upstream holds no code but tests: they show what compile emits to the
// code that will read it on a machine. That is Kubernetes' own (1.37.1) and
// etcd's own (3.7.0), as Go packages of the very components, and no cluster.
//
// INPUTS: docs/examples/*.json and testdata/*/cluster.json, compiled by the
// program that the parent module builds. OUTPUTS: none.
//
// A component is judged in a process of its own, which is this test binary
// started again (main_test.go): feature gates and logging are global in
// Kubernetes, so two configs in one process would change each other. It goes
// through the component's start-up, and stops where a cluster would be needed:
//
//	component                option set                                     then
//	etcd                     embed.Config, as etcdmain reads it             Validate, VerifyBootstrap, both TLS configs
//	kube-apiserver           cmd/kube-apiserver/app/options                 Complete, Validate, app.NewConfig
//	kube-controller-manager  cmd/kube-controller-manager/app/options        Validate, Config, keys and ranges of controllers
//	kube-scheduler           cmd/kube-scheduler/app/options                 Validate, Config
//	kubelet                  cmd/kubelet/app/options, the config file       ValidateKubeletServer, BuildAuth, the client's config
//	kube-proxy               cmd/kube-proxy/app, the config file            Complete, Validate
//
// app.NewConfig of the API server is what reads the admission, audit,
// authentication, authorization and encryption files and the certificates.
//
// Beside components:
//
//	subject                  judge
//	static pods              the kubelet's own source of pods from files
//	objects of add-ons       defaulting, and the strategies with which the API creates each kind
//	service addresses        the API's own allocator
//	ranges of addresses      nobody's: ours, since no component knows what the others are told
//	pods of add-ons          Pod Security's admission, by the emitted admission.yaml
//	kubeconfigs              clientcmd, and TLS of client-go
//	who may do what          the RBAC authorizer, with the roles that Kubernetes makes by itself
//	join tokens              the API's authenticator of bootstrap tokens
//
// Each TestRefuses damages a machine and sees that the judge refuses it.
//
// What a component warns of is a problem too, unless allowed_test.go gives the
// reason why it is wanted. Configs of an older Kubernetes are judged by 1.37.1
// as well: the compiler has one set of flags for all that it supports.
package upstream
