#!/bin/sh
# Takes everything away again that ./up made.
#   ./down        shows the plan and asks
#   ./down -y     does not ask
set -eu
cd "$(dirname "$0")"
tf=$(command -v tofu || command -v terraform) || { echo "down needs tofu or terraform in PATH" >&2; exit 2; }
approve=
case ${1-} in
'') ;;
-y | --yes) approve=-auto-approve ;;
*) echo "usage: $0 [-y]" >&2; exit 2 ;;
esac
"$tf" -chdir=terraform destroy $approve
rm -f kubeconfig.public
