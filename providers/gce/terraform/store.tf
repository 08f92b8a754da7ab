# Payloads that are larger than metadata may be. Machines fetch theirs with the
# service account that they have.

resource "google_storage_bucket" "payloads" {
  count                       = length(var.objects) > 0 ? 1 : 0
  name                        = var.store
  location                    = var.region
  force_destroy               = true
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  # They hold keys: what is deleted is gone.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  dynamic "encryption" {
    for_each = local.kms_key == null ? [] : [local.kms_key]
    content {
      default_kms_key_name = encryption.value
    }
  }
}

# Cloud Storage lets whoever may look at the project read what is in a new bucket.
# This takes their place in the role that it gives them for that; owners have
# another one as well.
# https://cloud.google.com/storage/docs/access-control/iam-roles#basic-roles-modifiable
resource "google_storage_bucket_iam_binding" "not_viewers" {
  count   = length(google_storage_bucket.payloads)
  bucket  = google_storage_bucket.payloads[0].name
  role    = "roles/storage.legacyObjectReader"
  members = ["projectOwner:${google_storage_bucket.payloads[0].project}"]
}

resource "google_storage_bucket_object" "payload" {
  for_each   = var.objects
  bucket     = google_storage_bucket.payloads[0].name
  name       = each.key
  source     = "${path.module}/../${each.value}"
  depends_on = [google_storage_bucket_iam_binding.not_viewers]
}
