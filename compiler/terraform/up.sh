#!/bin/sh
# Makes the cluster, or brings it to what was compiled last, and waits for it.
#   ./up          shows the plan and asks
#   ./up -y       does not ask
set -eu
cd "$(dirname "$0")"
umask 077
tf=$(command -v tofu || command -v terraform) || { echo "up needs tofu or terraform in PATH" >&2; exit 2; }
command -v kubectl >/dev/null || { echo "up needs kubectl in PATH" >&2; exit 2; }
approve=
case ${1-} in
'') ;;
-y | --yes) approve=-auto-approve ;;
*) echo "usage: $0 [-y]" >&2; exit 2 ;;
esac

"$tf" -chdir=terraform init -input=false >terraform/init.log || { cat terraform/init.log >&2; exit 1; }
"$tf" -chdir=terraform apply $approve
"$tf" -chdir=terraform output -raw kubeconfig >kubeconfig.new
mv kubeconfig.new kubeconfig.public
exec ./wait kubeconfig.public
