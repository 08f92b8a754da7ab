package schema

// flagHomes says for each component which flags kube-anywhere sets itself, and
// the config field that decides them. "" means that the flag cannot be changed.
// A test keeps this equal to what the templates set.
var flagHomes = map[string]map[string]string{
	"apiserver": {
		"admission-control-config-file":      "",
		"advertise-address":                  "controlPlane.addresses",
		"allow-privileged":                   "",
		"anonymous-auth":                     "",
		"audit-log-maxage":                   "",
		"audit-log-maxbackup":                "",
		"audit-log-maxsize":                  "",
		"audit-log-path":                     "",
		"audit-policy-file":                  "",
		"authentication-config":              "",
		"authorization-config":               "",
		"authorization-mode":                 "",
		"authorization-policy-file":          "",
		"client-ca-file":                     "pki.authorities",
		"enable-admission-plugins":           "",
		"enable-bootstrap-token-auth":        "",
		"encryption-provider-config":         "",
		"etcd-cafile":                        "pki.authorities",
		"etcd-certfile":                      "",
		"etcd-keyfile":                       "",
		"etcd-servers":                       "",
		"feature-gates":                      "kubernetes.featureGates",
		"kubelet-certificate-authority":      "",
		"kubelet-client-certificate":         "",
		"kubelet-client-key":                 "",
		"kubelet-preferred-address-types":    "",
		"profiling":                          "",
		"proxy-client-cert-file":             "",
		"proxy-client-key-file":              "",
		"requestheader-allowed-names":        "",
		"requestheader-client-ca-file":       "pki.authorities",
		"requestheader-extra-headers-prefix": "",
		"requestheader-group-headers":        "",
		"requestheader-username-headers":     "",
		"secure-port":                        "",
		"service-account-issuer":             "network.dnsDomain",
		"service-account-key-file":           "",
		"service-account-signing-key-file":   "",
		"service-cluster-ip-range":           "network.serviceCIDR",
		"tls-cert-file":                      "pki.extraSANs",
		"tls-private-key-file":               "",
	},
	"controllerManager": {
		"allocate-node-cidrs":              "",
		"authentication-kubeconfig":        "",
		"authorization-kubeconfig":         "",
		"bind-address":                     "",
		"client-ca-file":                   "pki.authorities",
		"cluster-cidr":                     "network.podCIDR",
		"cluster-signing-cert-file":        "pki.authorities",
		"cluster-signing-key-file":         "pki.authorities",
		"controllers":                      "",
		"feature-gates":                    "kubernetes.featureGates",
		"kubeconfig":                       "",
		"leader-elect":                     "",
		"profiling":                        "",
		"requestheader-client-ca-file":     "pki.authorities",
		"root-ca-file":                     "pki.authorities",
		"service-account-private-key-file": "",
		"service-cluster-ip-range":         "network.serviceCIDR",
		"use-service-account-credentials":  "",
	},
	"scheduler": {
		"authentication-kubeconfig":    "",
		"authorization-kubeconfig":     "",
		"bind-address":                 "",
		"client-ca-file":               "pki.authorities",
		"feature-gates":                "kubernetes.featureGates",
		"kubeconfig":                   "",
		"leader-elect":                 "",
		"profiling":                    "",
		"requestheader-client-ca-file": "pki.authorities",
	},
	"etcd": {
		"advertise-client-urls":          "controlPlane.addresses",
		"cert-file":                      "",
		"client-cert-auth":               "",
		"data-dir":                       "",
		"feature-gates":                  "",
		"initial-advertise-peer-urls":    "controlPlane.addresses",
		"initial-cluster":                "controlPlane.addresses",
		"initial-cluster-state":          "",
		"initial-cluster-token":          "name",
		"key-file":                       "",
		"listen-client-urls":             "controlPlane.addresses",
		"listen-metrics-urls":            "",
		"listen-peer-urls":               "controlPlane.addresses",
		"name":                           "controlPlane.machines",
		"peer-cert-file":                 "",
		"peer-client-cert-auth":          "",
		"peer-key-file":                  "",
		"peer-trusted-ca-file":           "pki.authorities",
		"trusted-ca-file":                "pki.authorities",
		"watch-progress-notify-interval": "",
	},
	"kubelet": {
		"bootstrap-kubeconfig": "",
		"config":               "kubernetes.kubelet",
		"config-dir":           "kubernetes.kubelet",
		"feature-gates":        "kubernetes.featureGates",
		"hostname-override":    "controlPlane.machines and workers[].machines",
		"kubeconfig":           "",
		"node-ip":              "controlPlane.addresses",
		"node-labels":          "controlPlane.labels and workers[].labels",
		"manifest-url":         "",
		"pod-manifest-path":    "",
		"register-with-taints": "controlPlane.taints and workers[].taints",
		"root-dir":             "",
	},
}

