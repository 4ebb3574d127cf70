package http

// This file is what a client tells of the way of a request.

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A brokenBody has some bytes and then an error.
type brokenBody struct {
	io.Reader
	err error
}

func (b brokenBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = b.err
	}
	return n, err
}

func (brokenBody) Close() error { return nil }

// sentServer answers in several ways, over HTTP/1 and HTTP/2.
func sentServer(t *testing.T) *httptest.Server {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/early" {
			w.Header().Set("Connection", "close") // or HTTP/1 waits for the body
			w.WriteHeader(http.StatusForbidden)
			return
		}
		io.Copy(io.Discard, r.Body) // its end may be missing
		w.WriteHeader(http.StatusOK)
	}))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func TestSent(t *testing.T) {
	checkLeaks(t)
	s := sentServer(t)
	authority := strings.TrimPrefix(s.URL, "http://")
	own := Fail(InternalError, nil)
	text := func() io.ReadCloser { return io.NopCloser(strings.NewReader("abc")) }
	for _, test := range []struct {
		name      string
		authority string
		path      string
		body      func() io.ReadCloser
		length    int64
		code      Code
		ok        bool // the request is written
		answer    bool
	}{
		{"none", authority, "/", nil, -1, 0, true, true},
		{"chunks", authority, "/", text, -1, 0, true, true},
		{"length", authority, "/", text, 3, 0, true, true},
		{"too short", authority, "/", text, 4, RequestBodySize, false, false},
		{"too long", authority, "/", text, 2, RequestBodySize, false, false},
		{"broken", authority, "/", func() io.ReadCloser { return brokenBody{strings.NewReader("abc"), own} }, -1, InternalError, false, false},
		{"no address", "127.0.0.1:1", "/", nil, -1, ConnectionRefused, false, false},
		{"no URI", "a b", "/", nil, -1, RequestURIInvalid, false, false},
		{"early", authority, "/early", func() io.ReadCloser { r, _ := io.Pipe(); return r }, -1, ConnectionTerminated, false, true},
	} {
		for _, proto := range []string{"*", "h2c://*:*"} {
			t.Run(test.name+" "+proto, func(t *testing.T) {
				var body io.ReadCloser
				if test.body != nil {
					body = test.body()
				}
				told := make(chan error, 2)
				c := client(t, ClientConfig{Allow: patterns(t, proto)})
				res, err := c.Do(t.Context(), &Request{
					Method: "POST", Scheme: "http", Authority: test.authority, PathWithQuery: test.path,
					Body: body, ContentLength: test.length, Sent: func(err error) { told <- err },
				})
				if (err == nil) != test.answer {
					t.Fatalf("Do says %v", err)
				}
				if err == nil {
					io.Copy(io.Discard, res.Body)
					res.Body.Close()
				} else if e := ErrorOf(err); e == nil || e.Code != test.code {
					t.Errorf("Do says %v", err)
				}
				sent := <-told
				if e := ErrorOf(sent); (sent == nil) != test.ok || sent != nil && (e == nil || e.Code != test.code) {
					t.Errorf("the way of the request was %v", sent)
				}
				if test.name == "broken" && !errors.Is(sent, own) {
					t.Errorf("the way of the request was %v", sent)
				}
				select {
				case err := <-told:
					t.Errorf("and then %v", err)
				default:
				}
			})
		}
	}
}

// TestSentTooMuch: what is beyond the Content-Length is found although the
// answer is there. With HTTP/2 the last bytes are sent with the end only.
func TestSentTooMuch(t *testing.T) {
	checkLeaks(t)
	s := sentServer(t)
	c := client(t, ClientConfig{})
	r, w := io.Pipe()
	told := make(chan error, 1)
	go w.Write([]byte("ab"))
	res, err := c.Do(t.Context(), &Request{
		Method: "POST", Scheme: "http", Authority: strings.TrimPrefix(s.URL, "http://"),
		Body: r, ContentLength: 2, Sent: func(err error) { told <- err },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte("c"))
	if e := ErrorOf(<-told); e == nil || e.Code != RequestBodySize {
		t.Errorf("the way of the request was %v", e)
	}
	res.Body.Close()
}

// TestNoAnswerToHalfARequest: a server that answers a request whose body broke
// off is not heard.
func TestNoAnswerToHalfARequest(t *testing.T) {
	checkLeaks(t)
	s := sentServer(t)
	for _, proto := range []string{"*", "h2c://*:*"} {
		c := client(t, ClientConfig{Allow: patterns(t, proto)})
		for range 200 {
			res, err := c.Do(t.Context(), &Request{
				Method: "POST", Scheme: "http", Authority: strings.TrimPrefix(s.URL, "http://"),
				Body: brokenBody{strings.NewReader("part"), FailText(InternalError, "own")}, ContentLength: -1,
			})
			if err == nil {
				res.Body.Close()
				t.Fatal("there is an answer")
			}
			if e := ErrorOf(err); e == nil || e.Detail != "own" {
				t.Fatal(err)
			}
		}
	}
}

func TestLimitBody(t *testing.T) {
	for _, test := range []struct {
		max  int64
		want string
		code Code
	}{{0, "abcdef", 0}, {6, "abcdef", 0}, {5, "abcde", RequestBodySize}, {1, "a", ResponseBodySize}} {
		got, err := io.ReadAll(LimitBody(strings.NewReader("abcdef"), test.max, test.code))
		if e := ErrorOf(err); string(got) != test.want || (err != nil) != (test.code != 0) || err != nil && e.Code != test.code {
			t.Errorf("with %d: %q, %v", test.max, got, err)
		}
	}
	_, err := io.ReadAll(LimitBody(brokenBody{strings.NewReader(""), io.ErrUnexpectedEOF}, 0, ResponseBodySize))
	if e := ErrorOf(err); e == nil || e.Code != ResponseIncomplete {
		t.Errorf("%v", err)
	}
}
