package cloudformation

import "github.com/kube-anywhere/kube-anywhere/compiler/plan"

type instance struct {
	LaunchTemplate launchVersion
	Volumes        []mount `json:",omitempty"`
	Tags           []tag
}

type mount struct {
	Device   string
	VolumeId value
}

type volume struct {
	AvailabilityZone value
	VolumeType       string
	Size             int
	Encrypted        bool
	KmsKeyId         string `json:",omitempty"`
	Tags             []tag
}

func (instance) resourceType() string { return "AWS::EC2::Instance" }
func (volume) resourceType() string   { return "AWS::EC2::Volume" }

// addMachine makes the n-th control-plane machine. CloudFormation would restart
// an instance whose user-data changed, and replace one whose image changed, all
// of them at a time. So an instance has nothing that can change but the number of
// a version of its launch template, which is a parameter: a control plane is
// replaced one machine at a time, by its operator, and never because a payload or
// an image changed.
func (c *cluster) addMachine(n int, b plan.Payload) {
	t, id, name := &c.template, machineID(n), c.plan.Name+"-"+b.Name
	t.Parameters[id+"Version"] = parameter{
		Type:           "String",
		Description:    "The version of its launch template that " + b.Name + " runs; 0 takes the machine away, and leaves its etcd disk",
		Default:        "1",
		AllowedPattern: "[0-9]+",
	}
	t.Conditions[id+"Runs"] = map[string][]value{"Fn::Not": {map[string][]value{"Fn::Equals": {ref(id + "Version"), "0"}}}}
	template := t.add(id+"Template", resource{Properties: launchTemplate{c.launch(b, c.controlPlaneProfile, networkInterface{
		Groups:           []value{c.machineGroup, c.controlPlaneGroup},
		SubnetId:         c.subnets[n%len(c.subnets)],
		PrivateIpAddress: b.Role.Addresses[0].String(),
	})}})
	machine := instance{
		LaunchTemplate: launchVersion{template, ref(id + "Version")},
		Tags:           c.tags(name),
	}
	if c.plan.EtcdDiskGB > 0 {
		// Not by an attachment of its own, which is taken away before the machine,
		// and hangs on a disk that is in use.
		machine.Volumes = []mount{{"/dev/sdf", c.addEtcdDisk(n, b)}}
	}
	// What it fetches and asks for on its first boot is there before it.
	t.add(id, resource{Condition: id + "Runs", DependsOn: append([]string{}, c.before...), Properties: machine})
}

// addEtcdDisk makes a disk that outlives its machine, and goes with the cluster.
// Should an update ever replace it, its data stays as a snapshot.
func (c *cluster) addEtcdDisk(n int, b plan.Payload) value {
	return c.template.add(machineID(n)+"Etcd", resource{
		DeletionPolicy:      "Delete",
		UpdateReplacePolicy: "Snapshot",
		Properties: volume{
			AvailabilityZone: zone(c.options.Zones[n%len(c.options.Zones)]),
			VolumeType:       "gp3",
			Size:             c.plan.EtcdDiskGB,
			Encrypted:        true,
			KmsKeyId:         c.options.KMSKeyID,
			Tags:             c.tags(c.plan.Name + "-" + b.Name + "-etcd"),
		},
	})
}
