# What machines may do in Google Cloud: read their own payload where it is an
# object, and with the cloud-controller-manager what that does. Nothing else.

resource "google_service_account" "machine" {
  for_each     = { control-plane = "control", worker = "worker" }
  account_id   = "${var.name}-${each.value}"
  display_name = "${each.key} machines of the cluster ${var.name}"
}

locals {
  # A worker's object holds no more than any worker may know; the control
  # plane's hold every key.
  readers = merge(
    { for m in var.control_plane : m.object => "control-plane" if m.object != "" },
    { for p in var.pools : p.object => "worker" if p.object != "" },
  )
}

resource "google_storage_bucket_iam_member" "payload" {
  for_each = local.readers
  bucket   = google_storage_bucket.payloads[0].name
  role     = "roles/storage.objectViewer"
  member   = google_service_account.machine[each.value].member
  condition {
    title      = each.key
    expression = "resource.name == \"projects/_/buckets/${google_storage_bucket.payloads[0].name}/objects/${each.key}\""
  }
}

# What cloud-provider-gcp calls for Services of type LoadBalancer and for nodes:
# https://github.com/kubernetes/cloud-provider-gcp/tree/v35.0.0/providers/gce
resource "google_project_iam_custom_role" "cloud_controllers" {
  count = var.cloud_controllers ? 1 : 0
  # A deleted role's name cannot be had again for 37 days. The account's number
  # is new each time.
  role_id = "kubernetes_${google_service_account.machine["control-plane"].unique_id}"
  title   = "cloud-controller-manager of ${var.name}"
  permissions = [
    "compute.addresses.create",
    "compute.addresses.createInternal",
    "compute.addresses.delete",
    "compute.addresses.deleteInternal",
    "compute.addresses.get",
    "compute.addresses.list",
    "compute.addresses.use",
    "compute.addresses.useInternal",
    "compute.firewalls.create",
    "compute.firewalls.delete",
    "compute.firewalls.get",
    "compute.firewalls.update",
    "compute.forwardingRules.create",
    "compute.forwardingRules.delete",
    "compute.forwardingRules.get",
    "compute.forwardingRules.list",
    "compute.globalOperations.get",
    "compute.healthChecks.create",
    "compute.healthChecks.delete",
    "compute.healthChecks.get",
    "compute.healthChecks.update",
    "compute.healthChecks.useReadOnly",
    "compute.httpHealthChecks.create",
    "compute.httpHealthChecks.delete",
    "compute.httpHealthChecks.get",
    "compute.httpHealthChecks.update",
    "compute.httpHealthChecks.useReadOnly",
    "compute.instanceGroups.create",
    "compute.instanceGroups.delete",
    "compute.instanceGroups.get",
    "compute.instanceGroups.list",
    "compute.instanceGroups.update",
    "compute.instanceGroups.use",
    "compute.instances.get",
    "compute.instances.list",
    "compute.instances.use",
    "compute.networks.get",
    "compute.networks.updatePolicy",
    "compute.networks.use",
    "compute.regionBackendServices.create",
    "compute.regionBackendServices.delete",
    "compute.regionBackendServices.get",
    "compute.regionBackendServices.update",
    "compute.regionBackendServices.use",
    "compute.regionOperations.get",
    "compute.subnetworks.get",
    "compute.subnetworks.use",
    "compute.targetPools.addInstance",
    "compute.targetPools.create",
    "compute.targetPools.delete",
    "compute.targetPools.get",
    "compute.targetPools.removeInstance",
    "compute.targetPools.use",
    "compute.zoneOperations.get",
    "compute.zones.list",
  ]
}

resource "google_project_iam_member" "cloud_controllers" {
  count   = length(google_project_iam_custom_role.cloud_controllers)
  project = google_project_iam_custom_role.cloud_controllers[0].project
  role    = google_project_iam_custom_role.cloud_controllers[0].name
  member  = google_service_account.machine["control-plane"].member
}
