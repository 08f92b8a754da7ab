# --- end
  echo "kube-anywhere: $files files, $changes changes"
  [ -z "$failed" ] || { echo "not enabled:$failed" >&2; exit 1; }
}

main "$@"
