package certs

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
)

const (
	tokenFile      = "bootstrap-token"
	encryptionFile = "encryption-key"
	encryptionSize = 32 // bytes; what secretbox takes
)

// Token is a bootstrap token: what a worker joins with.
type Token struct {
	ID, Secret string
	Expires    time.Time
}

// String is the form in which it is presented.
func (t Token) String() string { return t.ID + "." + t.Secret }

// tokenText is the file bootstrap-token.
type tokenText struct {
	Token   string `json:"token"`
	Expires string `json:"expires"` // RFC 3339
}

func (t Token) encode() []byte {
	text, _ := json.Marshal(tokenText{t.String(), t.Expires.Format(time.RFC3339)}) // two strings: cannot fail
	return append(text, '\n')
}

// loadSecrets reads the token and the encryption key if they exist. An expired
// token is kept, so that a second compile gives the same result; the warning
// says how to get a new one.
func (b *Bundle) loadSecrets(existing Files, now time.Time) []Problem {
	var problems []Problem
	if text, ok := existing[tokenFile]; ok {
		var err error
		if b.token, err = parseToken(text); err != nil {
			problems = append(problems, Problem{File: tokenFile, Message: err.Error(),
				Hint: "Put the right file back, or delete it and compile again to mint a new token."})
		} else if p := b.token.expiry(now); p.Message != "" {
			problems = append(problems, p)
		}
	}
	if text, ok := existing[encryptionFile]; ok {
		key, err := base64.StdEncoding.AppendDecode(nil, bytes.TrimSpace(text))
		if err != nil || len(key) != encryptionSize {
			problems = append(problems, Problem{File: encryptionFile,
				Message: fmt.Sprintf("is not %d bytes in base64", encryptionSize),
				Hint:    "Put the right file back: without it no secret in etcd can be read. Delete it only if the cluster does not run yet."})
		}
		b.secret = key
	}
	return problems
}

func (t Token) expiry(now time.Time) Problem {
	const hint = "Delete pki/bootstrap-token and compile again to mint a new one."
	switch left := t.Expires.Sub(now); {
	case now.IsZero():
		return Problem{}
	case left <= 0:
		return Problem{File: tokenFile, Warning: true, Hint: hint,
			Message: "expired on " + t.Expires.Format(time.RFC3339) + "; no worker can join with it"}
	case left < time.Hour:
		return Problem{File: tokenFile, Warning: true, Hint: hint,
			Message: fmt.Sprintf("expires in %d minutes", int(left.Minutes()))}
	}
	return Problem{}
}

// isToken says whether s has a token's form: six letters or digits, a dot, and
// sixteen more.
func isToken(s string) bool {
	if len(s) != 23 || s[6] != '.' {
		return false
	}
	for _, c := range []byte(s[:6] + s[7:]) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

func parseToken(text []byte) (Token, error) {
	var t tokenText
	if err := json.Unmarshal(text, &t); err != nil {
		return Token{}, fmt.Errorf("is not JSON: %w", err)
	}
	if !isToken(t.Token) {
		return Token{}, fmt.Errorf("holds no token of the form [a-z0-9]{6}.[a-z0-9]{16}")
	}
	expires, err := time.Parse(time.RFC3339, t.Expires)
	if err != nil {
		return Token{}, fmt.Errorf(`holds an expiry of %q, expected the form "2026-01-31T12:00:00Z"`, t.Expires)
	}
	return Token{t.Token[:6], t.Token[7:], expires.UTC()}, nil
}

// makeSecrets makes the token and the encryption key if they are missing.
func (b *Bundle) makeSecrets(n Names, now time.Time) {
	if b.token == (Token{}) {
		text := randomText(22)
		b.token = Token{text[:6], text[6:], now.UTC().Add(n.TokenValidity).Truncate(time.Second)}
		b.made[tokenFile] = b.token.encode()
	}
	if b.secret == nil {
		b.secret = make([]byte, encryptionSize)
		rand.Read(b.secret) // never fails
		b.made[encryptionFile] = encodeSecret(b.secret)
	}
}

func encodeSecret(key []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(nil, key), '\n')
}

// randomText is n letters and digits, all equally likely.
func randomText(n int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	out := make([]byte, 0, n)
	var b [1]byte
	for len(out) < n {
		rand.Read(b[:])
		if int(b[0]) < 256/len(alphabet)*len(alphabet) { // the rest would favour some
			out = append(out, alphabet[int(b[0])%len(alphabet)])
		}
	}
	return string(out)
}
