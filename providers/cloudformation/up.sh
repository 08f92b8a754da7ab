#!/bin/sh
# Makes the cluster, or brings it to what was compiled last, and waits for it.
#   ./up                  shows what will change and asks
#   ./up -y               does not ask
#   ./up --replace NAME   makes one control-plane machine anew, with its newest
#                         payload; its etcd disk stays
set -eu
cd "$(dirname "$0")"
umask 077
. cloudformation/settings
. cloudformation/stack.sh

replace=''
while [ $# -gt 0 ]; do
	case $1 in
	-y | --yes) yes=1 ;;
	--replace)
		replace=${2-}
		shift
		[ -n "$(id_of "$replace")" ] || { echo "--replace takes one of: $machines" >&2; exit 2; }
		;;
	*) echo "usage: $0 [-y] [--replace NAME]" >&2; exit 2 ;;
	esac
	shift
done
needs aws kubectl

# newest_images prints parameters: the newest image of each OS, from those who make
# it.
newest_images() {
	while read -r parameter owner architecture name description; do
		set -- Name=state,Values=available "Name=architecture,Values=$architecture" "Name=name,Values=$name"
		[ -z "$description" ] || set -- "$@" "Name=description,Values=$description"
		image=$(ec2 describe-images --owners "$owner" --filters "$@" --query 'sort_by(Images, &CreationDate)[-1].ImageId') || return
		case $image in
		ami-*) echo "ParameterKey=$parameter,ParameterValue=$image" ;;
		*)
			echo "$owner has no image $name in $region: name one in provider.cloudformation.images" >&2
			return 1
			;;
		esac
	done <cloudformation/images
}

# version_of MACHINE prints the version of its launch template that a machine runs:
# 0 while it is being replaced, nothing before it was made.
version_of() {
	cfn describe-stacks --stack-name "$stack" --query "Stacks[0].Parameters[?ParameterKey=='$(id_of "$1")Version'].ParameterValue"
}

# newest_version MACHINE prints the newest that there is.
newest_version() {
	id=$(cfn describe-stack-resource --stack-name "$stack" --logical-resource-id "$(id_of "$1")Template" \
		--query StackResourceDetail.PhysicalResourceId) || return
	ec2 describe-launch-templates --launch-template-ids "$id" --query 'LaunchTemplates[0].LatestVersionNumber'
}

# versions STEP prints parameters: machines stay at the version that they run. The
# one to be replaced goes in the step "without", and comes back as its newest in
# the step "whole".
versions() {
	for machine in $machines; do
		version=$(version_of "$machine") || return
		if [ "$machine" = "$replace" ]; then
			case $1 in
			without) version=0 ;;
			whole) version=$(newest_version "$machine") || return ;;
			esac
		fi
		[ -z "$version" ] || echo "ParameterKey=$(id_of "$machine")Version,ParameterValue=$version"
	done
}

# cluster STEP brings the cluster's stack to its template.
cluster() {
	parameters=$(newest_images)
	[ -z "$standing" ] || parameters="$parameters $(versions "$1")"
	# shellcheck disable=SC2086 # one word for each
	set -- $parameters
	[ $# -eq 0 ] || set -- --parameters "$@"
	change "$stack" "$template_from" "$template" --capabilities CAPABILITY_IAM "$@"
}

standing=$(status_of "$stack")
if [ -z "$standing" ] && [ -n "$replace" ]; then
	echo "there is no $replace yet: ./up makes it" >&2
	exit 2
fi
if [ -e cloudformation/store.json ]; then
	change "$stack-store" --template-body file://cloudformation/store.json
	upload
fi
if [ -n "$standing" ]; then
	for machine in $machines; do
		if [ "$(version_of "$machine")" = 0 ]; then
			echo "the replacement of $machine was cut short: this run ends it, and begins no other"
			replace=$machine
		fi
	done
	[ -z "$replace" ] || cluster without
fi
cluster whole
tidy

host=$(cfn describe-stacks --stack-name "$stack" --query "Stacks[0].Outputs[?OutputKey=='APIHost'].OutputValue")
case $host in
'' | None) echo "$stack has no output APIHost" >&2; exit 1 ;;
esac
# The certificate has no public address: clients check the name "kubernetes"
# instead (tls-server-name), so that only the server's place changes here.
sed "s|^\( *server: \).*|\1https://$host:6443|" kubeconfig >kubeconfig.new
mv kubeconfig.new kubeconfig.public
cfn describe-stacks --stack-name "$stack" --query 'Stacks[0].Outputs[].[OutputKey, OutputValue]'
exec ./wait kubeconfig.public
