package suite

// This file carries out the operations that receive: recv and request.

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// requestSilence is how long a server may send nothing.
	requestSilence = 5 * time.Second
	// maxRedirects is how many redirects a request follows.
	maxRedirects = 30
	// maxResponseBody caps a response body, decompressed.
	maxResponseBody = 64 << 20
)

// recv expects the bytes of the payload on a connection.
func (e *execution) recv(op *RecvOp) *Failure {
	conn := e.conns[op.ID]
	defer e.unblock(conn)()
	buf := make([]byte, len(op.Payload))
	n, err := io.ReadFull(conn, buf)
	got := string(buf[:n])
	if err == nil && got == op.Payload {
		return nil
	}
	f := fail("the data differs from the expected")
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		f = fail("the connection was closed after %d of %d expected bytes", n, len(buf))
	case err != nil:
		f = e.failErr("receiving", err)
	}
	f.Compared, f.Expected, f.Got = true, op.Payload, got
	return f
}

// request makes an HTTP request to the guest and checks the response.
func (e *execution) request(op *RequestOp) *Failure {
	if e.url == "" {
		line, err := e.proc.stderr.readLine(e.ctx)
		if err != nil {
			return e.failErr("reading the URL of the server from stderr", err)
		}
		_, rest, ok := strings.Cut(line, "http://")
		if !ok {
			return fail("expected a URL that starts with http:// in the first line of stderr, got %q", strings.TrimSpace(line))
		}
		host := ""
		if words := strings.Fields(rest); len(words) > 0 && !strings.ContainsAny(rest[:1], " \t\r\n") {
			host = words[0]
		}
		e.url = "http://" + host
	}
	resp, body, err := e.fetch(op)
	if err != nil {
		return e.failErr("making the request", err)
	}
	return checkResponse(&op.Response, resp, body)
}

// checkResponse compares a response with the expected one. Headers that are
// not expected do not count.
func checkResponse(want *Response, resp *http.Response, body string) *Failure {
	if resp.StatusCode != want.Status {
		return fail("expected status %d, got %d", want.Status, resp.StatusCode)
	}
	header := restoredHeaders(resp.Header, "", resp.TransferEncoding, resp.Trailer)
	for _, h := range want.Headers {
		values := header.Values(h.Name)
		if len(values) == 0 {
			return fail("the response has no header %s; expected %q", h.Name, h.Value)
		}
		if got := strings.Join(values, ", "); got != h.Value {
			return fail("response header %s: expected %q, got %q", h.Name, h.Value, got)
		}
	}
	if body != want.Body {
		f := fail("the response body differs from the expected one")
		f.Compared, f.Expected, f.Got = true, want.Body, body
		return f
	}
	return nil
}

// fetch makes a request and reads the whole response.
func (e *execution) fetch(op *RequestOp) (*http.Response, string, error) {
	var body io.Reader
	if op.Body != "" {
		body = strings.NewReader(op.Body)
	}
	req, err := http.NewRequestWithContext(e.ctx, strings.ToUpper(op.Method), joinURL(e.url, op.Path), body)
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Accept", "*/*")
	req.Header.Set("Accept-Encoding", "gzip, deflate")
	for _, h := range op.Headers {
		if strings.EqualFold(h.Name, "Host") {
			req.Host = h.Value
		}
		req.Header.Set(h.Name, h.Value)
	}
	transport := &http.Transport{DisableCompression: true, DisableKeepAlives: true, DialContext: dialSilence}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return fmt.Errorf("more than %d redirects", maxRedirects)
		}
		return nil
	}}
	resp, err := client.Do(req)
	if err != nil {
		return nil, "", silenceError(err)
	}
	defer resp.Body.Close()
	raw, err := readBody(resp)
	if err != nil {
		return nil, "", silenceError(err)
	}
	return resp, bodyText(resp.Header.Get("Content-Type"), raw), nil
}

// silenceError says in words that a server sent nothing for too long.
func silenceError(err error) error {
	var ne net.Error
	if errors.As(err, &ne) && ne.Timeout() && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the server sent nothing for %s", requestSilence)
	}
	return err
}

// dialSilence connects; a read on the connection fails after requestSilence.
func dialSilence(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: requestSilence}
	c, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return silenceConn{c}, nil
}

// A silenceConn is a connection whose reads wait for requestSilence at most.
type silenceConn struct{ net.Conn }

func (c silenceConn) Read(p []byte) (int, error) {
	c.SetReadDeadline(time.Now().Add(requestSilence))
	return c.Conn.Read(p)
}

// readBody reads and decompresses a response body.
func readBody(resp *http.Response) ([]byte, error) {
	raw, err := readCapped(resp.Body)
	if err != nil || len(raw) == 0 {
		return raw, err
	}
	var r io.Reader
	switch strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))) {
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(bytes.NewReader(raw))
	case "deflate":
		r, err = zlib.NewReader(bytes.NewReader(raw))
	default:
		return raw, nil
	}
	if err != nil {
		return nil, err
	}
	return readCapped(r)
}

func readCapped(r io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxResponseBody+1))
	if err == nil && len(raw) > maxResponseBody {
		return nil, fmt.Errorf("the response body is longer than %d MiB", maxResponseBody>>20)
	}
	return raw, err
}

// bodyText decodes a body: by the charset of its type; text without one is
// ISO 8859-1; anything else is UTF-8 where it can be.
func bodyText(contentType string, raw []byte) string {
	_, params, err := mime.ParseMediaType(contentType)
	charset := ""
	if err == nil {
		charset = strings.ToLower(params["charset"])
	}
	latin := false
	switch charset {
	case "iso-8859-1", "latin-1", "latin1":
		latin = true
	case "":
		latin = strings.Contains(contentType, "text") || !utf8.Valid(raw)
	}
	if !latin {
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	var b strings.Builder
	for _, c := range raw {
		b.WriteRune(rune(c))
	}
	return b.String()
}

// joinURL appends a path to a server's URL and percent-encodes what no URL
// may hold.
func joinURL(server, path string) string {
	s := strings.TrimRight(server, "/") + "/" + strings.TrimPrefix(path, "/")
	const allowed = "!#$%&'()*+,/:;=?@[]~-._"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte(allowed, c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	if _, err := url.Parse(b.String()); err != nil {
		return strings.ReplaceAll(b.String(), "%", "%25")
	}
	return b.String()
}
