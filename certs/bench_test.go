package certs

import "testing"

func BenchmarkIssueNew(b *testing.B) {
	for b.Loop() {
		mustIssue(b, names(1), nil)
	}
}

func BenchmarkIssueExisting(b *testing.B) {
	files := mustIssue(b, names(1), nil).New()
	for b.Loop() {
		mustIssue(b, names(1), files)
	}
}
