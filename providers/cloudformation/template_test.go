package cloudformation_test

import (
	"encoding/base64"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/docs/examples"
)

// template is cloudformation/cluster.json of a config, and the files beside it.
func template(t *testing.T, config string) (object, map[string]string) {
	t.Helper()
	found := files(compile(t, config))
	return parse(t, found["cloudformation/cluster.json"]), found
}

// at looks into JSON: keys and the numbers of list items, with dots between them.
func (o object) at(path string) any {
	var v any = map[string]any(o)
	for key := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[key]
		case []any:
			if n := slices.Index([]string{"0", "1", "2", "3", "4", "5"}, key); n >= 0 && n < len(in) {
				v = in[n]
			} else {
				v = nil
			}
		default:
			return nil
		}
	}
	return v
}

// resources are those of a type, by their IDs in order.
func (o object) resources(kind string) []string {
	all := o["Resources"].(map[string]any)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(id string) bool {
		return all[id].(map[string]any)["Type"] != kind
	})
}

// want compares what is at paths within the resources with JSON texts.
func (o object) want(t *testing.T, values map[string]string) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(values)) {
		want := parse(t, `{"v": `+values[path]+`}`)["v"]
		if diff := cmp.Diff(want, o.at("Resources."+path)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", path, diff)
		}
	}
}

func example(t *testing.T) (object, map[string]string) {
	t.Helper()
	text, ok := examples.Get("cloudformation")
	if !ok {
		t.Fatal("docs/examples has no cloudformation.json")
	}
	return template(t, string(text))
}

