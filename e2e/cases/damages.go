package cases

import "github.com/kube-anywhere/kube-anywhere/e2e/check"

// damages has one entry, or more, for every check. What a payload says is
// changed where it landed; the components that read it start anew by themselves
// or are restarted.
var damages = []damage{
	{"the scheduler is gone", check.Components, "kube-scheduler is not healthy",
		step{controlPlane: "mv /etc/kubernetes/manifests/kube-scheduler.yaml /root/"},
		step{controlPlane: "mv /root/kube-scheduler.yaml /etc/kubernetes/manifests/"}},
	{"somebody makes the token that nobody has", check.GarbageToken, "expected Unauthorized",
		step{kubectl: "create secret generic bootstrap-token-abcdef -n kube-system --type=bootstrap.kubernetes.io/token " +
			"--from-literal=token-id=abcdef --from-literal=token-secret=0123456789abcdef --from-literal=usage-bootstrap-authentication=true"},
		step{kubectl: "delete secret bootstrap-token-abcdef -n kube-system"}},
	{"the control plane's clock is behind", check.ExpiredToken, "expected Unauthorized",
		step{controlPlane: "date -s '10 minutes ago'"}, step{controlPlane: "date -s '10 minutes'"}},
	{"the token's group may read", check.StolenToken, "found an answer, expected Forbidden",
		step{kubectl: "create clusterrolebinding e2e-damage --clusterrole=view --group=system:bootstrappers"},
		step{kubectl: "delete clusterrolebinding e2e-damage"}},
	{"the token's group may not join", check.StolenToken, "found a refusal, expected success",
		step{controlPlane: "mv /etc/kubernetes/manifests/addon-manager.yaml /root/", kubectl: "delete clusterrolebinding " + bootstrapBinding},
		step{controlPlane: "mv /root/addon-manager.yaml /etc/kubernetes/manifests/\nsleep 60"}},
	{"nodes may do everything", check.WorkerCertificate, "found an answer, expected Forbidden",
		step{kubectl: "create clusterrolebinding e2e-damage --clusterrole=cluster-admin --group=system:nodes"},
		step{kubectl: "delete clusterrolebinding e2e-damage"}},
	{"a kubelet lets anybody in", check.KubeletRefusesStrangers, "expected 401",
		step{worker: "sed -i 's|^authentication:|authorization: {mode: AlwaysAllow}\\nauthentication:\\n  anonymous: {enabled: true}|' /etc/kubernetes/kubelet.yaml\nsystemctl restart kubelet"},
		step{worker: "sed -i '/anonymous: /d; /^authorization:/d' /etc/kubernetes/kubelet.yaml\nsystemctl restart kubelet"}},
	{"the API server does not encrypt", check.EncryptedAtRest, "expected it to be encrypted",
		step{controlPlane: "cp -p /etc/kubernetes/encryption.yaml /root/\n" +
			"sed -i '/- identity/d; s|- secretbox:|- identity: {}\\n  - secretbox:|' /etc/kubernetes/encryption.yaml\n" + restartAPI},
		step{controlPlane: "cp -p /root/encryption.yaml /etc/kubernetes/\n" + restartAPI}},
	{"the audit policy leaves all out", check.Audited, "the request to be in the audit log",
		step{controlPlane: "cp -p /etc/kubernetes/audit-policy.yaml /root/\n" +
			"sed -i 's|level: Metadata|level: None|' /etc/kubernetes/audit-policy.yaml\n" + restartAPI},
		step{controlPlane: "cp -p /root/audit-policy.yaml /etc/kubernetes/\n" + restartAPI}},
	{"the join token is left on the worker", check.TokenGone, "remove its bootstrap kubeconfig",
		step{worker: "systemctl stop kubelet-checker\ntouch /etc/kubernetes/bootstrap-kubelet.conf"}, step{worker: "systemctl start kubelet-checker"}},
	{"the add-on manager is gone", check.Addons, "the ConfigMap of the add-on to hold made",
		step{controlPlane: "mv /etc/kubernetes/manifests/addon-manager.yaml /root/\nsleep 20"},
		step{controlPlane: "rm /etc/kubernetes/addons/e2e.yaml\nmv /root/addon-manager.yaml /etc/kubernetes/manifests/\nsleep 60"}},
	{"an add-on has no pods", check.AddonsReady, "Pod/metrics-server",
		step{kubectl: "-n kube-system set image deployment/metrics-server metrics-server=registry.k8s.io/none:v0"},
		step{kubectl: "-n kube-system rollout undo deployment/metrics-server"}},
	{"flannel has another network than the controller manager", check.AddonsReady, "DaemonSet/flannel",
		step{controlPlane: "sed -i 's|10.244.0.0/16|10.99.0.0/16|' " + flannelFile + "\nsleep 30", kubectl: restartFlannel},
		step{controlPlane: "sed -i 's|10.99.0.0/16|10.244.0.0/16|' " + flannelFile + "\nsleep 30", kubectl: restartFlannel}},
	{"CoreDNS is gone", check.DNSAnswers, "the cluster's DNS to answer",
		step{kubectl: "-n kube-system scale deployment/coredns --replicas=0"}, step{kubectl: "-n kube-system scale deployment/coredns --replicas=2"}},
	{"a worker's kubelet has the wrong CA", check.NodesReady, "to be a Ready node",
		step{worker: "cp /etc/kubernetes/pki/ca.crt /root/\ncp /etc/ssl/certs/ca-certificates.crt /etc/kubernetes/pki/ca.crt\nsystemctl restart kubelet"},
		step{worker: "cp /root/ca.crt /etc/kubernetes/pki/\nsystemctl restart kubelet"}},
	{"systemd does not bring the kubelet back", recovers("KILL"), "a new kubelet that answers",
		step{worker: "mkdir -p /run/systemd/system/kubelet.service.d\nprintf '[Service]\\nRestart=no\\n' > /run/systemd/system/kubelet.service.d/x.conf\n" +
			"systemctl stop kubelet-checker\nsystemctl daemon-reload"},
		step{worker: "rm /run/systemd/system/kubelet.service.d/x.conf\nsystemctl daemon-reload\nsystemctl start kubelet kubelet-checker"}},
	{"kubelet-checker is stopped", recovers("STOP"), "a new kubelet that answers",
		step{worker: "systemctl stop kubelet-checker"}, step{worker: "systemctl start kubelet-checker\npkill -CONT -x kubelet"}},
	{"an object is lost in a reboot", losesObject, "objects lost", step{}, step{}},
	{"a machine meets the specification", refusesNothing, "node-preflight", step{}, step{}},
	{"a key can be read by all", check.PrivateFiles, "found mode 644",
		step{controlPlane: "chmod 644 /etc/kubernetes/pki/sa.key"}, step{controlPlane: "chmod 600 /etc/kubernetes/pki/sa.key"}},
	{"the API's certificate has other names", smokeFinds("api"), "certificate is valid for",
		step{controlPlane: "cd /etc/kubernetes/pki\ncp -p apiserver.crt /root/\n" +
			"openssl req -x509 -days 2 -key apiserver.key -CA ca.crt -CAkey ca.key -subj /CN=kube-apiserver -addext subjectAltName=DNS:elsewhere.example.net -out apiserver.crt"},
		step{controlPlane: "cp -p /root/apiserver.crt /etc/kubernetes/pki/\n" + restartAPI}},
	{"strangers may read", smokeFinds("anonymous"), "smoke: anonymous: ",
		step{controlPlane: "cp -p /etc/kubernetes/authentication.yaml /root/\n" +
			"sed -i 's|, conditions: .*|}|' /etc/kubernetes/authentication.yaml\n" + restartAPI,
			kubectl: "create clusterrolebinding e2e-damage --clusterrole=view --group=system:unauthenticated"},
		step{controlPlane: "cp -p /root/authentication.yaml /etc/kubernetes/\n" + restartAPI, kubectl: "delete clusterrolebinding e2e-damage"}},
	{"the API server may not ask kubelets", smokeFinds("logs"), "smoke: logs: ",
		step{controlPlane: "mv /etc/kubernetes/manifests/addon-manager.yaml /root/\nsleep 20", kubectl: "delete clusterrolebinding kube-anywhere:apiserver"},
		step{controlPlane: "mv /root/addon-manager.yaml /etc/kubernetes/manifests/\nsleep 60"}},
	{"packets between nodes are lost", smokeFinds("pod-network"), "smoke: pod-network: ",
		step{worker: "iptables -I INPUT -p udp --dport 8472 -j DROP"}, step{worker: "iptables -D INPUT -p udp --dport 8472 -j DROP"}},
	{"nobody makes rules for Services", smokeFinds("service"), "smoke: service: ",
		step{kubectl: `-n kube-system patch daemonset kube-proxy -p {"spec":{"template":{"spec":{"nodeSelector":{"e2e":"none"}}}}}`},
		step{kubectl: `-n kube-system patch daemonset kube-proxy --type=json -p [{"op":"remove","path":"/spec/template/spec/nodeSelector"}]`}},
	{"nobody measures", smokeFinds("metrics"), "smoke: metrics: ",
		step{kubectl: "-n kube-system scale deployment/metrics-server --replicas=0"}, step{kubectl: "-n kube-system scale deployment/metrics-server --replicas=1"}},
	{"etcd has no disk of its own", check.EtcdDisk, `expected "/dev/vdb ext4`, step{}, step{}},
	{"a key is in the journal", check.NoSecretsInLogs, "found the secret of pki/sa.key in a log",
		step{controlPlane: "logger -f /etc/kubernetes/pki/sa.key"}, step{}},
}

const (
	// restartAPI ends the API server; the kubelet starts it with what it reads now.
	restartAPI = "pkill -x kube-apiserver\nuntil curl -fsk https://127.0.0.1:6443/readyz; do sleep 2; done"
	// bootstrapBinding lets the join token's group ask for certificates.
	bootstrapBinding = "kube-anywhere:bootstrap"
	flannelFile      = "/etc/kubernetes/addons/flannel.yaml"
	restartFlannel   = "-n kube-system delete pods -l k8s-app=flannel"
)
