package schema

import "fmt"

// checkKubeletValues looks for values with which the kubelet does not start.
// They are few, and not all: those that are easily given by accident, and that
// every supported version refuses.
func (k *checker) checkKubeletValues() {
	k.checkImageGC()
}

// checkImageGC compares two settings of which a config may give one alone.
func (k *checker) checkImageGC() {
	const highName, lowName = "imageGCHighThresholdPercent", "imageGCLowThresholdPercent"
	high, highText := k.kubeletNumber(highName, 85)
	low, lowText := k.kubeletNumber(lowName, 80)
	if highText == "" || lowText == "" || high > low {
		return
	}
	at := highName
	if k.Kubernetes.Kubelet[highName] == nil {
		at = lowName
	}
	k.fail(codeKubeletValue, pointer("kubernetes", "kubelet", at),
		"set both, for example to 80 and 70: when the disk is fuller than the high one, images are removed until it is down to the low one",
		"found %s and %s, expected the high one to be above the low one", highText, lowText)
}

// kubeletNumber is a setting, or what the kubelet takes where there is none,
// and how to speak of it. The text is empty where the setting is no number.
func (k *checker) kubeletNumber(name string, byDefault int64) (int64, string) {
	if k.Kubernetes.Kubelet[name] == nil {
		return byDefault, fmt.Sprintf("%s %d (its default)", name, byDefault)
	}
	n, ok := k.Kubernetes.Kubelet[name].(int64)
	if !ok {
		return 0, ""
	}
	return n, fmt.Sprintf("%s %d", name, n)
}
