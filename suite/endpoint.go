package suite

// This file stands up the HTTP servers that a test may call.

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxEchoBody caps a request body that an endpoint reads.
const maxEchoBody = 64 << 20

// An endpointServer is one listening [Server]. Answers are written byte by
// byte as the spec says them, one request to a connection.
type endpointServer struct {
	addr   string
	routes map[[2]string]*Endpoint
	http   *http.Server
}

// startServers starts the servers of a spec and returns the guest's variables
// for them. A closed server is an address that was free a moment ago.
func startServers(specs []Server) (running []*endpointServer, env []Pair, err error) {
	for i := range specs {
		spec := &specs[i]
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			stopServers(running)
			return nil, nil, fmt.Errorf("starting the server %q: %w", spec.Name, err)
		}
		env = append(env, Pair{spec.EnvVar(), l.Addr().String()})
		if spec.Closed {
			l.Close()
			continue
		}
		running = append(running, serveEndpoints(l, spec.Endpoints))
	}
	return running, env, nil
}

// stopServers ends servers and their connections.
func stopServers(servers []*endpointServer) {
	for _, s := range servers {
		s.http.Close()
	}
}

// serveEndpoints serves endpoints on l until the server is closed. Of two
// endpoints with one method and path the last counts.
func serveEndpoints(l net.Listener, endpoints []Endpoint) *endpointServer {
	s := &endpointServer{addr: l.Addr().String(), routes: map[[2]string]*Endpoint{}}
	for i := range endpoints {
		s.routes[[2]string{endpoints[i].Method, endpoints[i].Path}] = &endpoints[i]
	}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	s.http.SetKeepAlivesEnabled(false)
	go s.http.Serve(l)
	return s
}

// ServeHTTP answers one request.
func (s *endpointServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !slices.Contains(httpMethods, r.Method) {
		http.Error(w, "unsupported method", http.StatusNotImplemented)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEchoBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	path := r.RequestURI
	if strings.HasPrefix(path, "//") {
		path = "/" + strings.TrimLeft(path, "/")
	}
	ep := s.routes[[2]string{r.Method, path}]
	answer := &Endpoint{Response: Response{Status: http.StatusNotFound}}
	switch {
	case ep == nil:
	case ep.Mode == modeEchoBody:
		answer.Response = Response{Status: http.StatusOK, Body: string(body)}
	case ep.Mode == modeEchoHeaders:
		answer.Response = Response{Status: http.StatusOK, Headers: echoedHeaders(r, path)}
	default:
		answer = ep
	}
	conn, rw, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	writeAnswer(rw.Writer, answer, r.Method)
	rw.Flush()
}

// echoedHeaders are the request line, the headers and the trailers of a
// request as headers of the answer.
func echoedHeaders(r *http.Request, path string) []Pair {
	echoed := []Pair{{"x-request-method", r.Method}, {"x-request-path", path}}
	add := func(prefix string, h http.Header) {
		names := make([]string, 0, len(h))
		for name := range h {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			for _, v := range h[name] {
				echoed = append(echoed, Pair{prefix + strings.ToLower(name), v})
			}
		}
	}
	add("x-echo-", restoredHeaders(r.Header, r.Host, r.TransferEncoding, r.Trailer))
	add("x-trailer-", r.Trailer)
	return echoed
}

// restoredHeaders is h with the fields that net/http takes out of it.
func restoredHeaders(h http.Header, host string, coding []string, trailer http.Header) http.Header {
	h = h.Clone()
	if h == nil {
		h = http.Header{}
	}
	if host != "" {
		h.Set("Host", host)
	}
	if len(coding) > 0 {
		h.Set("Transfer-Encoding", strings.Join(coding, ", "))
	}
	if len(trailer) > 0 {
		names := make([]string, 0, len(trailer))
		for name := range trailer {
			names = append(names, name)
		}
		slices.Sort(names)
		h.Set("Trailer", strings.Join(names, ", "))
	}
	return h
}

// writeAnswer writes a whole HTTP/1.1 response.
func writeAnswer(w *bufio.Writer, ep *Endpoint, method string) {
	fmt.Fprintf(w, "HTTP/1.1 %d %s\r\n", ep.Response.Status, http.StatusText(ep.Response.Status))
	fmt.Fprintf(w, "Date: %s\r\n", time.Now().UTC().Format(http.TimeFormat))
	for _, h := range ep.Response.Headers {
		fmt.Fprintf(w, "%s: %s\r\n", h.Name, h.Value)
	}
	if ep.Chunks == nil {
		fmt.Fprintf(w, "Content-Length: %s\r\nConnection: close\r\n\r\n", strconv.Itoa(len(ep.Response.Body)))
		if method != http.MethodHead {
			w.WriteString(ep.Response.Body)
		}
		return
	}
	w.WriteString("Transfer-Encoding: chunked\r\n")
	if len(ep.Trailers) > 0 {
		names := make([]string, len(ep.Trailers))
		for i, t := range ep.Trailers {
			names[i] = t.Name
		}
		fmt.Fprintf(w, "Trailer: %s\r\n", strings.Join(names, ", "))
	}
	w.WriteString("Connection: close\r\n\r\n")
	if method == http.MethodHead {
		return
	}
	for _, c := range ep.Chunks {
		fmt.Fprintf(w, "%x\r\n%s\r\n", len(c), c)
	}
	w.WriteString("0\r\n")
	for _, t := range ep.Trailers {
		fmt.Fprintf(w, "%s: %s\r\n", t.Name, t.Value)
	}
	w.WriteString("\r\n")
}
