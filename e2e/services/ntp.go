package services

import (
	"encoding/binary"
	"net"
	"time"
)

// sinceNTP is the Unix epoch in NTP's seconds, which count from 1900.
const sinceNTP = 2208988800

// serveNTP answers until the socket is closed.
func (s *Services) serveNTP(c *net.UDPConn) {
	buf := make([]byte, 1024)
	for {
		n, from, err := c.ReadFromUDP(buf)
		if err != nil {
			return
		}
		if out := ntpReply(buf[:n], time.Now()); out != nil {
			s.log.add(from, Request{Service: "ntp"})
			_, _ = c.WriteToUDP(out, from)
		}
	}
}

// ntpReply is a server's packet with this machine's clock (RFC 5905, figure 8),
// or nil where the other side is no client.
func ntpReply(query []byte, now time.Time) []byte {
	const (
		size         = 48
		client       = 3
		server       = 4
		stratum      = 1 // a clock of its own
		precision    = 0xEC
		transmitTime = 40
	)
	if len(query) < size || query[0]&7 != client {
		return nil
	}
	version := query[0] >> 3 & 7
	out := make([]byte, size)
	out[0] = version<<3 | server
	out[1] = stratum
	out[2] = query[2] // the client's polling interval
	out[3] = precision
	copy(out[12:16], "LOCL")
	stamp := ntpTime(now)
	copy(out[16:24], stamp)                // when the clock was set
	copy(out[24:32], query[transmitTime:]) // what the client sent, by which it knows its answer
	copy(out[32:40], stamp)                // when it came
	copy(out[transmitTime:], stamp)        // when this leaves
	return out
}

func ntpTime(t time.Time) []byte {
	seconds := uint64(t.Unix() + sinceNTP)
	fraction := uint64(t.Nanosecond()) << 32 / uint64(time.Second)
	return binary.BigEndian.AppendUint64(nil, seconds<<32|fraction)
}
