package serve

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// Request is one line of the access log.
type Request struct {
	Time    time.Time `json:"time"`
	Remote  string    `json:"remote"`
	MAC     string    `json:"mac,omitempty"` // of the machine that the path names
	Machine string    `json:"machine,omitempty"`
	Method  string    `json:"method"`
	Path    string    `json:"path"`
	Status  int       `json:"status"`
	Bytes   int64     `json:"bytes"`
	Note    string    `json:"note,omitempty"`
}

// String is a line for people.
func (r Request) String() string {
	or := func(s string) string {
		if s == "" {
			return "-"
		}
		return s
	}
	line := fmt.Sprintf("%s %s %s %s %s %s %d %d", r.Time.Format(time.RFC3339), or(r.Remote), or(r.MAC), or(r.Machine),
		or(r.Method), or(r.Path), r.Status, r.Bytes)
	if r.Note != "" {
		line += "  " + r.Note
	}
	return line
}

// tidy keeps out of the log what a client may have put there on purpose, and
// the part of a payload's URL that opens it.
func (r Request) tidy() Request {
	r.Method, r.Path = printable(r.Method), printable(r.Path)
	ext := path.Ext(r.Path)
	if r.MAC != "" && (ext == ".ign" || ext == ".initrd") {
		dir, file := path.Split(r.Path)
		r.Path = dir + file[:min(4, len(file)-len(ext))] + "..." + ext
	}
	return r
}

// printable is one short word of ASCII.
func printable(s string) string {
	const enough = 200
	if len(s) > enough {
		s = s[:enough]
	}
	quoted := strconv.QuoteToASCII(s)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], " ", `\x20`)
}

// remote is the client's address without its port.
func remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// answer counts what goes to a client, who must take it without long pauses.
type answer struct {
	http.ResponseWriter
	controller *http.ResponseController
	request    Request
}

func (a *answer) WriteHeader(status int) {
	a.request.Status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	// A connection that knows no deadlines (in a test) has none.
	_ = a.controller.SetWriteDeadline(time.Now().Add(stall))
	n, err := a.ResponseWriter.Write(p)
	a.request.Bytes += int64(n)
	return n, err
}

// refuse answers with a status, and says why in the log alone.
func (a *answer) refuse(status int, note string) {
	a.request.Note = note
	http.Error(a, strings.ToLower(http.StatusText(status)), status)
}

// errorLog is where net/http reports connections that came to nothing.
func (s *Server) errorLog() *log.Logger {
	return log.New(byLine(func(line string) {
		note := strconv.QuoteToASCII(strings.TrimSpace(line))
		s.Log(Request{Time: s.Now().UTC(), Note: note[1 : len(note)-1]})
	}), "", 0)
}

// byLine is a writer of whole lines, as log's are.
type byLine func(string)

func (f byLine) Write(p []byte) (int, error) {
	f(string(p))
	return len(p), nil
}
