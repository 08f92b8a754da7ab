package services

import (
	"net"
	"net/netip"
	"strings"
	"sync"

	"golang.org/x/net/dns/dnsmessage"
)

// ttl is in seconds, and short: tests change names and wait for machines to see it.
const ttl = 5

// names is what the DNS server knows. All names are in lower case, without the
// last dot.
type names struct {
	mu    sync.Mutex
	addrs map[string][]netip.Addr
}

// Set makes a name resolve to these addresses, from now on. Without addresses it
// is a name that exists and has none.
func (s *Services) Set(name string, addrs ...netip.Addr) {
	s.names.mu.Lock()
	defer s.names.mu.Unlock()
	s.names.set(name, addrs)
}

// Remove makes a name unknown, from now on.
func (s *Services) Remove(name string) {
	s.names.mu.Lock()
	defer s.names.mu.Unlock()
	delete(s.names.addrs, canonical(name))
}

func (n *names) set(name string, addrs []netip.Addr) {
	if n.addrs == nil {
		n.addrs = map[string][]netip.Addr{}
	}
	n.addrs[canonical(name)] = addrs
}

func (n *names) setHosts(a netip.Addr, hosts []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, h := range hosts {
		n.set(h, []netip.Addr{a})
	}
}

func (n *names) lookup(name string) ([]netip.Addr, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	addrs, known := n.addrs[canonical(name)]
	return addrs, known
}

func canonical(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// serveDNS answers until the socket is closed.
func (s *Services) serveDNS(c *net.UDPConn) {
	buf := make([]byte, 4096)
	for {
		n, from, err := c.ReadFromUDP(buf)
		if err != nil {
			return
		}
		if out := s.answer(buf[:n], from); out != nil {
			_, _ = c.WriteToUDP(out, from)
		}
	}
}

// answer is the reply to one query, or nil where it is none that can be replied to.
func (s *Services) answer(query []byte, from net.Addr) []byte {
	var q dnsmessage.Message
	if q.Unpack(query) != nil || q.Response || len(q.Questions) != 1 {
		return nil
	}
	ask := q.Questions[0]
	reply := dnsmessage.Message{
		Header: dnsmessage.Header{
			ID: q.ID, OpCode: q.OpCode, Response: true, Authoritative: true,
			RecursionDesired: q.RecursionDesired, RecursionAvailable: true,
		},
		Questions:   q.Questions,
		Additionals: edns(q.Additionals),
	}
	addrs, known := s.names.lookup(ask.Name.String())
	switch {
	case q.OpCode != 0:
		reply.RCode = dnsmessage.RCodeNotImplemented
	case !known:
		reply.RCode = dnsmessage.RCodeNameError
	default:
		reply.Answers = records(ask, addrs)
	}
	out, err := reply.Pack()
	if err != nil {
		return nil
	}
	s.log.add(from, Request{
		Service: "dns", Host: canonical(ask.Name.String()),
		Method: strings.TrimPrefix(ask.Type.String(), "Type"), Status: int(reply.RCode),
	})
	return out
}

// edns answers a query that speaks EDNS in kind: systemd-resolved takes a reply
// without it for a sign of an old server, and asks again in a simpler way.
func edns(asked []dnsmessage.Resource) []dnsmessage.Resource {
	for _, r := range asked {
		if r.Header.Type == dnsmessage.TypeOPT {
			h := dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(".")}
			// 1232 bytes pass every network without being split.
			if h.SetEDNS0(1232, dnsmessage.RCodeSuccess, false) == nil {
				return []dnsmessage.Resource{{Header: h, Body: &dnsmessage.OPTResource{}}}
			}
		}
	}
	return nil
}

// records are those of the addresses that the question's type asks for: a name
// without IPv6 addresses has no AAAA records, and exists all the same.
func records(ask dnsmessage.Question, addrs []netip.Addr) []dnsmessage.Resource {
	var all []dnsmessage.Resource
	for _, a := range addrs {
		var body dnsmessage.ResourceBody
		switch {
		case ask.Type == dnsmessage.TypeA && a.Is4():
			body = &dnsmessage.AResource{A: a.As4()}
		case ask.Type == dnsmessage.TypeAAAA && a.Is6():
			body = &dnsmessage.AAAAResource{AAAA: a.As16()}
		default:
			continue
		}
		h := dnsmessage.ResourceHeader{Name: ask.Name, Type: ask.Type, Class: ask.Class, TTL: ttl}
		all = append(all, dnsmessage.Resource{Header: h, Body: body})
	}
	return all
}
