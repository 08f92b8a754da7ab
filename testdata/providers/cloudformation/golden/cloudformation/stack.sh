# shellcheck shell=sh disable=SC2154
# What ./up and ./down share: stacks, and the bucket. They read this file after
# the settings.

export AWS_PAGER=''
cfn() { aws --region "$region" --output text cloudformation "$@"; }
ec2() { aws --region "$region" --output text ec2 "$@"; }
s3() { aws --region "$region" s3 "$@" --only-show-errors; }

# needs TOOL...
needs() {
	for tool; do
		command -v "$tool" >/dev/null || { echo "$0 needs $tool in PATH" >&2; exit 2; }
	done
}

# confirm QUESTION
yes=''
confirm() {
	[ -z "$yes" ] || return 0
	printf '%s [y/N] ' "$1"
	read -r answer || answer=''
	[ "$answer" = y ] || [ "$answer" = yes ]
}

# id_of MACHINE prints what the templates call a control-plane machine.
id_of() {
	number=0
	for each in $machines; do
		[ "$each" != "$1" ] || echo "ControlPlane$number"
		number=$((number + 1))
	done
}

# status_of STACK prints CloudFormation's word for it, or nothing if there is none.
status_of() {
	# What it says goes out, and its complaints into a variable.
	{ complaint=$(cfn describe-stacks --stack-name "$1" --query 'Stacks[0].StackStatus' 2>&1 >&3 3>&-); } 3>&1 && return
	case $complaint in
	*'does not exist'*) ;;
	*) echo "$complaint" >&2; return 1 ;;
	esac
}

# follow STACK tells what happens until CloudFormation is done, and with which
# reason what failed.
follow() {
	told=''
	while :; do
		# Not at once: the status is a moment behind.
		sleep 5
		status=$(status_of "$1") || return
		case $status in
		*_IN_PROGRESS) ;;
		*) break ;;
		esac
		now=$(cfn describe-stack-events --no-paginate --stack-name "$1" --query 'StackEvents[0].[ResourceStatus, LogicalResourceId]' 2>/dev/null) || now=$told
		[ "$now" = "$told" ] || echo "$now"
		told=$now
	done
	case $status in
	'' | CREATE_COMPLETE | UPDATE_COMPLETE) return ;;
	esac
	echo "$1 is $status:" >&2
	cfn describe-stack-events --no-paginate --stack-name "$1" \
		--query "StackEvents[?contains(ResourceStatus, 'FAILED')].[LogicalResourceId, ResourceStatusReason]" >&2
	return 1
}

# delete STACK
delete() {
	cfn delete-stack --stack-name "$1"
	follow "$1"
	echo "$1 is gone"
}

# clear_failed STACK deletes one that never came up. Nothing else can be done to it.
clear_failed() {
	status=$(status_of "$1")
	case $status in
	REVIEW_IN_PROGRESS | CREATE_FAILED | ROLLBACK_COMPLETE | ROLLBACK_FAILED)
		echo "$1 never came up ($status): what is left of it goes first"
		delete "$1"
		;;
	esac
}

# change STACK ARGUMENTS... shows what a template changes, asks, and changes it.
change() {
	name=$1
	shift
	clear_failed "$name"
	type=UPDATE
	[ -n "$(status_of "$name")" ] || type=CREATE
	changes=$(cfn create-change-set --stack-name "$name" --change-set-type $type --change-set-name "up-$(date +%s)" "$@" --query Id)
	status=CREATE_PENDING
	while [ "$status" = CREATE_PENDING ] || [ "$status" = CREATE_IN_PROGRESS ]; do
		sleep 2
		status=$(cfn describe-change-set --no-paginate --change-set-name "$changes" --query Status)
	done
	if [ "$status" = FAILED ]; then
		no_changes "$changes"
		return
	fi
	echo "$name will have these changes (action, replaced, type, name):"
	cfn describe-change-set --change-set-name "$changes" --query 'Changes[].ResourceChange.[Action, Replacement, ResourceType, LogicalResourceId]'
	if ! confirm "Go on?"; then
		cfn delete-change-set --change-set-name "$changes"
		[ $type = UPDATE ] || delete "$name"
		exit 1
	fi
	cfn execute-change-set --change-set-name "$changes"
	follow "$name"
}

# no_changes CHANGES looks why CloudFormation refused a set of changes: that there
# are none is well.
no_changes() {
	reason=$(cfn describe-change-set --no-paginate --change-set-name "$1" --query StatusReason)
	cfn delete-change-set --change-set-name "$1"
	case $reason in
	*"didn't contain changes"* | *'No updates are to be performed'*) echo "$name is as it was compiled" ;;
	*) echo "$name: $reason" >&2; exit 1 ;;
	esac
}

# upload brings to the bucket what machines and CloudFormation read from there.
upload() {
	[ ! -d objects ] || s3 sync objects "s3://$bucket"
	[ "$template_from" = --template-body ] || s3 cp cloudformation/cluster.json "s3://$bucket/cluster.json"
}

# tidy takes from the bucket what nobody reads any more.
tidy() {
	if [ ! -e cloudformation/store.json ]; then
		drop_store
	elif [ -d objects ]; then
		s3 sync --delete objects "s3://$bucket"
	else
		s3 rm --recursive "s3://$bucket"
	fi
}

# drop_store removes the bucket and all that is in it.
drop_store() {
	[ -n "$(status_of "$stack-store")" ] || return 0
	# A bucket that was never made cannot be emptied, and need not be.
	s3 rm --recursive "s3://$bucket" || :
	delete "$stack-store"
}
