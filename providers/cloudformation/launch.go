package cloudformation

import (
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/providers/ec2"
)

// launchTemplate is all that an instance is made of. A changed one gets a new
// version, and touches no instance. It has no tags of its own: some changes of
// them would replace it.
type launchTemplate struct{ LaunchTemplateData launchData }

type launchData struct {
	ImageId               value
	InstanceType          string
	UserData              string
	IamInstanceProfile    profileName
	NetworkInterfaces     []networkInterface
	BlockDeviceMappings   []blockDevice
	MetadataOptions       metadataOptions
	InstanceMarketOptions *marketOptions `json:",omitempty"`
	TagSpecifications     []tagSpecification
}

type profileName struct{ Name value }

type networkInterface struct {
	DeviceIndex              int
	AssociatePublicIpAddress bool
	DeleteOnTermination      bool
	Groups                   []value
	SubnetId                 value  `json:",omitempty"`
	PrivateIpAddress         string `json:",omitempty"`
}

type blockDevice struct {
	DeviceName string
	Ebs        ebs
}

type ebs struct {
	VolumeType          string
	VolumeSize          int
	Encrypted           bool
	KmsKeyId            string `json:",omitempty"`
	DeleteOnTermination bool
}

type metadataOptions struct {
	HttpTokens              string
	HttpPutResponseHopLimit int
}

type marketOptions struct{ MarketType string }

type tagSpecification struct {
	ResourceType string
	Tags         []tag
}

// launchVersion names a launch template and one of its versions.
type launchVersion struct {
	LaunchTemplateId value
	Version          value
}

func (launchTemplate) resourceType() string { return "AWS::EC2::LaunchTemplate" }

// launch is what control-plane machines and pools have alike.
func (c *cluster) launch(b plan.Payload, profile value, network networkInterface) launchData {
	network.AssociatePublicIpAddress = c.options.PublicAddresses
	network.DeleteOnTermination = true
	return launchData{
		ImageId:            c.image(b.Role.OS),
		InstanceType:       ec2.Size(b.Role),
		UserData:           userData(b),
		IamInstanceProfile: profileName{profile},
		NetworkInterfaces:  []networkInterface{network},
		BlockDeviceMappings: []blockDevice{{
			DeviceName: publishers[b.Role.OS.Name].root,
			Ebs: ebs{
				VolumeType:          "gp3",
				VolumeSize:          b.Role.DiskGB,
				Encrypted:           true,
				KmsKeyId:            c.options.KMSKeyID,
				DeleteOnTermination: true,
			},
		}},
		// Pods are one hop further away, and get no answer.
		MetadataOptions:   metadataOptions{HttpTokens: "required", HttpPutResponseHopLimit: 1},
		TagSpecifications: []tagSpecification{{"volume", c.tags(c.plan.Name + "-" + b.Name)}},
	}
}