func TestExampleResources(t *testing.T) {
	t.Parallel()
	o, _ := example(t)
	got := map[string]int{}
	for _, r := range o["Resources"].(map[string]any) {
		got[r.(map[string]any)["Type"].(string)]++
	}
	want := map[string]int{
		"AWS::EC2::VPC": 1, "AWS::EC2::InternetGateway": 1, "AWS::EC2::VPCGatewayAttachment": 1, "AWS::EC2::RouteTable": 1, "AWS::EC2::Route": 1,
		"AWS::EC2::Subnet": 3, "AWS::EC2::SubnetRouteTableAssociation": 3,
		"AWS::EC2::SecurityGroup": 3, "AWS::EC2::SecurityGroupIngress": 1,
		"AWS::Route53::HostedZone": 1, "AWS::Route53::RecordSet": 1,
		"AWS::IAM::Role": 2, "AWS::IAM::InstanceProfile": 2,
		"AWS::EC2::Instance": 3, "AWS::EC2::Volume": 3, "AWS::EC2::LaunchTemplate": 5, "AWS::AutoScaling::AutoScalingGroup": 2,
		"AWS::ElasticLoadBalancingV2::LoadBalancer": 1, "AWS::ElasticLoadBalancingV2::TargetGroup": 1, "AWS::ElasticLoadBalancingV2::Listener": 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestMachines(t *testing.T) {
	t.Parallel()
	o, found := example(t)
	o.want(t, map[string]string{
		"ControlPlane1.Condition":                 `"ControlPlane1Runs"`,
		"ControlPlane1.Properties.LaunchTemplate": `{"LaunchTemplateId": {"Ref": "ControlPlane1Template"}, "Version": {"Ref": "ControlPlane1Version"}}`,
		"ControlPlane1.Properties.Volumes":        `[{"Device": "/dev/sdf", "VolumeId": {"Ref": "ControlPlane1Etcd"}}]`,
		"ControlPlane1.DependsOn":                 `["APIName", "DefaultRoute", "Inside", "SubnetARoutes", "SubnetBRoutes", "SubnetCRoutes"]`,
		"ControlPlane1Template.Properties.LaunchTemplateData.NetworkInterfaces": `[{"DeviceIndex": 0, "AssociatePublicIpAddress": true, "DeleteOnTermination": true,
			"Groups": [{"Ref": "MachineGroup"}, {"Ref": "ControlPlaneGroup"}], "SubnetId": {"Ref": "SubnetB"}, "PrivateIpAddress": "10.0.64.10"}]`,
		"ControlPlane1Template.Properties.LaunchTemplateData.BlockDeviceMappings": `[{"DeviceName": "/dev/sda1",
			"Ebs": {"VolumeType": "gp3", "VolumeSize": 30, "Encrypted": true, "DeleteOnTermination": true}}]`,
		"ControlPlane1Template.Properties.LaunchTemplateData.ImageId":      `{"Ref": "ImageUbuntuAmd64"}`,
		"ControlPlane1Template.Properties.LaunchTemplateData.InstanceType": `"t3.medium"`,
		"ControlPlane1Etcd.Properties.AvailabilityZone":                    `{"Fn::Sub": "${AWS::Region}b"}`,
		"ControlPlane1Etcd.Properties.Encrypted":                           `true`,
		"ControlPlane1Etcd.Properties.Size":                                `8`,
		"ControlPlane1Etcd.DeletionPolicy":                                 `"Delete"`,
		"ControlPlane1Etcd.UpdateReplacePolicy":                            `"Snapshot"`,
		"SubnetB.Properties.AvailabilityZone":                              `{"Fn::Sub": "${AWS::Region}b"}`,
		"SubnetB.Properties.CidrBlock":                                     `"10.0.64.0/18"`,
		"APIName.Properties.ResourceRecords":                               `["10.0.0.10", "10.0.64.10", "10.0.128.10"]`,
		"APIName.Properties.Name":                                          `"api.demo.internal"`,
		"PrivateZone.Properties.Name":                                      `"demo.internal"`,
	})
	templates := map[string]string{
		"ControlPlane0Template": "controlplane-0", "ControlPlane1Template": "controlplane-1", "ControlPlane2Template": "controlplane-2",
		"PoolGeneralTemplate": "general", "PoolBatchTemplate": "batch",
	}
	for id, name := range templates {
		data := "Resources." + id + ".Properties.LaunchTemplateData."
		text, _ := o.at(data + "UserData").(string)
		payload, err := base64.StdEncoding.DecodeString(text)
		if err != nil || string(payload) != found["payloads/"+name+".cloud-init"] {
			t.Errorf("%s: the user-data is not the payload: %v", id, err)
		}
		o.want(t, map[string]string{id + ".Properties.LaunchTemplateData.MetadataOptions": `{"HttpTokens": "required", "HttpPutResponseHopLimit": 1}`})
	}
}

func TestPools(t *testing.T) {
	t.Parallel()
	o, _ := example(t)
	o.want(t, map[string]string{
		"PoolGeneral.Properties.MinSize":           `"3"`,
		"PoolGeneral.Properties.MaxSize":           `"6"`,
		"PoolGeneral.Properties.VPCZoneIdentifier": `[{"Ref": "SubnetA"}, {"Ref": "SubnetB"}, {"Ref": "SubnetC"}]`,
		"PoolGeneral.Properties.LaunchTemplate": `{"LaunchTemplateId": {"Ref": "PoolGeneralTemplate"},
			"Version": {"Fn::GetAtt": ["PoolGeneralTemplate", "LatestVersionNumber"]}}`,
		"PoolGeneral.UpdatePolicy": `{"AutoScalingRollingUpdate": {"MaxBatchSize": 1, "MinInstancesInService": 3, "PauseTime": "PT3M",
			"SuspendProcesses": ["AZRebalance", "AlarmNotification", "HealthCheck", "ReplaceUnhealthy", "ScheduledActions"]}}`,
		"PoolGeneral.Properties.Tags": `[
			{"Key": "team", "Value": "platform", "PropagateAtLaunch": true},
			{"Key": "Name", "Value": "demo-general", "PropagateAtLaunch": true},
			{"Key": "kubernetes.io/cluster/demo", "Value": "owned", "PropagateAtLaunch": true},
			{"Key": "k8s.io/cluster-autoscaler/enabled", "Value": "true", "PropagateAtLaunch": true},
			{"Key": "k8s.io/cluster-autoscaler/demo", "Value": "owned", "PropagateAtLaunch": true}]`,
		"PoolGeneralTemplate.Properties.LaunchTemplateData.InstanceMarketOptions":                `null`,
		"PoolGeneralTemplate.Properties.LaunchTemplateData.BlockDeviceMappings.0.Ebs.VolumeSize": `50`,
		"PoolGeneralTemplate.Properties.LaunchTemplateData.NetworkInterfaces.0.Groups":           `[{"Ref": "MachineGroup"}]`,
		"PoolBatch.Properties.MaxSize":                                                     `"2"`,
		"PoolBatch.UpdatePolicy.AutoScalingRollingUpdate.MinInstancesInService":            `1`,
		"PoolBatchTemplate.Properties.LaunchTemplateData.InstanceMarketOptions":            `{"MarketType": "spot"}`,
		"PoolBatchTemplate.Properties.LaunchTemplateData.InstanceType":                     `"t4g.medium"`,
		"PoolBatchTemplate.Properties.LaunchTemplateData.ImageId":                          `{"Ref": "ImageUbuntuArm64"}`,
		"PoolBatchTemplate.Properties.LaunchTemplateData.TagSpecifications.0.ResourceType": `"volume"`,
	})
}

// TestPoolNames: two pools never share an ID.
func TestPoolNames(t *testing.T) {
	t.Parallel()
	o, _ := template(t, `{"name": "demo", "workers": [{"name": "gpu-1"}, {"name": "gpu1"}, {"name": "gpux1"}, {"name": "1"}], "provider": {"cloudformation": {}}}`)
	want := []string{"Pool1", "PoolGpu1", "PoolGpuX1", "PoolGpux1"}
	if diff := cmp.Diff(want, o.resources("AWS::AutoScaling::AutoScalingGroup")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestNothingReplacesTheControlPlane: instances and their disks stay the same to
// the letter when all that a launch template has does not.
func TestNothingReplacesTheControlPlane(t *testing.T) {
	t.Parallel()
	before, _ := template(t, `{"name": "demo", "controlPlane": {"count": 3}, "provider": {"cloudformation": {}}}`)
	after, _ := template(t, `{"name": "demo", "os": {"name": "ubuntu"}, "controlPlane": {"count": 3, "size": "m7i.large", "diskGB": 50},
		"workers": [{"name": "other"}], "provider": {"cloudformation": {"images": {"ubuntu/amd64": "ami-0123456789abcdef0"}, "publicAddresses": false}}}`)
	for _, id := range []string{"ControlPlane0", "ControlPlane1", "ControlPlane2", "ControlPlane0Etcd", "ControlPlane1Etcd", "ControlPlane2Etcd"} {
		if diff := cmp.Diff(before.at("Resources."+id), after.at("Resources."+id)); diff != "" || before.at("Resources."+id) == nil {
			t.Errorf("%s is not the same: -before +after:\n%s", id, diff)
		}
	}
	if cmp.Equal(before.at("Resources.ControlPlane0Template"), after.at("Resources.ControlPlane0Template")) {
		t.Error("the launch template is the same, so that this shows nothing")
	}
	if id := after.at("Resources.ControlPlane0Template.Properties.LaunchTemplateData.ImageId"); id != "ami-0123456789abcdef0" {
		t.Errorf("the image is %v", id)
	}
}

// TestPayloadsAreLiterals: no function ever reads a payload.
func TestPayloadsAreLiterals(t *testing.T) {
	t.Parallel()
	_, found := example(t)
	text := found["cloudformation/cluster.json"]
	for _, call := range regexp.MustCompile(`"Fn::(Sub|Base64|Join)": ?"[^"]*"`).FindAllString(text, -1) {
		if len(call) > 100 {
			t.Errorf("a function gets %d bytes: %.100s…", len(call), call)
		}
	}
	if strings.Contains(text, "Fn::Base64") {
		t.Error("a payload would be encoded twice")
	}
}

// TestDeterministic: the same config and keys give the same bytes.
func TestDeterministic(t *testing.T) {
	t.Parallel()
	first := compile(t, three)
	again, keys := files(first), maps.Clone(first.NewPKI)
	maps.Copy(keys, authorities())
	for range 3 {
		now := files(compileWith(t, three, keys))
		for path, text := range again {
			if strings.HasPrefix(path, "cloudformation/") && now[path] != text {
				t.Errorf("%s is not the same", path)
			}
		}
	}
}
