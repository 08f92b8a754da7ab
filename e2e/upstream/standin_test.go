package upstream

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/etcd/client/pkg/v3/transport"
	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/zap"
	"k8s.io/apiserver/pkg/storage/storagebackend"
)

// standInEtcd starts an empty etcd of one member, and points the API server's
// transport at it. It serves with the machine's own certificate, which lies
// beside the CA that the API server checks it by, and asks for the API server's.
// It ends with this process, since whoever lost it would warn.
func standInEtcd(api *storagebackend.TransportConfig) error {
	pki := filepath.Dir(api.TrustedCAFile)
	dir, err := os.MkdirTemp("", "etcd")
	if err != nil {
		return err
	}
	c := embed.NewConfig()
	c.Dir, c.UnsafeNoFsync = dir, true
	c.ZapLoggerBuilder = embed.NewZapLoggerBuilder(zap.NewNop())
	c.ClientTLSInfo = transport.TLSInfo{
		CertFile: filepath.Join(pki, "server.crt"), KeyFile: filepath.Join(pki, "server.key"),
		TrustedCAFile: filepath.Join(pki, "ca.crt"), ClientCertAuth: true,
	}
	// Any free ports.
	c.ListenClientUrls = []url.URL{{Scheme: "https", Host: "127.0.0.1:0"}}
	c.ListenPeerUrls = []url.URL{{Scheme: "http", Host: "127.0.0.1:0"}}
	etcd, err := embed.StartEtcd(c)
	if err != nil {
		return fmt.Errorf("etcd with %s: %w", pki, err)
	}
	select {
	case <-etcd.Server.ReadyNotify():
	case <-time.After(time.Minute):
		return errors.New("the etcd that stands in is not ready after a minute")
	}
	api.ServerList = []string{"https://" + etcd.Clients[0].Addr().String()}
	return nil
}
