package cloudformation

import "github.com/kube-anywhere/kube-anywhere/compiler/plan"

type role struct {
	AssumeRolePolicyDocument policy
	Policies                 []namedPolicy `json:",omitempty"`
	Tags                     []tag
}

type instanceProfile struct{ Roles []value }

type namedPolicy struct {
	PolicyName     string
	PolicyDocument policy
}

type policy struct {
	Version   string
	Statement []statement
}

// statement is one of a policy. It names a principal or resources.
type statement struct {
	Effect    string
	Principal value `json:",omitempty"`
	Action    []string
	Resource  []value `json:",omitempty"`
	Condition value   `json:",omitempty"`
}

func (role) resourceType() string            { return "AWS::IAM::Role" }
func (instanceProfile) resourceType() string { return "AWS::IAM::InstanceProfile" }

// statements are a policy in the only version of the language that has all of it.
func statements(list ...statement) policy { return policy{Version: "2012-10-17", Statement: list} }

// addIdentities is what machines may do in AWS: read their own payload where it
// is an object, and with the cloud-controller-manager what that does. Nothing
// else.
func (c *cluster) addIdentities() {
	policies := c.payloadPolicies(c.machines)
	if c.plan.CloudControllers() {
		policies = append(policies, namedPolicy{"cloud-controller-manager", c.cloudControllers()})
	}
	c.controlPlaneProfile = c.addIdentity("ControlPlane", "control-plane", policies)
	if len(c.pools) > 0 {
		c.workerProfile = c.addIdentity("Worker", "worker", c.payloadPolicies(c.pools))
	}
}

func (c *cluster) addIdentity(id, name string, policies []namedPolicy) value {
	made := c.template.add(id+"Role", resource{Properties: role{
		AssumeRolePolicyDocument: statements(statement{
			Effect:    "Allow",
			Principal: map[string]string{"Service": "ec2.amazonaws.com"},
			Action:    []string{"sts:AssumeRole"},
		}),
		Policies: policies,
		Tags:     c.tags(c.plan.Name + "-" + name),
	}})
	return c.template.add(id+"Profile", resource{Properties: instanceProfile{Roles: []value{made}}})
}

// payloadPolicies let machines read the objects of their role. A worker's holds
// no more than any worker may know; the control plane's hold every key.
func (c *cluster) payloadPolicies(payloads []plan.Payload) []namedPolicy {
	var objects []value
	for _, b := range payloads {
		if b.Object != "" {
			objects = append(objects, fill("arn:${AWS::Partition}:s3:::"+c.store.Name+"/"+b.ObjectName))
		}
	}
	if len(objects) == 0 {
		return nil
	}
	list := []statement{{Effect: "Allow", Action: []string{"s3:GetObject"}, Resource: objects}}
	if c.options.KMSKeyID != "" {
		list = append(list, statement{Effect: "Allow", Action: []string{"kms:Decrypt"}, Resource: []value{c.options.KMSKeyID}})
	}
	return []namedPolicy{{"payload", statements(list...)}}
}

// cloudControllers is what the cloud-controller-manager does.
// https://cloud-provider-aws.sigs.k8s.io/prerequisites/
func (c *cluster) cloudControllers() policy {
	everything := []value{"*"}
	return statements(
		statement{Effect: "Allow", Resource: everything, Action: []string{
			"autoscaling:DescribeAutoScalingGroups",
			"ec2:DescribeAvailabilityZones",
			"ec2:DescribeInstances",
			"ec2:DescribeInstanceTopology",
			"ec2:DescribeRegions",
			"ec2:DescribeRouteTables",
			"ec2:DescribeSecurityGroups",
			"ec2:DescribeSubnets",
			"ec2:DescribeVolumes",
			"ec2:DescribeVpcs",
			"elasticloadbalancing:DescribeListeners",
			"elasticloadbalancing:DescribeLoadBalancerAttributes",
			"elasticloadbalancing:DescribeLoadBalancerPolicies",
			"elasticloadbalancing:DescribeLoadBalancers",
			"elasticloadbalancing:DescribeTags",
			"elasticloadbalancing:DescribeTargetGroups",
			"elasticloadbalancing:DescribeTargetHealth",
		}},
		// What is made has no tags yet; what it is made for has.
		statement{Effect: "Allow", Resource: everything, Action: []string{
			"ec2:CreateSecurityGroup", "elasticloadbalancing:AddTags", "elasticloadbalancing:Create*",
		}},
		// It gives tags to nothing else in EC2. Who may tag a thing as the cluster's
		// may do with it whatever the last statement allows.
		statement{Effect: "Allow", Resource: []value{fill("arn:${AWS::Partition}:ec2:*:*:security-group/*")}, Action: []string{"ec2:CreateTags"}},
		statement{
			Effect: "Allow", Resource: everything,
			Condition: map[string]any{"StringEquals": map[string]string{"aws:ResourceTag/kubernetes.io/cluster/" + c.plan.Name: "owned"}},
			Action: []string{
				"ec2:AuthorizeSecurityGroupIngress",
				"ec2:DeleteSecurityGroup",
				"ec2:RevokeSecurityGroupIngress",
				"elasticloadbalancing:Delete*",
				"elasticloadbalancing:Deregister*",
				"elasticloadbalancing:Modify*",
				"elasticloadbalancing:Register*",
				"elasticloadbalancing:Set*",
			},
		},
	)
}