// oldCAdvisor is why many flags are gone; see kubernetes/kubernetes#139870.
const oldCAdvisor = "the kubelet of 1.37 refuses cAdvisor's old flags"

// flagsGone are flags that a supported version refuses to start with, and why.
var flagsGone = map[string]map[string]string{
	"apiserver": {
		"cloud-provider":        "kube-apiserver has no cloud providers any more",
		"insecure-bind-address": "it was removed in 1.24",
		"insecure-port":         "it was removed in 1.24",
		"kubelet-https":         "it was removed in 1.22",
	},
	"controllerManager": {
		"enable-taint-manager": "it was removed in 1.27",
		"pod-eviction-timeout": "it was removed in 1.27",
	},
	"scheduler": {
		"policy-config-file": "it was removed in 1.23; use config",
		"port":               "it was removed in 1.24",
	},
	"etcd": {
		"enable-v2": "etcd 3.6 has no v2 API",
		"proxy":     "etcd 3.6 has no v2 proxy",
	},
	"kubelet": {
		"boot-id-file":                   oldCAdvisor,
		"cni-bin-dir":                    "it was removed in 1.24",
		"cni-conf-dir":                   "it was removed in 1.24",
		"container-hints":                oldCAdvisor,
		"container-runtime":              "it was removed in 1.27; containerd is the only runtime",
		"containerd":                     oldCAdvisor,
		"containerd-namespace":           oldCAdvisor,
		"global-housekeeping-interval":   oldCAdvisor,
		"machine-id-file":                oldCAdvisor,
		"network-plugin":                 "it was removed in 1.24; use network.plugin",
		"pod-infra-container-image":      `it was removed in 1.35, and the pause image is containerd's setting: use registry.images with "pause"`,
		"storage-driver-buffer-duration": oldCAdvisor,
		"storage-driver-db":              oldCAdvisor,
		"storage-driver-host":            oldCAdvisor,
		"storage-driver-password":        oldCAdvisor,
		"storage-driver-secure":          oldCAdvisor,
		"storage-driver-table":           oldCAdvisor,
		"storage-driver-user":            oldCAdvisor,
	},
}

// refusal is why a flag cannot be given, and what to do.
type refusal struct{ why, hint string }

var (
	noOIDC = refusal{
		"kube-apiserver takes no --oidc flags beside --authentication-config, which kube-anywhere sets",
		"leave it out: the machine uses structured authentication (/etc/kubernetes/authentication.yaml), and no field adds an OIDC issuer to it yet",
	}
	noDiscovery = refusal{
		"etcd takes one way to find its members, and kube-anywhere sets --initial-cluster",
		"leave it out: members find each other by controlPlane.addresses",
	}
)

// flagsRefused are flags that a component knows and refuses beside those that
// kube-anywhere sets.
var flagsRefused = map[string]map[string]refusal{
	"apiserver": {
		"admission-control": {
			"kube-apiserver does not take it beside --enable-admission-plugins, which kube-anywhere sets",
			"use disable-admission-plugins for what should be off",
		},
		"authorization-webhook-config-file": {
			"kube-apiserver takes it with the mode Webhook alone, and kube-anywhere sets --authorization-mode",
			"leave it out",
		},
		"oidc-ca-file":         noOIDC,
		"oidc-client-id":       noOIDC,
		"oidc-groups-claim":    noOIDC,
		"oidc-groups-prefix":   noOIDC,
		"oidc-issuer-url":      noOIDC,
		"oidc-required-claim":  noOIDC,
		"oidc-signing-algs":    noOIDC,
		"oidc-username-claim":  noOIDC,
		"oidc-username-prefix": noOIDC,
		"service-account-signing-endpoint": {
			"kube-apiserver does not take it beside --service-account-signing-key-file, which kube-anywhere sets",
			"leave it out",
		},
	},
	"etcd": {
		"config-file": {
			"etcd ignores every flag beside it, and kube-anywhere gives flags",
			"give each setting as a flag of its own",
		},
		"discovery":           noDiscovery,
		"discovery-endpoints": noDiscovery,
		"discovery-srv":       noDiscovery,
		"discovery-token":     noDiscovery,
	},
}

