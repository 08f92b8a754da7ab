package cloudformation_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const everywhere = `[{"Description": "images, packages, time, names", "IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]`

// TestFirewall: several machines are reached through the load balancer alone.
func TestFirewall(t *testing.T) {
	t.Parallel()
	o, _ := example(t)
	o.want(t, map[string]string{
		"MachineGroup.Properties.SecurityGroupIngress": `null`,
		"MachineGroup.Properties.SecurityGroupEgress":  everywhere,
		"Inside.Properties": `{"GroupId": {"Ref": "MachineGroup"}, "Description": "machines and pods, among each other",
			"IpProtocol": "-1", "SourceSecurityGroupId": {"Ref": "MachineGroup"}}`,
		"ControlPlaneGroup.Properties.SecurityGroupIngress": `[{"Description": "the load balancer, and its health checks",
			"IpProtocol": "tcp", "FromPort": 6443, "ToPort": 6443, "SourceSecurityGroupId": {"Ref": "BalancerGroup"}}]`,
		"BalancerGroup.Properties.SecurityGroupIngress": `[{"Description": "the Kubernetes API (access.apiCIDRs)",
			"IpProtocol": "tcp", "FromPort": 6443, "ToPort": 6443, "CidrIp": "203.0.113.0/24"}]`,
		"BalancerGroup.Properties.SecurityGroupEgress.2": `{"Description": "controlplane-2",
			"IpProtocol": "tcp", "FromPort": 6443, "ToPort": 6443, "CidrIp": "10.0.128.10/32"}`,
		"Balancer.Properties.SecurityGroups":       `[{"Ref": "BalancerGroup"}]`,
		"Balancer.Properties.Scheme":               `"internet-facing"`,
		"Targets.Properties.Targets":               `[{"Id": "10.0.0.10"}, {"Id": "10.0.64.10"}, {"Id": "10.0.128.10"}]`,
		"Targets.Properties.HealthCheckPath":       `"/readyz"`,
		"Targets.Properties.TargetGroupAttributes": `[{"Key": "preserve_client_ip.enabled", "Value": "true"}]`,
		"Listener.Properties.Port":                 `6443`,
		"Listener.Properties.DefaultActions":       `[{"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}]`,
	})
	if host := o.at("Outputs.APIHost.Value"); !cmp.Equal(host, any(map[string]any{"Fn::GetAtt": []any{"Balancer", "DNSName"}})) {
		t.Errorf("the API is at %v", host)
	}
}

// TestOneGroupIsTheClusters: cloud controllers refuse machines with two security
// groups that have the cluster's tag.
func TestOneGroupIsTheClusters(t *testing.T) {
	t.Parallel()
	o, found := example(t)
	var tagged []string
	for _, id := range o.resources("AWS::EC2::SecurityGroup") {
		for _, tag := range o.at("Resources." + id + ".Properties.Tags").([]any) {
			if tag.(map[string]any)["Key"] == "kubernetes.io/cluster/demo" {
				tagged = append(tagged, id)
			}
		}
	}
	if diff := cmp.Diff([]string{"MachineGroup"}, tagged); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	// A tag of the stack would be on all of them.
	lacks(t, found["up"]+found["cloudformation/stack.sh"], "--tags")
}

func TestSingleMachine(t *testing.T) {
	t.Parallel()
	o, _ := template(t, `{"name": "demo", "access": {"sshCIDRs": ["203.0.113.7/32"]}, "provider": {"cloudformation": {}}}`)
	o.want(t, map[string]string{
		"Address.Properties.InstanceId": `{"Fn::If": ["ControlPlane0Runs", {"Ref": "ControlPlane0"}, {"Ref": "AWS::NoValue"}]}`,
		"Address.DependsOn":             `["GatewayAttachment"]`,
		"MachineGroup.Properties.SecurityGroupIngress": `[{"Description": "ssh (access.sshCIDRs)",
			"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "203.0.113.7/32"}]`,
		"ControlPlaneGroup.Properties.SecurityGroupIngress": `[{"Description": "the Kubernetes API (access.apiCIDRs)",
			"IpProtocol": "tcp", "FromPort": 6443, "ToPort": 6443, "CidrIp": "0.0.0.0/0"}]`,
		"Balancer": `null`, "BalancerGroup": `null`, "PrivateZone": `null`,
	})
	if ssh := o.at("Outputs.SSH.Value"); ssh != "ssh core@ADDRESS" {
		t.Errorf("ssh is %v", ssh)
	}
}

// TestClosed: with an endpoint of the user's own, or nobody let in, nothing public
// is made for the API.
func TestClosed(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]string{
		"one machine":    `{"name": "demo", "access": {"apiCIDRs": []}, "provider": {"cloudformation": {}}}`,
		"three machines": `{"name": "demo", "controlPlane": {"count": 3}, "access": {"apiCIDRs": []}, "provider": {"cloudformation": {}}}`,
		"own endpoint":   `{"name": "demo", "controlPlane": {"count": 3, "endpoint": "api.example.com"}, "access": {"apiCIDRs": []}, "provider": {"cloudformation": {}}}`,
	} {
		o, _ := template(t, config)
		o.want(t, map[string]string{"Balancer": `null`, "Address": `null`, "ControlPlaneGroup.Properties.SecurityGroupIngress": `null`})
		want := map[string]string{"one machine": "10.0.0.10", "three machines": "api.demo.internal", "own endpoint": "api.example.com"}[name]
		if host := o.at("Outputs.APIHost.Value"); host != want {
			t.Errorf("%s: the API is at %v, expected %s", name, host, want)
		}
	}
}

