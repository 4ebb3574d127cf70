// This file finds the reason in an error of net/http and of what is below it.

package http

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/dray-wasm/dray/host"
)

// classify is the Error for one of sending a request; dial says that there was
// no connection yet.
func classify(err error, dial bool) *Error {
	if e := classifyTyped(err); e != nil {
		return e
	}
	if c, ok := errnoCode(host.ErrnoOf(err), dial); ok {
		return Fail(c, err)
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return Fail(ResponseIncomplete, err)
	case errors.Is(err, io.EOF):
		return Fail(ConnectionTerminated, err)
	}
	if e := classifyText(err); e != nil {
		return e
	}
	if dial {
		return Fail(DestinationUnavailable, err)
	}
	return Fail(InternalError, err)
}

// errnoCode is the code for a reason of the host.
func errnoCode(no host.Errno, dial bool) (Code, bool) {
	switch no {
	case host.ECONNREFUSED:
		return ConnectionRefused, true
	case host.EHOSTUNREACH, host.ENETUNREACH, host.ENETDOWN, host.EADDRNOTAVAIL, host.EAFNOSUPPORT:
		return DestinationIPUnroutable, true
	case host.EACCES, host.EPERM:
		return DestinationIPProhibited, true
	case host.EMFILE, host.ENFILE, host.ENOBUFS:
		return ConnectionLimitReached, true
	case host.ENOENT:
		return DestinationNotFound, dial
	case host.ETIMEDOUT:
		if dial {
			return ConnectionTimeout, true
		}
		return ConnectionReadTimeout, true
	case host.ECONNRESET, host.EPIPE, host.ECONNABORTED, host.ECANCELED:
		return ConnectionTerminated, true
	case host.EBADF:
		return ConnectionTerminated, !dial
	}
	return 0, false
}

// classifyTyped is the Error for what has a type of its own; nil otherwise.
func classifyTyped(err error) *Error {
	if e := ErrorOf(err); e != nil {
		return e
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return dnsError(dns)
	}
	var (
		verify    *tls.CertificateVerificationError
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &verify), errors.As(err, &authority), errors.As(err, &name), errors.As(err, &invalid):
		return Fail(TLSCertificateError, err)
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return Fail(TLSProtocolError, err)
	}
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error") && op.Err != nil {
		if id, ok := alertOf(op.Err.Error()); ok {
			if op.Op == "local error" {
				return Fail(TLSProtocolError, err)
			}
			return &Error{Code: TLSAlertReceived, Number: &id, Detail: strings.TrimPrefix(op.Err.Error(), "tls: "), Err: err}
		}
	}
	return nil
}

// dnsError is the Error of a name that could not be resolved.
func dnsError(e *net.DNSError) *Error {
	out := Fail(DNSError, e)
	switch {
	case e.IsTimeout:
		out.Code = DNSTimeout
	case e.IsNotFound:
		out.Detail = "NXDOMAIN"
	case e.IsTemporary:
		out.Detail = "SERVFAIL"
	}
	return out
}

// alertOf is the alert of TLS with a text: crypto/tls shows their numbers in
// no other way.
func alertOf(text string) (uint64, bool) {
	for id := range 256 {
		if tls.AlertError(id).Error() == text {
			return uint64(id), true
		}
	}
	return 0, false
}

// texts are the errors of net/http that have no type.
var texts = []struct {
	part string
	code Code
}{
	{"response headers exceeded", ResponseHeaderSectionSize},
	{"response header list larger than", ResponseHeaderSectionSize},
	{"header list too large", ResponseHeaderSectionSize},
	{"too many 1xx", ResponseHeaderSectionSize},
	{"unsupported transfer encoding", ResponseTransferCoding},
	{"too many transfer encodings", ResponseTransferCoding},
	{"TLS handshake timeout", ConnectionTimeout},
	{"server gave HTTP response to HTTPS client", TLSProtocolError},
	{"tls: ", TLSProtocolError},
	{"server closed idle connection", ConnectionTerminated},
	{"client connection lost", ConnectionTerminated},
	{"client conn", ConnectionTerminated},
	{"GOAWAY", ConnectionTerminated},
	{"REFUSED_STREAM", DestinationUnavailable},
	{"malformed", ProtocolError},
	{"readLoopPeekFailLocked", ProtocolError},
	{"transport connection broken", ProtocolError},
	{"aborting request body write", ConnectionTerminated},
	{"http2: ", ProtocolError},
	// A server that resets a stream of HTTP/2 ends its answer, as closing the
	// connection does with HTTP/1.
	{"INTERNAL_ERROR; received from peer", ConnectionTerminated},
	{"CANCEL; received from peer", ConnectionTerminated},
	{"stream error: ", ProtocolError},
	{"connection error: ", ProtocolError},
	{"bad Content-Length", ProtocolError},
	{"invalid Content-Length", ProtocolError},
}

// classifyText is the Error for what has only a text; nil for others.
func classifyText(err error) *Error {
	text := err.Error()
	for _, t := range texts {
		if strings.Contains(text, t.part) {
			return Fail(t.code, err)
		}
	}
	return nil
}
