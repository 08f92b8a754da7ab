#!/bin/sh
# Takes everything away again that ./up made, etcd's disks included.
#   ./down        shows what goes and asks
#   ./down -y     does not ask
set -eu
cd "$(dirname "$0")"
. cloudformation/settings
. cloudformation/stack.sh

case ${1-} in
'') ;;
-y | --yes) yes=1 ;;
*) echo "usage: $0 [-y]" >&2; exit 2 ;;
esac
needs aws

found=''
for name in "$stack" "$stack-store"; do
	status=$(status_of "$name")
	[ -n "$status" ] || continue
	found=1
	cfn list-stack-resources --stack-name "$name" --query 'StackResourceSummaries[].[ResourceType, LogicalResourceId, PhysicalResourceId]'
done
[ -n "$found" ] || { echo "there is nothing to take away"; exit 0; }
confirm "Delete all of this, and the cluster's data with it?" || exit 1
delete "$stack"
drop_store
rm -f kubeconfig.public