func TestExistingNetwork(t *testing.T) {
	t.Parallel()
	o, _ := template(t, existing)
	for _, kind := range []string{"VPC", "InternetGateway", "VPCGatewayAttachment", "Subnet", "RouteTable", "Route", "SubnetRouteTableAssociation"} {
		if ids := o.resources("AWS::EC2::" + kind); len(ids) > 0 {
			t.Errorf("%q are made in a network that exists", ids)
		}
	}
	o.want(t, map[string]string{
		"MachineGroup.Properties.VpcId": `"vpc-0a1b2c3d4e5f67890"`,
		"PrivateZone.Properties.VPCs":   `[{"VPCId": "vpc-0a1b2c3d4e5f67890", "VPCRegion": {"Ref": "AWS::Region"}}]`,
		"ControlPlane1Template.Properties.LaunchTemplateData.NetworkInterfaces.0.SubnetId":                 `"subnet-0a1b2c3d4e5f67891"`,
		"ControlPlane2Template.Properties.LaunchTemplateData.NetworkInterfaces.0.SubnetId":                 `"subnet-0a1b2c3d4e5f67890"`,
		"ControlPlane2Template.Properties.LaunchTemplateData.NetworkInterfaces.0.PrivateIpAddress":         `"172.31.0.11"`,
		"ControlPlane2Template.Properties.LaunchTemplateData.NetworkInterfaces.0.AssociatePublicIpAddress": `false`,
		"PoolWorker.Properties.VPCZoneIdentifier":                                                          `["subnet-0a1b2c3d4e5f67890", "subnet-0a1b2c3d4e5f67891"]`,
		"ControlPlane0.Properties.Volumes":                                                                 `null`,
		"ControlPlane0Etcd":                                                                                `null`,
		"ControlPlane0.DependsOn":                                                                          `["APIName", "Inside"]`,
	})
}

// TestRights: machines read their own role's objects, and decrypt them; nothing
// more without the cloud-controller-manager.
func TestRights(t *testing.T) {
	t.Parallel()
	const key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	config := strings.Replace(large, `"cloudformation": {}`, `"cloudformation": {"kmsKeyID": "`+key+`"}`, 1)
	o, found := template(t, config)
	bucket, name := "", ""
	for path := range found {
		if object, ok := strings.CutPrefix(path, "objects/"); ok {
			name = object
		}
	}
	store := object(parse(t, found["cloudformation/store.json"]))
	bucket, _ = store.at("Resources.Bucket.Properties.BucketName").(string)
	o.want(t, map[string]string{
		"ControlPlaneRole.Properties.Policies": `[{"PolicyName": "payload", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
			{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [{"Fn::Sub": "arn:${AWS::Partition}:s3:::` + bucket + `/` + name + `"}]},
			{"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": ["` + key + `"]}]}}]`,
		"WorkerRole.Properties.Policies":                       `null`,
		"ControlPlane0Etcd.Properties.KmsKeyId":                `"` + key + `"`,
		"ControlPlaneRole.Properties.AssumeRolePolicyDocument": `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": ["sts:AssumeRole"]}]}`,
	})
	store.want(t, map[string]string{
		"Bucket.Properties.PublicAccessBlockConfiguration":              `{"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true}`,
		"Bucket.Properties.BucketEncryption":                            `{"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "` + key + `"}}]}`,
		"EncryptedOnly.Properties.PolicyDocument.Statement.0.Effect":    `"Deny"`,
		"EncryptedOnly.Properties.PolicyDocument.Statement.0.Condition": `{"Bool": {"aws:SecureTransport": "false"}}`,
	})
	plain, _ := example(t)
	plain.want(t, map[string]string{"ControlPlaneRole.Properties.Policies": `null`, "WorkerRole.Properties.Policies": `null`})
}

// TestCloudControllers: the control plane alone may do what they do, and change
// nothing that is not the cluster's.
func TestCloudControllers(t *testing.T) {
	t.Parallel()
	o, found := template(t, `{"name": "demo", "addons": {"cloud-controller-manager": {"enabled": true}}, "provider": {"cloudformation": {}}}`)
	if name := o.at("Resources.ControlPlaneRole.Properties.Policies.0.PolicyName"); name != "cloud-controller-manager" {
		// The payload may be too large for user-data, and have a policy before it.
		if name = o.at("Resources.ControlPlaneRole.Properties.Policies.1.PolicyName"); name != "cloud-controller-manager" {
			t.Errorf("the control plane has no policy for it: %v", name)
		}
	}
	for _, statement := range o.at("Resources.ControlPlaneRole.Properties.Policies").([]any) {
		for _, s := range object(statement.(map[string]any)).at("PolicyDocument.Statement").([]any) {
			checkStatement(t, s.(map[string]any))
		}
	}
	o.want(t, map[string]string{"WorkerRole.Properties.Policies": `null`})
	if !strings.Contains(found["machines/worker/opt/bin/provider-id"], "169.254.169.254") {
		t.Error("workers do not ask which instance they are")
	}
}

// checkStatement: what changes things names them, or makes new ones.
func checkStatement(t *testing.T, s object) {
	t.Helper()
	for _, action := range s["Action"].([]any) {
		_, verb, _ := strings.Cut(action.(string), ":")
		harmless := strings.HasPrefix(verb, "Describe") || strings.HasPrefix(verb, "Create") || verb == "AddTags"
		if bound := s["Condition"] != nil || s.at("Resource.0") != "*"; !harmless && !bound || verb == "*" || verb == "CreateTags" && !bound {
			t.Errorf("%s is allowed on everything", action)
		}
	}
}
