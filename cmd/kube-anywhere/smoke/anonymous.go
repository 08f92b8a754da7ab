package smoke

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// closed are paths that nobody without credentials may read: what the API has,
// its version, objects, and what it measures of itself.
var closed = []string{"/api", "/apis", "/version", "/api/v1/nodes", "/api/v1/secrets", "/openapi/v2", "/metrics"}

// checkAnonymous asks without credentials, as anyone can who reaches the port.
func (r *runner) checkAnonymous(t trial) (string, error) {
	client, err := r.target.stranger()
	if err != nil {
		return "", err
	}
	defer client.CloseIdleConnections()
	for _, path := range closed {
		err := t.until(soon, func() error {
			code, err := ask(t, client, r.target.Server+path)
			switch {
			case err != nil:
				return err
			case code == http.StatusUnauthorized || code == http.StatusForbidden:
				return nil
			case code == http.StatusTooManyRequests || code/100 == 5:
				return fmt.Errorf("%s answers %d", path, code)
			}
			return final{fmt.Errorf("%s answers a stranger with %d, expected 401 or 403: "+
				"limit anonymous requests to the health paths (anonymous.conditions in the API server's --authentication-config)", path, code)}
		})
		if err != nil {
			return "", err
		}
	}
	message := fmt.Sprintf("%s answer 401 or 403", strings.Join(closed, ", "))
	if code, err := ask(t, client, r.target.Server+"/livez"); err == nil {
		message += fmt.Sprintf("; /livez answers %d", code)
	}
	return message, nil
}

// stranger is a client that knows the server and nothing of the user.
func (t target) stranger() (*http.Client, error) {
	config := &tls.Config{ServerName: t.Name, InsecureSkipVerify: t.Insecure} // as the user's kubeconfig says
	if len(t.CA) > 0 {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(t.CA) {
			return nil, errors.New("the kubeconfig's certificate-authority-data holds no certificate")
		}
	}
	proxy := http.ProxyFromEnvironment // as kubectl does
	if t.Proxy != "" {
		u, err := url.Parse(t.Proxy)
		if err != nil {
			return nil, fmt.Errorf("the kubeconfig's proxy-url: %w", err)
		}
		proxy = http.ProxyURL(u)
	}
	return &http.Client{
		Transport: &http.Transport{TLSClientConfig: config, Proxy: proxy},
		Timeout:   requestTime,
		// A page to log in with is no answer, and no reason to follow.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// ask gives the status with which a URL answers.
func ask(ctx context.Context, client *http.Client, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, final{err}
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, 1<<20) // so that the connection can be used again
	return res.StatusCode, nil
}
