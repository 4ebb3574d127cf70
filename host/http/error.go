// This file names the reasons for which HTTP fails. Each face of WASI maps
// them to its own codes in one table.

package http

import (
	"errors"
	"strconv"
)

// A Code says why an exchange of HTTP messages failed. The codes are those of
// the registry of HTTP proxy error types, and of WASI.
type Code uint8

// The reasons.
const (
	DNSTimeout Code = iota
	// DNSError has the response code of the name server as Detail, and an
	// extended DNS error as Number.
	DNSError
	DestinationNotFound
	DestinationUnavailable
	DestinationIPProhibited
	DestinationIPUnroutable
	ConnectionRefused
	ConnectionTerminated
	ConnectionTimeout
	ConnectionReadTimeout
	ConnectionWriteTimeout
	ConnectionLimitReached
	TLSProtocolError
	TLSCertificateError
	// TLSAlertReceived has the alert as Number and its name as Detail.
	TLSAlertReceived
	RequestDenied
	RequestLengthRequired
	// RequestBodySize has the bytes that were sent, or the limit, as Number.
	RequestBodySize
	RequestMethodInvalid
	RequestURIInvalid
	RequestURITooLong
	// RequestHeaderSectionSize has a size in bytes as Number.
	RequestHeaderSectionSize
	// RequestHeaderSize has the field's name as Detail, its size as Number.
	RequestHeaderSize
	RequestTrailerSectionSize // as RequestHeaderSectionSize
	RequestTrailerSize        // as RequestHeaderSize
	ResponseIncomplete
	ResponseHeaderSectionSize  // as RequestHeaderSectionSize
	ResponseHeaderSize         // as RequestHeaderSize
	ResponseBodySize           // as RequestBodySize
	ResponseTrailerSectionSize // as RequestHeaderSectionSize
	ResponseTrailerSize        // as RequestHeaderSize
	// ResponseTransferCoding has the coding as Detail.
	ResponseTransferCoding
	ResponseContentCoding // as ResponseTransferCoding
	ResponseTimeout
	UpgradeFailed
	ProtocolError
	LoopDetected
	ConfigurationError
	// InternalError is what nothing else describes; Detail may say what.
	InternalError
	codeCount
)

// CodeCount is how many codes there are.
const CodeCount = int(codeCount)

var codeTexts = [codeCount]string{
	DNSTimeout:                 "the name server did not answer in time",
	DNSError:                   "the host name could not be resolved",
	DestinationNotFound:        "there is no such destination",
	DestinationUnavailable:     "the destination is not available",
	DestinationIPProhibited:    "the address of the destination is not allowed",
	DestinationIPUnroutable:    "there is no route to the destination",
	ConnectionRefused:          "the destination refused the connection",
	ConnectionTerminated:       "the connection was closed before the exchange was complete",
	ConnectionTimeout:          "the connection was not established in time",
	ConnectionReadTimeout:      "the peer did not send in time",
	ConnectionWriteTimeout:     "the peer did not receive in time",
	ConnectionLimitReached:     "too many connections are open",
	TLSProtocolError:           "the TLS handshake failed",
	TLSCertificateError:        "the certificate of the destination is not valid",
	TLSAlertReceived:           "the peer ended TLS with an alert",
	RequestDenied:              "the request is not allowed",
	RequestLengthRequired:      "the request needs a length",
	RequestBodySize:            "the body of the request has not the size that it may or should have",
	RequestMethodInvalid:       "the method of the request is not valid",
	RequestURIInvalid:          "the URI of the request is not valid",
	RequestURITooLong:          "the URI of the request is too long",
	RequestHeaderSectionSize:   "the headers of the request are too large",
	RequestHeaderSize:          "a header of the request is too large",
	RequestTrailerSectionSize:  "the trailers of the request are too large",
	RequestTrailerSize:         "a trailer of the request is too large",
	ResponseIncomplete:         "the response is not complete",
	ResponseHeaderSectionSize:  "the headers of the response are too large",
	ResponseHeaderSize:         "a header of the response is too large",
	ResponseBodySize:           "the body of the response has not the size that it may or should have",
	ResponseTrailerSectionSize: "the trailers of the response are too large",
	ResponseTrailerSize:        "a trailer of the response is too large",
	ResponseTransferCoding:     "the transfer coding of the response is not known",
	ResponseContentCoding:      "the content coding of the response is not known",
	ResponseTimeout:            "the response did not come in time",
	UpgradeFailed:              "the protocol could not be changed",
	ProtocolError:              "the message breaks the rules of HTTP",
	LoopDetected:               "the request came back to where it was before",
	ConfigurationError:         "the configuration does not permit an answer",
	InternalError:              "the exchange failed",
}

// String is a sentence without its full stop.
func (c Code) String() string {
	if c < codeCount {
		return codeTexts[c]
	}
	return "code " + strconv.Itoa(int(c))
}

// An Error is why an exchange failed. What it shows of itself carries no name
// of the host; Err, where there is one, is for the embedder.
type Error struct {
	Code Code
	// Detail and Number are what the code documents; "" and nil are none.
	Detail string
	Number *uint64
	// Err is the cause.
	Err error
}

// Fail makes an Error.
func Fail(c Code, cause error) *Error { return &Error{Code: c, Err: cause} }

// FailSize makes an Error of a code that has a size.
func FailSize(c Code, size uint64) *Error { return &Error{Code: c, Number: &size} }

// FailText makes an Error of a code that has a detail.
func FailText(c Code, detail string) *Error { return &Error{Code: c, Detail: detail} }

// Explain is what a guest is told.
func (e *Error) Explain() string {
	text := e.Code.String()
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Number != nil {
		text += " (" + strconv.FormatUint(*e.Number, 10) + ")"
	}
	return text
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Explain()
	}
	return e.Explain() + ": " + e.Err.Error()
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// ErrorOf finds the Error in err; nil if it has none.
func ErrorOf(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}
