module github.com/kube-anywhere/kube-anywhere

go 1.26.0
