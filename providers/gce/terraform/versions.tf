terraform {
  required_version = ">= 1.6"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.0, < 8.0"
    }
  }
}

provider "google" {
  # Without a project here it is GOOGLE_PROJECT's.
  project        = var.project == "" ? null : var.project
  region         = var.region
  default_labels = merge(var.labels, { kubernetes-cluster = var.name })
}
