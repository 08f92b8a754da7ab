package services

import (
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Request is one question that a machine asked.
type Request struct {
	Time    time.Time
	Service string     // dns, ntp, http or https
	Client  netip.Addr // who asked
	Host    string     // the name asked for, or asked of
	Method  string     // of HTTP; for DNS the type of record, as A
	Path    string     // of HTTP
	Status  int        // of HTTP; for DNS the response code, where 3 is "no such name"
}

type requestLog struct {
	mu  sync.Mutex
	all []Request
}

func (l *requestLog) add(from net.Addr, r Request) {
	if from != nil {
		if a, err := netip.ParseAddrPort(from.String()); err == nil {
			r.Client = a.Addr().Unmap()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r.Time = time.Now()
	l.all = append(l.all, r)
}

// Requests are all that came so far, in the order in which they were answered.
func (s *Services) Requests() []Request {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return slices.Clone(s.log.all)
}
