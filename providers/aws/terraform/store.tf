# Payloads that are larger than EC2's user-data may be. Machines fetch theirs
# with the role that they have.

resource "aws_s3_bucket" "payloads" {
  count         = length(var.objects) > 0 ? 1 : 0
  bucket        = var.store
  force_destroy = true
}

resource "aws_s3_bucket_public_access_block" "payloads" {
  count                   = length(aws_s3_bucket.payloads)
  bucket                  = aws_s3_bucket.payloads[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "payloads" {
  count  = length(aws_s3_bucket.payloads)
  bucket = aws_s3_bucket.payloads[0].id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = local.kms_key_id == null ? "AES256" : "aws:kms"
      kms_master_key_id = local.kms_key_id
    }
  }
}

resource "aws_s3_bucket_policy" "encrypted_only" {
  count  = length(aws_s3_bucket.payloads)
  bucket = aws_s3_bucket.payloads[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.payloads[0].arn, "${aws_s3_bucket.payloads[0].arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
  depends_on = [aws_s3_bucket_public_access_block.payloads]
}

resource "aws_s3_object" "payload" {
  for_each    = var.objects
  bucket      = aws_s3_bucket.payloads[0].id
  key         = each.key
  source      = "${path.module}/../${each.value}"
  source_hash = filesha256("${path.module}/../${each.value}")
  depends_on = [
    aws_s3_bucket_policy.encrypted_only,
    aws_s3_bucket_server_side_encryption_configuration.payloads,
  ]
}

locals {
  kms_key_id = var.kms_key_id == "" ? null : var.kms_key_id
}
