package cloudformation

import (
	"strconv"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
)

type autoScalingGroup struct {
	MinSize, MaxSize  string
	VPCZoneIdentifier []value
	LaunchTemplate    launchVersion
	Tags              []launchTag
}

// launchTag is a tag that instances of a group get too.
type launchTag struct {
	tag
	PropagateAtLaunch bool
}

type updatePolicy struct{ AutoScalingRollingUpdate rollingUpdate }

type rollingUpdate struct {
	MaxBatchSize          int
	MinInstancesInService int
	PauseTime             string
	SuspendProcesses      []string
}

func (autoScalingGroup) resourceType() string { return "AWS::AutoScaling::AutoScalingGroup" }

// addPool makes an autoscaling group. Its size is the autoscaler's between the
// limits, and an update leaves it as it is.
func (c *cluster) addPool(b plan.Payload) {
	t, id, r := &c.template, poolID(b.Name), b.Role
	data := c.launch(b, c.workerProfile, networkInterface{Groups: []value{c.machineGroup}})
	if r.Spot {
		data.InstanceMarketOptions = &marketOptions{MarketType: "spot"}
	}
	template := t.add(id+"Template", resource{Properties: launchTemplate{data}})
	t.add(id, resource{
		DependsOn:    append([]string{}, c.before...),
		UpdatePolicy: roll(r),
		Properties: autoScalingGroup{
			MinSize:           strconv.Itoa(r.Count),
			MaxSize:           strconv.Itoa(r.MaxCount),
			VPCZoneIdentifier: c.subnets,
			LaunchTemplate:    launchVersion{template, attribute(id+"Template", "LatestVersionNumber")},
			Tags:              c.poolTags(b),
		},
	})
}

// roll is how a changed launch template reaches a pool's machines: a tenth of
// them at a time.
func roll(r plan.Role) *updatePolicy {
	batch := max(1, r.Count/10)
	serving := r.Count
	if r.MaxCount-batch < serving {
		// Nothing can be added before something is taken away.
		serving = max(0, r.MaxCount-batch)
	}
	return &updatePolicy{rollingUpdate{
		MaxBatchSize:          batch,
		MinInstancesInService: serving,
		// As long as a machine takes from its power-on to a Ready node.
		PauseTime: "PT3M",
		// Each of these would start or stop machines in the midst of it.
		// https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html
		SuspendProcesses: []string{"AZRebalance", "AlarmNotification", "HealthCheck", "ReplaceUnhealthy", "ScheduledActions"},
	}}
}

// poolTags are the cluster's, and those by which cluster-autoscaler finds groups.
func (c *cluster) poolTags(b plan.Payload) []launchTag {
	tags := c.tags(c.plan.Name + "-" + b.Name)
	if b.Role.MaxCount > b.Role.Count {
		tags = append(tags, tag{"k8s.io/cluster-autoscaler/enabled", "true"}, tag{"k8s.io/cluster-autoscaler/" + c.plan.Name, "owned"})
	}
	var out []launchTag
	for _, t := range tags {
		out = append(out, launchTag{t, true})
	}
	return out
}
