  local meta=http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token answer token
  answer=$(curl -fsS -H 'Metadata-Flavor: Google' $meta) || return
  token=$(echo "$answer" | sed -n 's/.*"access_token" *: *"\([^"]*\)".*/\1/p')
  # On standard input, because anyone may read a command line.
  curl -fsS -o $2 -K - "https://storage.googleapis.com/storage/v1/b/BUCKET/o/$1?alt=media" <<TOKEN
header = "Authorization: Bearer $token"
TOKEN
