package suite

// This file parses "servers": the HTTP servers that the runner stands up for
// a test.

import (
	"slices"
	"strings"
)

var httpMethods = []string{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"}

// servers parses the list of servers; n is nil when there is none.
func (p *specParser) servers(n *node) ([]Server, error) {
	if n == nil {
		return nil, nil
	}
	if err := n.want(kindList); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var out []Server
	for _, e := range n.list {
		s, err := p.server(e)
		if err != nil {
			return nil, err
		}
		if seen[s.EnvVar()] {
			return nil, e.errorf("a server named %q stands before: names are unique without regard to case", s.Name)
		}
		seen[s.EnvVar()] = true
		out = append(out, s)
	}
	return out, nil
}

func (p *specParser) server(n *node) (Server, error) {
	var s Server
	if err := n.want(kindObject); err != nil {
		return s, err
	}
	p.warn(n, "name", "kind", "endpoints")
	var err error
	if s.Name, err = n.str("name", ""); err != nil {
		return s, err
	}
	if s.Name == "" || strings.Trim(s.Name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
		return s, n.errorf("the name %q of a server becomes part of a variable: use letters, digits and \"_\"", s.Name)
	}
	kind, err := n.oneOf("kind", "listening", []string{"listening", "closed"})
	if err != nil {
		return s, err
	}
	if kind == "closed" {
		if n.has("endpoints") {
			return s, n.errorf(`a server of kind "closed" takes no "endpoints"`)
		}
		s.Closed = true
		return s, nil
	}
	eps := n.get("endpoints")
	if eps == nil {
		return s, nil
	}
	if err := eps.want(kindList); err != nil {
		return s, err
	}
	for _, e := range eps.list {
		ep, err := p.endpoint(e)
		if err != nil {
			return s, err
		}
		s.Endpoints = append(s.Endpoints, ep)
	}
	return s, nil
}

func (p *specParser) endpoint(n *node) (Endpoint, error) {
	var ep Endpoint
	if err := n.want(kindObject); err != nil {
		return ep, err
	}
	p.warn(n, "method", "path", "mode", "response")
	method, err := n.str("method", "GET")
	if err != nil {
		return ep, err
	}
	ep.Method = strings.ToUpper(method)
	if !slices.Contains(httpMethods, ep.Method) {
		return ep, n.get("method").errorf("unknown method %q; known are %s", method, quotedList(httpMethods))
	}
	if ep.Path, err = n.str("path", "/"); err != nil {
		return ep, err
	}
	if ep.Mode, err = n.oneOf("mode", modeStatic, endpointModes); err != nil {
		return ep, err
	}
	if ep.Mode != modeStatic {
		if n.has("response") {
			return ep, n.errorf(`an endpoint in mode %q takes no "response"`, ep.Mode)
		}
		return ep, nil
	}
	return ep, p.endpointResponse(n, &ep)
}

// endpointResponse parses "response": a string, short for a body with status
// 200, or an object.
func (p *specParser) endpointResponse(n *node, ep *Endpoint) error {
	ep.Response.Status = 200
	r := n.get("response")
	if r == nil {
		return nil
	}
	if r.kind == kindString {
		ep.Response.Body = r.text
		return nil
	}
	if r.kind != kindObject {
		return r.errorf("expected a string or an object, got %s", r.kind)
	}
	p.warn(r, "status", "headers", "body", "chunks", "trailers")
	var err error
	if ep.Response, err = response(r); err != nil {
		return err
	}
	if ep.Response.Status < 100 || ep.Response.Status > 999 {
		return r.errorf("status %d has not three digits", ep.Response.Status)
	}
	if ep.Chunks, err = r.strings("chunks"); err != nil {
		return err
	}
	if ep.Trailers, err = r.pairs("trailers"); err != nil {
		return err
	}
	switch {
	case ep.Chunks != nil && r.has("body"):
		return r.errorf(`takes "body" or "chunks", not both`)
	case len(ep.Trailers) > 0 && ep.Chunks == nil:
		return r.errorf(`"trailers" need "chunks"`)
	}
	return nil
}
