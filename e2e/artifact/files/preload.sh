#!/bin/sh
# Runs inside the root of a machine, in namespaces of its own: has containerd and
# Docker unpack images as they do when they have pulled them.
set -e

# await DAEMON CLIENT: waits half a minute for the daemon to answer.
await() {
	tries=0
	until "$2" version >/dev/null 2>&1; do
		tries=$((tries + 1))
		if [ $tries -gt 300 ]; then
			cat "/tmp/$1.log" >&2
			echo "$1 does not answer" >&2
			exit 1
		fi
		sleep 0.1
	done
}

containerd >/tmp/containerd.log 2>&1 &
containerd=$!
await containerd ctr
ctr -n k8s.io images import --snapshotter=overlayfs /tmp/all.tar
# By this label the CRI plugin knows images as its own.
for image in $(ctr -n k8s.io images ls -q); do
	ctr -n k8s.io images label "$image" io.cri-containerd.image=managed >/dev/null
done

dockerd --bridge=none --iptables=false --ip6tables=false --ip-forward=false --storage-driver=overlay2 >/tmp/dockerd.log 2>&1 &
dockerd=$!
await dockerd docker
docker load --input /tmp/docker.tar

kill $dockerd
wait $dockerd
kill $containerd
wait $containerd
