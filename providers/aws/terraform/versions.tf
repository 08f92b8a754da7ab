terraform {
  required_version = ">= 1.6"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = var.region
  default_tags {
    tags = merge(var.tags, {
      # By this tag cloud controllers and autoscalers know what is the cluster's.
      "kubernetes.io/cluster/${var.name}" = "owned"
    })
  }
}
