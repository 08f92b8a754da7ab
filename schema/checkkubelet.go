package schema

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// checkKubeletValues looks for values with which the kubelet does not start.
// They are few, and not all: those that are easily given by accident, and that
// every supported version refuses.
func (k *checker) checkKubeletValues() {
	k.checkKubeletNumbers()
	k.checkImageGC()
	k.checkShutdown()
	k.checkEviction()
}

// kubeletSetting is a setting, nil where there is none, and its path.
func (k *checker) kubeletSetting(name string) (value any, path string) {
	return k.Kubernetes.Kubelet[name], pointer("kubernetes", "kubelet", name)
}

func (k *checker) checkKubeletNumbers() {
	for _, name := range slices.Sorted(maps.Keys(kubeletNumbers)) {
		value, path := k.kubeletSetting(name)
		if value == nil {
			continue
		}
		bounds := kubeletNumbers[name]
		switch n, ok := value.(int64); {
		case !ok:
			k.fail(codeType, path, "write it without quotes and without a fraction", "found %s, expected a whole number", describe(value))
		case n < bounds.least:
			k.fail(codeRange, path, "the kubelet would not start", "found %s, expected at least %d", describe(n), bounds.least)
		case n > bounds.most:
			k.fail(codeRange, path, "the kubelet would not start", "found %s, expected at most %d", describe(n), bounds.most)
		}
	}
}

// checkImageGC compares two settings of which a config may give one alone.
func (k *checker) checkImageGC() {
	const highName, lowName = "imageGCHighThresholdPercent", "imageGCLowThresholdPercent"
	high, highText := k.kubeletNumber(highName, 85)
	low, lowText := k.kubeletNumber(lowName, 80)
	if highText == "" || lowText == "" || high > low {
		return
	}
	value, path := k.kubeletSetting(highName)
	if value == nil {
		_, path = k.kubeletSetting(lowName)
	}
	k.fail(codeKubeletValue, path,
		"set both, for example to 80 and 70: when the disk is fuller than the high one, images are removed until it is down to the low one",
		"found %s and %s, expected the high one to be above the low one", highText, lowText)
}

// kubeletNumber is a setting, or what the kubelet takes where there is none,
// and how to speak of it. The text is empty where checkKubeletNumbers has spoken.
func (k *checker) kubeletNumber(name string, byDefault int64) (int64, string) {
	value, _ := k.kubeletSetting(name)
	if value == nil {
		return byDefault, fmt.Sprintf("%s %d (its default)", name, byDefault)
	}
	n, ok := value.(int64)
	if bounds := kubeletNumbers[name]; !ok || n < bounds.least || n > bounds.most {
		return 0, ""
	}
	return n, fmt.Sprintf("%s %d", name, n)
}

// checkShutdown looks at the time that pods have when the machine shuts down.
func (k *checker) checkShutdown() {
	const wholeName, criticalName = "shutdownGracePeriod", "shutdownGracePeriodCriticalPods"
	periods, good := map[string]time.Duration{}, true
	for _, name := range []string{wholeName, criticalName} {
		value, path := k.kubeletSetting(name)
		if value == nil {
			continue // none at all, which is the default of both
		}
		d, ok := k.checkDuration(path, value)
		if ok && d != 0 && d < time.Second {
			k.fail(codeKubeletValue, path, `for example "30s"`, "found %s, expected 0s, or at least 1s", describe(value))
			ok = false
		}
		periods[name], good = d, good && ok
	}
	whole, critical := periods[wholeName], periods[criticalName]
	if good && critical > whole {
		_, path := k.kubeletSetting(criticalName)
		k.fail(codeKubeletValue, path, "make "+wholeName+" longer: this is the last part of it, for critical pods alone",
			"found %v, longer than the %s of %v", critical, wholeName, whole)
	}
}

// checkDuration reads a duration as the kubelet does.
func (k *checker) checkDuration(path string, value any) (time.Duration, bool) {
	text, _ := value.(string)
	d, err := time.ParseDuration(text)
	if err != nil {
		k.fail(codeKubeletValue, path, `for example "1m30s"`, "found %s, expected a duration", describe(value))
	}
	return d, err == nil
}

// checkEviction looks at the signals for which the kubelet is to evict pods.
func (k *checker) checkEviction() {
	for _, name := range evictionSettings {
		value, path := k.kubeletSetting(name)
		signals, ok := value.(map[string]any)
		if value != nil && !ok {
			k.fail(codeType, path, `for example {"memory.available": "100Mi"}`, "found %s, expected an object", describe(value))
		}
		for _, signal := range slices.Sorted(maps.Keys(signals)) {
			k.checkSignal(path+pointer(signal), name, signal, signals[signal])
		}
	}
}

func (k *checker) checkSignal(path, setting, signal string, value any) {
	_, isText := value.(string)
	switch {
	case !slices.Contains(evictionSignals, signal):
		k.fail(codeKubeletValue, path, didYouMean(signal, evictionSignals, "signals"), "the kubelet has no eviction signal %s", clip(signal))
	case setting == "evictionSoftGracePeriod":
		if d, ok := k.checkDuration(path, value); ok && d < 0 {
			k.fail(codeKubeletValue, path, `for example "1m30s"`, "found %v, expected at least 0s", d)
		}
	case !isText:
		k.fail(codeType, path, `for example "100Mi", or "5%"`, "found %s, expected a text", describe(value))
	case setting == "evictionSoft":
		periods, _ := k.kubeletSetting("evictionSoftGracePeriod")
		grace, ok := periods.(map[string]any)
		if (periods == nil || ok) && grace[signal] == nil {
			k.fail(codeKubeletValue, path, fmt.Sprintf(`add evictionSoftGracePeriod with %s: "1m30s"`, quote(signal)),
				"the soft threshold %s has no grace period", signal)
		}
	}
}
