package schema

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// The forms of names that several checks share. Every run compiles them, so
// that lengths are checked apart: a counted repetition is compiled that often.
var (
	dnsLabel = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
	// labelName is the part of a label's key after "/", and a label's value.
	labelName = regexp.MustCompile(`^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$`)
	// registryHost is a host with an optional port, as image references begin.
	registryHost = regexp.MustCompile(`^([a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?$`)
	// imagePath is what follows the host.
	imagePath = regexp.MustCompile(`^[a-z0-9]+([._/-]+[a-z0-9]+)*$`)
	imageTag  = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)
	imageHash = regexp.MustCompile(`^sha256:[0-9a-f]+$`)
)

// isDNSLabel says whether s can name a machine.
func isDNSLabel(s string) bool { return len(s) <= 63 && dnsLabel.MatchString(s) }

// isDNSName says whether s is one or more DNS labels.
func isDNSName(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if !isDNSLabel(label) {
			return false
		}
	}
	return true
}

// isHost says whether s is a DNS name or an address. What has only digits and
// dots is meant as an address.
func isHost(s string) bool {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Zone() == ""
	}
	return isDNSName(strings.ToLower(s)) && strings.Trim(s, "0123456789.") != ""
}

// isWebURL says whether s is an http or https URL with a host. What RFC 3986
// wants escaped is refused: curl would make several URLs of one with braces.
func isWebURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		!strings.ContainsAny(s, " \t\r\n\"'\\<>{}|^`")
}

// isReference says whether s is an image reference, and gives its tag.
func isReference(s string) (tag string, ok bool) {
	s, hash, hashed := strings.Cut(s, "@")
	if hashed && (len(hash) != len("sha256:")+64 || !imageHash.MatchString(hash)) {
		return "", false
	}
	if at := strings.LastIndexByte(s, ':'); at > strings.LastIndexByte(s, '/') {
		s, tag = s[:at], s[at+1:]
		if len(tag) > 128 || !imageTag.MatchString(tag) {
			return "", false
		}
	}
	host, rest, deep := strings.Cut(s, "/")
	if !deep {
		return tag, imagePath.MatchString(s)
	}
	return tag, registryHost.MatchString(host) && imagePath.MatchString(rest)
}

// withoutPort is the host of "host:port".
func withoutPort(s string) string {
	if host, port, ok := strings.Cut(s, ":"); ok && port != "" && strings.Trim(port, "0123456789") == "" {
		return host
	}
	return s
}

// hasControl says whether s has characters that no line of a file should have.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// isLabelKey says whether s is a label's key: a name, or a DNS name, "/" and a
// name.
func isLabelKey(s string) bool {
	domain, name, ok := strings.Cut(s, "/")
	if !ok {
		domain, name = "a", s
	}
	return isDNSName(domain) && len(name) <= 63 && labelName.MatchString(name)
}

// isLabelValue says whether s is a label's value; it may be empty.
func isLabelValue(s string) bool {
	return s == "" || len(s) <= 63 && labelName.MatchString(s)
}
