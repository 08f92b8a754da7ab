package upstream

import (
	"slices"
	"testing"
)

// refusal is a damage, and what a check has to say to it. A check that takes
// anything for good would be none.
type refusal struct {
	want   string
	damage damage
}

// refuses damages one machine in each way.
func refuses(t *testing.T, m machine, all []refusal, check func(t *testing.T, dir string) []string) {
	t.Helper()
	for _, r := range all {
		t.Run(r.want, func(t *testing.T) {
			t.Parallel()
			dir := m.copy(t)
			r.damage(t, dir)
			wantProblem(t, check(t, dir), r.want)
		})
	}
}

// manifest is a static pod's.
func manifest(name string) string { return configDir + "manifests/" + name + ".yaml" }

// insert adds a flag in front of another of a static pod.
func insert(component, before, added string) damage {
	return replace(manifest(component), "    - "+before, "    - "+added+"\n    - "+before)
}

const (
	kubeletUnit   = "etc/systemd/system/kubelet.service"
	kubeletConfig = configDir + "kubelet.yaml"
	proxyAddon    = addonsDir + "/kube-proxy.yaml"
)

// refusals are damages of one machine, by the component that has to refuse it
// and what it has to say.
var refusals = []struct {
	component string
	want      string
	damage    damage
}{
	// Flags.
	{"etcd", "flag provided but not defined: -enable-v2", insert("etcd", "--client-cert-auth", "--enable-v2")},
	{"etcd", "flag provided but not defined: -experimental-initial-corrupt-check",
		replace(manifest("etcd"), "--feature-gates=InitialCorruptCheck=true", "--experimental-initial-corrupt-check=true")},
	{"etcd", "--max-snapshots is deprecated", insert("etcd", "--client-cert-auth", "--max-snapshots=5")},
	{"etcd", "unrecognized feature gate: NoSuchGate", replace(manifest("etcd"), "InitialCorruptCheck=true", "NoSuchGate=true")},
	{"kube-apiserver", "unknown flag: --no-such-flag", insert("kube-apiserver", "--allow-privileged", "--no-such-flag=1")},
	{"kube-apiserver", "unknown flag: --insecure-port", insert("kube-apiserver", "--allow-privileged", "--insecure-port=0")},
	{"kube-apiserver", `invalid argument "ten"`, replace(manifest("kube-apiserver"), "maxbackup=10", "maxbackup=ten")},
	{"kube-apiserver", "--apiserver-count is deprecated", insert("kube-apiserver", "--allow-privileged", "--apiserver-count=3")},
	{"kube-apiserver", "unrecognized feature gate: NoSuchGate", insert("kube-apiserver", "--allow-privileged", "--feature-gates=NoSuchGate=true")},
	{"kube-apiserver", "is in nothing that the container mounts",
		replace(manifest("kube-apiserver"), "--tls-cert-file=/etc/", "--tls-cert-file=/srv/")},
	{"kube-apiserver", "takes no arguments", insert("kube-apiserver", "--allow-privileged", "allow-privileged")},
	{"kube-controller-manager", "unknown flag: --port", insert("kube-controller-manager", "--allocate-node-cidrs", "--port=0")},
	{"kube-scheduler", "unknown flag: --algorithm-provider", insert("kube-scheduler", "--bind-address=127.0.0.1", "--algorithm-provider=Default")},
	{"kube-scheduler", "GA feature gate. It will be removed",
		insert("kube-scheduler", "--bind-address=127.0.0.1", "--feature-gates=KubeletPodResourcesGet=true")},
	{"kubelet", "unknown flag: --pod-infra-container-image", replace(kubeletUnit, "--config=", "--pod-infra-container-image=pause --config=")},
	{"kubelet", "unknown flag: --containerd", replace(kubeletUnit, "--config=", "--containerd=/run/containerd/containerd.sock --config=")},
	{"kubelet", "--max-pods is deprecated", replace(kubeletUnit, "--config=", "--max-pods=50 --config=")},
	{"kube-proxy", "unknown flag: --resource-container", replace(proxyAddon, "- kube-proxy\n", "- kube-proxy\n        - --resource-container=x\n")},
	{"kube-proxy", "--metrics-port is deprecated", replace(proxyAddon, "- kube-proxy\n", "- kube-proxy\n        - --metrics-port=10249\n")},

	// Values that do not go together.
	{"etcd", "couldn't find local name", replace(manifest("etcd"), "--initial-cluster=controlplane-0=", "--initial-cluster=other=")},
	{"etcd", "expected IP in URL for binding",
		replace(manifest("etcd"), "--listen-peer-urls=https://10.0.0.10", "--listen-peer-urls=https://controlplane-0")},
	{"kube-apiserver", "must be of different IP family",
		replace(manifest("kube-apiserver"), "range=10.96.0.0/16", "range=10.96.0.0/16,10.97.0.0/16")},
	{"kube-apiserver", "must match public address family",
		replace(manifest("kube-apiserver"), "--advertise-address=10.0.0.10", "--advertise-address=2001:db8::10")},
	{"kube-apiserver", `authorization-mode`, replace(manifest("kube-apiserver"), "=Node,RBAC,ABAC", "=Node,RBAC,ACL")},
	{"kube-apiserver", "service-account-issuer",
		replace(manifest("kube-apiserver"), "    - --service-account-issuer=https://kubernetes.default.svc.cluster.local\n", "")},
	{"kube-controller-manager", `"tokenscleaner" is not in the list of known controllers`,
		replace(manifest("kube-controller-manager"), "tokencleaner", "tokenscleaner")},
	{"kube-controller-manager", "--cluster-cidr: 10.244.0.0/26 has no room",
		replace(manifest("kube-controller-manager"), "10.244.0.0/16", "10.244.0.0/26")},
	{"kube-controller-manager", "--cluster-cidr: invalid CIDR[0]", replace(manifest("kube-controller-manager"), "10.244.0.0/16", "10.244.0.0/36")},
	{"kubelet", "unknown 'kubernetes.io' or 'k8s.io' labels",
		replace(kubeletUnit, "--config=", "--node-labels=node-role.kubernetes.io/control-plane= --config=")},
	{"kubelet", "which it ignores", replace(configDir+"node.env", "NODE_IP=", "NODE_IP=300.")},
	{"kube-proxy", "must be iptables, ipvs, nftables", replace(proxyAddon, "mode: nftables", "mode: nftable")},
	{"kube-proxy", "ClusterCIDRs[0]: Invalid value", replace(proxyAddon, "clusterCIDR: 10.244.0.0/16", "clusterCIDR: 10.244.0.0/36")},

	// Files that they read.
	{"kube-apiserver", "admission.yaml", remove(configDir + "admission.yaml")},
	{"kube-apiserver", "must be one of privileged, baseline, restricted", replace(configDir+"admission.yaml", "enforce: baseline", "enforce: base")},
	{"kube-apiserver", "Unsupported value: \"Everything\"", replace(configDir+"audit-policy.yaml", "level: Metadata", "level: Everything")},
	{"kube-apiserver", `unknown field "omitStage"`, replace(configDir+"audit-policy.yaml", "omitStages", "omitStage")},
	{"kube-apiserver", `unknown field "anonymous.condition"`, replace(configDir+"authentication.yaml", "conditions", "condition")},
	{"kube-apiserver", "authorization.jsonl", replace(configDir+"authorization.jsonl", `"user"`, `user`)},
	{"kube-apiserver", "secret is not of the expected length", replace(configDir+"encryption.yaml", "secret: ", "secret: AAAA #")},
	{"kube-apiserver", `unknown field "resources[0].provider"`, replace(configDir+"encryption.yaml", "providers:", "provider:")},
	{"kubelet", `unknown field \"cgroupDrivers`, replace(kubeletConfig, "cgroupDriver:", "cgroupDrivers:")},
	{"kubelet", "imageGCHighThresholdPercent", replace(kubeletConfig, "cgroupDriver:", "imageGCHighThresholdPercent: 10\ncgroupDriver:")},
	{"kubelet", "unsupported eviction signal", replace(kubeletConfig, "cgroupDriver:", "evictionHard: {memory.availible: 100Mi}\ncgroupDriver:")},
	{"kubelet", "NoSuchGate", replace(kubeletConfig, "cgroupDriver:", "featureGates: {NoSuchGate: true}\ncgroupDriver:")},
	{"kubelet", "taint", replace(kubeletConfig, "effect: NoSchedule", "effect: NeverSchedule")},
	{"kube-proxy", `unknown field \"modus`, replace(proxyAddon, "mode: nftables", "mode: nftables\n    modus: none")},

	// Keys and certificates.
	{"etcd", "peer.key", remove(configDir + "pki/etcd/peer.key")},
	{"etcd", "private key does not match public key", overwrite(configDir+"pki/etcd/server.key", configDir+"pki/etcd/peer.key")},
	{"kube-apiserver", "private key does not match public key", overwrite(configDir+"pki/apiserver.key", configDir+"pki/sa.key")},
	{"kube-apiserver", "apiserver-kubelet-client.key", remove(configDir + "pki/apiserver-kubelet-client.key")},
	{"kube-apiserver", "front-proxy-client.key", remove(configDir + "pki/front-proxy-client.key")},
	{"kube-apiserver", "etcd grpc connection not ready", strangerToEtcd},
	{"kube-apiserver", "sa.key", remove(configDir + "pki/sa.key")},
	{"kube-controller-manager", "front-proxy-ca.crt", remove(configDir + "pki/front-proxy-ca.crt")},
	{"kube-controller-manager", "ca.key", remove(configDir + "pki/ca.key")},
	{"kube-controller-manager", "private key does not match public key", overwrite(configDir+"pki/ca.key", configDir+"pki/sa.key")},
	{"kube-controller-manager", "--service-account-private-key-file", remove(configDir + "pki/sa.key")},
	{"kube-scheduler", "scheduler.key", remove(configDir + "pki/scheduler.key")},
	{"kubelet", "ca.crt", remove(configDir + "pki/ca.crt")},
	{"kubelet", "kubelet.conf", remove(configDir + "kubelet.conf")},
}

// TestRefusesComponents damages one machine in each of these ways: a check that
// upstream takes anything for good would be none.
func TestRefusesComponents(t *testing.T) {
	t.Parallel()
	m := named(t, "plain").machines[0]
	for _, r := range refusals {
		t.Run(r.component+"/"+r.want, func(t *testing.T) {
			t.Parallel()
			all := components()
			i := slices.IndexFunc(all, func(c component) bool { return c.name == r.component })
			if i < 0 {
				t.Fatalf("no component %s", r.component)
			}
			dir := m.copy(t)
			r.damage(t, dir)
			wantProblem(t, all[i].problems(t, m, dir), r.want)
		})
	}
}

// strangerToEtcd gives the API server a certificate of the wrong CA for etcd.
func strangerToEtcd(t *testing.T, dir string) {
	overwrite(configDir+"pki/apiserver-etcd-client.crt", configDir+"pki/scheduler.crt")(t, dir)
	overwrite(configDir+"pki/apiserver-etcd-client.key", configDir+"pki/scheduler.key")(t, dir)
}
