package schema

import "math"

// span is the whole numbers from least to most.
type span struct{ least, most int64 }

// kubeletNumbers are settings for which the kubelet of every supported version
// has bounds, and starts only within them. Those without an upper one end where
// its type (int32, and once int64) does.
// https://github.com/kubernetes/kubernetes/blob/v1.37.1/pkg/kubelet/apis/config/validation/validation.go
var kubeletNumbers = map[string]span{
	"containerLogMaxFiles":        {2, math.MaxInt32},
	"containerLogMaxWorkers":      {1, math.MaxInt32},
	"eventBurst":                  {0, math.MaxInt32},
	"eventRecordQPS":              {0, math.MaxInt32},
	"imageGCHighThresholdPercent": {0, 100},
	"imageGCLowThresholdPercent":  {0, 100},
	"iptablesDropBit":             {0, 31},
	"iptablesMasqueradeBit":       {0, 31},
	"kubeAPIBurst":                {0, math.MaxInt32},
	"kubeAPIQPS":                  {0, math.MaxInt32},
	"maxOpenFiles":                {0, math.MaxInt64},
	"maxParallelImagePulls":       {1, math.MaxInt32},
	"maxPods":                     {0, math.MaxInt32},
	"nodeLeaseDurationSeconds":    {0, math.MaxInt32}, // 0 means the default
	"nodeStatusMaxImages":         {-1, math.MaxInt32},
	"oomScoreAdj":                 {-1000, 1000},
	"podsPerCore":                 {0, math.MaxInt32},
	"registryBurst":               {0, math.MaxInt32},
	"registryPullQPS":             {0, math.MaxInt32},
}

// evictionSettings are settings whose names are eviction signals.
var evictionSettings = []string{"evictionHard", "evictionMinimumReclaim", "evictionSoft", "evictionSoftGracePeriod"}

// evictionSignals are what the kubelet knows of, in 1.34 to 1.37.
// https://github.com/kubernetes/kubernetes/blob/v1.37.1/pkg/kubelet/eviction/api/types.go
var evictionSignals = []string{
	"allocatableMemory.available", "containerfs.available", "containerfs.inodesFree", "imagefs.available",
	"imagefs.inodesFree", "memory.available", "nodefs.available", "nodefs.inodesFree", "pid.available",
}
