package check

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
)

// GarbageToken expects that a token that was never made opens nothing.
func GarbageToken(ctx context.Context, c *cluster.Cluster) error {
	return token(c, "abcdef.0123456789abcdef").refused(ctx, "Unauthorized", "get", "--raw", "/api")
}

// ExpiredToken makes a token and sees it work until it expires, and not after.
func ExpiredToken(ctx context.Context, c *cluster.Cluster) error {
	const id, secret = "e2etok", "0123456789abcdef"
	expires := time.Now().Add(45 * time.Second)
	manifest := fmt.Sprintf(`{apiVersion: v1, kind: Secret, type: bootstrap.kubernetes.io/token,
metadata: {name: bootstrap-token-%s, namespace: kube-system},
stringData: {token-id: %s, token-secret: "%s", usage-bootstrap-authentication: "true", expiration: "%s"}}`,
		id, id, secret, expires.UTC().Format(time.RFC3339))
	if _, err := c.Apply(ctx, []byte(manifest), "apply", "-f", "-"); err != nil {
		return err
	}
	u := token(c, id+"."+secret)
	if err := lab.Until(ctx, "a new token to be known", func(ctx context.Context) error {
		return u.mayNot(ctx, "get", "secrets", "-A")
	}); err != nil {
		return err
	}
	time.Sleep(time.Until(expires) + time.Second)
	return u.refused(ctx, "Unauthorized", "get", "secrets", "-A")
}

// StolenToken expects that whoever has the workers' token can ask for a node
// certificate and do nothing else.
func StolenToken(ctx context.Context, c *cluster.Cluster) error {
	t, err := joinToken(c)
	if err != nil {
		return err
	}
	u := token(c, t)
	request, err := nodeRequest(c.Dir)
	if err != nil {
		return err
	}
	return all(
		u.may(ctx, "create", "--dry-run=server", "-f", request),
		u.mayNot(ctx, "get", "nodes"),
		u.mayNot(ctx, "get", "secrets", "-A"),
		u.mayNot(ctx, "get", "pods", "-A"),
		u.mayNot(ctx, "get", "configmaps", "-n", "kube-system"),
		u.mayNot(ctx, "create", "namespace", "e2e-stolen"),
		u.mayNot(ctx, "replace", "--raw", "/apis/certificates.k8s.io/v1/certificatesigningrequests/e2e/approval", "-f", request),
	)
}

func token(c *cluster.Cluster, t string) as {
	return as{c: c, who: "bootstrap token", flags: []string{"--token", t}}
}

// joinToken is the token in the workers' payload, which pki/ has too.
func joinToken(c *cluster.Cluster) (string, error) {
	text, err := os.ReadFile(filepath.Join(c.Dir, "pki", "bootstrap-token"))
	if err != nil {
		return "", err
	}
	var file struct{ Token string }
	if err := json.Unmarshal(text, &file); err != nil {
		return "", fmt.Errorf("pki/bootstrap-token: %w", err)
	}
	return file.Token, nil
}

// nodeRequest writes a request for a node certificate, as a kubelet makes it.
func nodeRequest(dir string) (string, error) {
	pem, err := certificateRequest("system:node:e2e-thief", "system:nodes")
	if err != nil {
		return "", err
	}
	manifest := fmt.Sprintf(`{apiVersion: certificates.k8s.io/v1, kind: CertificateSigningRequest,
metadata: {name: e2e-thief}, spec: {signerName: kubernetes.io/kube-apiserver-client-kubelet,
usages: [digital signature, client auth], request: %s}}`, base64.StdEncoding.EncodeToString(pem))
	file := filepath.Join(dir, "request.yaml")
	return file, os.WriteFile(file, []byte(manifest), 0o600)
}