// flagsDeprecated are flags that every supported version takes, that a later one
// will not, and what there is to know about that.
var flagsDeprecated = map[string]map[string]string{
	"apiserver": {
		"apiserver-count":        "leave it out: it has an effect only with endpoint-reconciler-type master-count, which is deprecated as well",
		"kubelet-port":           "leave it out: each Node tells its kubelet's port",
		"kubelet-read-only-port": "leave it out: no kubelet has a read-only port here",
	},
	"etcd": {
		"max-snapshots":  "leave it out: etcd 3.8 will not have it",
		"v2-deprecation": "leave it out: etcd 3.8 will not have it, and until then its value is ignored",
	},
}

// pluginsOn are the admission plugins of --enable-admission-plugins.
var pluginsOn = []string{"NodeRestriction"}

// kubeletHomes says which fields of the KubeletConfiguration kube-anywhere sets
// itself, and the config field that decides them. "" means that the cluster
// depends on the value.
var kubeletHomes = map[string]string{
	"apiVersion":               "",
	"authentication":           "",
	"authorization":            "",
	"cgroupDriver":             "",
	"clusterDNS":               "network.dnsServiceIP",
	"clusterDomain":            "network.dnsDomain",
	"containerRuntimeEndpoint": "",
	"enableServer":             "",
	"featureGates":             "kubernetes.featureGates",
	"healthzBindAddress":       "",
	"healthzPort":              "",
	"imageServiceEndpoint":     "",
	"kind":                     "",
	"podCIDR":                  "network.podCIDR",
	"port":                     "",
	"readOnlyPort":             "",
	"registerNode":             "",
	"registerWithTaints":       "controlPlane.taints and workers[].taints",
	"resolvConf":               "",
	"rotateCertificates":       "",
	"serverTLSBootstrap":       "",
	"staticPodPath":            "",
	"staticPodURL":             "",
	"staticPodURLHeader":       "",
	"tlsCertFile":              "",
	"tlsPrivateKeyFile":        "",
	"volumePluginDir":          "",
}

// kubeletFields are the other fields of kubelet.config.k8s.io/v1beta1 in 1.37.
// https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
const kubeletFields = `
address allowedUnsafeSysctls cgroupRoot cgroupsPerQOS configMapAndSecretChangeDetectionStrategy
containerLogMaxFiles containerLogMaxSize containerLogMaxWorkers containerLogMonitorInterval
contentType cpuCFSQuota cpuCFSQuotaPeriod cpuManagerPolicy cpuManagerPolicyOptions
cpuManagerReconcilePeriod crashLoopBackOff defaultPodSysctls enableContentionProfiling
enableControllerAttachDetach enableDebugFlagsHandler enableDebuggingHandlers
enableProfilingHandler enableSystemLogHandler enableSystemLogQuery enforceNodeAllocatable
eventBurst eventRecordQPS evictionHard evictionMaxPodGracePeriod evictionMinimumReclaim
evictionPressureTransitionPeriod evictionSoft evictionSoftGracePeriod failCgroupV1 failSwapOn
fileCheckFrequency hairpinMode httpCheckFrequency imageGCHighThresholdPercent
imageGCLowThresholdPercent imageMaximumGCAge imageMinimumGCAge
imagePullCredentialsVerificationPolicy iptablesDropBit iptablesMasqueradeBit
kernelMemcgNotification kubeAPIBurst kubeAPIQPS kubeReserved kubeReservedCgroup kubeletCgroups
localStorageCapacityIsolation logging makeIPTablesUtilChains maxOpenFiles maxParallelImagePulls
maxPods memoryManagerPolicy memoryReservationPolicy memorySwap memoryThrottlingFactor
mergeDefaultEvictionSettings nodeLeaseDurationSeconds nodeStatusMaxImages
nodeStatusReportFrequency nodeStatusUpdateFrequency oomScoreAdj podLogsDir podPidsLimit
podsPerCore preloadedImagesVerificationAllowlist protectKernelDefaults providerID qosReserved
registryBurst registryPullQPS reservedMemory reservedSystemCPUs runOnce runtimeRequestTimeout
seccompDefault serializeImagePulls showHiddenMetricsForVersion shutdownGracePeriod
shutdownGracePeriodByPodPriority shutdownGracePeriodCriticalPods singleProcessOOMKill
streamingConnectionIdleTimeout syncFrequency systemCgroups systemReserved systemReservedCgroup
tlsCipherSuites tlsCurvePreferences tlsMinVersion topologyManagerPolicy
topologyManagerPolicyOptions topologyManagerScope tracing userNamespaces volumeStatsAggPeriod
`
