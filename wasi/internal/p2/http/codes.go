package http

// This file is the way between the reasons of host/http and the cases of
// error-code, which have one order.

import (
	"context"

	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/http"
	genio "github.com/dray-wasm/dray/wasi/gen/p2/io"
	"github.com/dray-wasm/dray/wasi/internal/message"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// errorCode is what the guest gets for an error of the host.
func errorCode(err error) gen.ErrorCode {
	e := message.Reason(err)
	c := gen.ErrorCode{Case: gen.ErrorCodeCase(e.Code)}
	var text *string
	if e.Detail != "" {
		text = &e.Detail
	}
	size := message.Cut[uint32](e.Number)
	field := gen.FieldSizePayload{FieldName: text, FieldSize: size}
	switch e.Code {
	case hosthttp.DNSError:
		c.DNSError = gen.DNSErrorPayload{Rcode: text, InfoCode: message.Cut[uint16](e.Number)}
	case hosthttp.TLSAlertReceived:
		c.TLSAlertReceived = gen.TLSAlertReceivedPayload{AlertID: message.Cut[uint8](e.Number), AlertMessage: text}
	case hosthttp.RequestBodySize:
		c.HTTPRequestBodySize = e.Number
	case hosthttp.ResponseBodySize:
		c.HTTPResponseBodySize = e.Number
	case hosthttp.RequestHeaderSectionSize:
		c.HTTPRequestHeaderSectionSize = size
	case hosthttp.RequestTrailerSectionSize:
		c.HTTPRequestTrailerSectionSize = size
	case hosthttp.ResponseHeaderSectionSize:
		c.HTTPResponseHeaderSectionSize = size
	case hosthttp.ResponseTrailerSectionSize:
		c.HTTPResponseTrailerSectionSize = size
	case hosthttp.RequestHeaderSize:
		if text != nil || size != nil {
			c.HTTPRequestHeaderSize = &field
		}
	case hosthttp.RequestTrailerSize:
		c.HTTPRequestTrailerSize = field
	case hosthttp.ResponseHeaderSize:
		c.HTTPResponseHeaderSize = field
	case hosthttp.ResponseTrailerSize:
		c.HTTPResponseTrailerSize = field
	case hosthttp.ResponseTransferCoding:
		c.HTTPResponseTransferCoding = text
	case hosthttp.ResponseContentCoding:
		c.HTTPResponseContentCoding = text
	case hosthttp.InternalError:
		c.InternalError = text
	}
	return c
}

// hostError is what the host makes of an error-code of the guest.
func hostError(c gen.ErrorCode) *hosthttp.Error {
	e := &hosthttp.Error{Code: hosthttp.Code(c.Case)}
	var text *string
	switch c.Case {
	case gen.ErrorCodeDNSError:
		text = c.DNSError.Rcode
		e.Number = message.Widen(c.DNSError.InfoCode)
	case gen.ErrorCodeTLSAlertReceived:
		text = c.TLSAlertReceived.AlertMessage
		e.Number = message.Widen(c.TLSAlertReceived.AlertID)
	case gen.ErrorCodeHTTPRequestBodySize:
		e.Number = c.HTTPRequestBodySize
	case gen.ErrorCodeHTTPResponseBodySize:
		e.Number = c.HTTPResponseBodySize
	case gen.ErrorCodeHTTPRequestHeaderSectionSize:
		e.Number = message.Widen(c.HTTPRequestHeaderSectionSize)
	case gen.ErrorCodeHTTPRequestTrailerSectionSize:
		e.Number = message.Widen(c.HTTPRequestTrailerSectionSize)
	case gen.ErrorCodeHTTPResponseHeaderSectionSize:
		e.Number = message.Widen(c.HTTPResponseHeaderSectionSize)
	case gen.ErrorCodeHTTPResponseTrailerSectionSize:
		e.Number = message.Widen(c.HTTPResponseTrailerSectionSize)
	case gen.ErrorCodeHTTPRequestHeaderSize:
		if f := c.HTTPRequestHeaderSize; f != nil {
			text, e.Number = f.FieldName, message.Widen(f.FieldSize)
		}
	case gen.ErrorCodeHTTPRequestTrailerSize:
		text, e.Number = c.HTTPRequestTrailerSize.FieldName, message.Widen(c.HTTPRequestTrailerSize.FieldSize)
	case gen.ErrorCodeHTTPResponseHeaderSize:
		text, e.Number = c.HTTPResponseHeaderSize.FieldName, message.Widen(c.HTTPResponseHeaderSize.FieldSize)
	case gen.ErrorCodeHTTPResponseTrailerSize:
		text, e.Number = c.HTTPResponseTrailerSize.FieldName, message.Widen(c.HTTPResponseTrailerSize.FieldSize)
	case gen.ErrorCodeHTTPResponseTransferCoding:
		text = c.HTTPResponseTransferCoding
	case gen.ErrorCodeHTTPResponseContentCoding:
		text = c.HTTPResponseContentCoding
	case gen.ErrorCodeInternalError:
		text = c.InternalError
	}
	if text != nil {
		e.Detail = *text
	}
	return e
}

// HTTPErrorCode finds the error-code in the error of a stream.
func (h Host) HTTPErrorCode(_ context.Context, e genio.Error) (*gen.ErrorCode, error) {
	err, ok := e.(*p2io.Error)
	if !ok || hosthttp.ErrorOf(err.Err) == nil {
		return nil, nil
	}
	c := errorCode(err.Err)
	return &c, nil
}
