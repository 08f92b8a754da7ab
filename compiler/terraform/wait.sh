#!/bin/sh
# Waits until the API is healthy and every node is Ready.
#   ./wait [KUBECONFIG [SECONDS]]      kubeconfig and 1200 unless given
set -eu
cd "$(dirname "$0")"
config=${1:-kubeconfig} limit=${2:-1200} nodes=@NODES@
command -v kubectl >/dev/null || { echo "wait needs kubectl in PATH" >&2; exit 2; }

start=$(date +%s) told=
k() { kubectl --kubeconfig "$config" --request-timeout=10s "$@" 2>&1; }
state() {
	health=$(k get --raw=/readyz) || { echo "waiting for the API"; return; }
	[ "$health" = ok ] || { echo "the API is not healthy yet"; return; }
	ready=$(k get nodes --no-headers | awk '$2 ~ /^Ready/ { n++ } END { print n + 0 }')
	echo "$ready of $nodes nodes Ready"
}
while :; do
	now=$(state)
	passed=$(($(date +%s) - start))
	[ "$now" = "$told" ] || printf '%4d s  %s\n' $passed "$now"
	told=$now
	case $now in
	*' of '*) [ "${now%% of*}" -lt "$nodes" ] || break ;;
	esac
	if [ $passed -ge "$limit" ]; then
		echo "not whole after $limit s: what a machine misses is on its console, at \"node-preflight\"" >&2
		k get nodes >&2 || :
		exit 1
	fi
	sleep 5
done
echo "export KUBECONFIG=$PWD/$config"
