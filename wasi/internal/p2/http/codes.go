package http

// This file is the one table between the reasons of host/http and the cases of
// error-code.

import (
	"context"
	"errors"
	"math"

	"github.com/dray-wasm/dray/host"
	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/http"
	genio "github.com/dray-wasm/dray/wasi/gen/p2/io"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// codes has the case for each reason.
var codes = [hosthttp.CodeCount]gen.ErrorCodeCase{
	hosthttp.DNSTimeout:                 gen.ErrorCodeDNSTimeout,
	hosthttp.DNSError:                   gen.ErrorCodeDNSError,
	hosthttp.DestinationNotFound:        gen.ErrorCodeDestinationNotFound,
	hosthttp.DestinationUnavailable:     gen.ErrorCodeDestinationUnavailable,
	hosthttp.DestinationIPProhibited:    gen.ErrorCodeDestinationIPProhibited,
	hosthttp.DestinationIPUnroutable:    gen.ErrorCodeDestinationIPUnroutable,
	hosthttp.ConnectionRefused:          gen.ErrorCodeConnectionRefused,
	hosthttp.ConnectionTerminated:       gen.ErrorCodeConnectionTerminated,
	hosthttp.ConnectionTimeout:          gen.ErrorCodeConnectionTimeout,
	hosthttp.ConnectionReadTimeout:      gen.ErrorCodeConnectionReadTimeout,
	hosthttp.ConnectionWriteTimeout:     gen.ErrorCodeConnectionWriteTimeout,
	hosthttp.ConnectionLimitReached:     gen.ErrorCodeConnectionLimitReached,
	hosthttp.TLSProtocolError:           gen.ErrorCodeTLSProtocolError,
	hosthttp.TLSCertificateError:        gen.ErrorCodeTLSCertificateError,
	hosthttp.TLSAlertReceived:           gen.ErrorCodeTLSAlertReceived,
	hosthttp.RequestDenied:              gen.ErrorCodeHTTPRequestDenied,
	hosthttp.RequestLengthRequired:      gen.ErrorCodeHTTPRequestLengthRequired,
	hosthttp.RequestBodySize:            gen.ErrorCodeHTTPRequestBodySize,
	hosthttp.RequestMethodInvalid:       gen.ErrorCodeHTTPRequestMethodInvalid,
	hosthttp.RequestURIInvalid:          gen.ErrorCodeHTTPRequestURIInvalid,
	hosthttp.RequestURITooLong:          gen.ErrorCodeHTTPRequestURITooLong,
	hosthttp.RequestHeaderSectionSize:   gen.ErrorCodeHTTPRequestHeaderSectionSize,
	hosthttp.RequestHeaderSize:          gen.ErrorCodeHTTPRequestHeaderSize,
	hosthttp.RequestTrailerSectionSize:  gen.ErrorCodeHTTPRequestTrailerSectionSize,
	hosthttp.RequestTrailerSize:         gen.ErrorCodeHTTPRequestTrailerSize,
	hosthttp.ResponseIncomplete:         gen.ErrorCodeHTTPResponseIncomplete,
	hosthttp.ResponseHeaderSectionSize:  gen.ErrorCodeHTTPResponseHeaderSectionSize,
	hosthttp.ResponseHeaderSize:         gen.ErrorCodeHTTPResponseHeaderSize,
	hosthttp.ResponseBodySize:           gen.ErrorCodeHTTPResponseBodySize,
	hosthttp.ResponseTrailerSectionSize: gen.ErrorCodeHTTPResponseTrailerSectionSize,
	hosthttp.ResponseTrailerSize:        gen.ErrorCodeHTTPResponseTrailerSize,
	hosthttp.ResponseTransferCoding:     gen.ErrorCodeHTTPResponseTransferCoding,
	hosthttp.ResponseContentCoding:      gen.ErrorCodeHTTPResponseContentCoding,
	hosthttp.ResponseTimeout:            gen.ErrorCodeHTTPResponseTimeout,
	hosthttp.UpgradeFailed:              gen.ErrorCodeHTTPUpgradeFailed,
	hosthttp.ProtocolError:              gen.ErrorCodeHTTPProtocolError,
	hosthttp.LoopDetected:               gen.ErrorCodeLoopDetected,
	hosthttp.ConfigurationError:         gen.ErrorCodeConfigurationError,
	hosthttp.InternalError:              gen.ErrorCodeInternalError,
}

// reasons is codes the other way round.
var reasons = func() (r [hosthttp.CodeCount]hosthttp.Code) {
	for c, g := range codes {
		r[g] = hosthttp.Code(c)
	}
	return r
}()

// errorCode is what the guest gets for an error of the host.
func errorCode(err error) gen.ErrorCode {
	e := hosthttp.ErrorOf(err)
	if e == nil {
		e = &hosthttp.Error{Code: hosthttp.InternalError}
		if no := host.ErrnoOf(err); no != host.Success {
			e.Detail = no.Error()
		}
		if errors.Is(err, host.EMFILE) {
			e.Code = hosthttp.ConnectionLimitReached
		}
	}
	c := gen.ErrorCode{Case: codes[e.Code]}
	var text *string
	if e.Detail != "" {
		text = &e.Detail
	}
	size := cut[uint32](e.Number, math.MaxUint32)
	field := gen.FieldSizePayload{FieldName: text, FieldSize: size}
	switch e.Code {
	case hosthttp.DNSError:
		c.DNSError = gen.DNSErrorPayload{Rcode: text, InfoCode: cut[uint16](e.Number, math.MaxUint16)}
	case hosthttp.TLSAlertReceived:
		c.TLSAlertReceived = gen.TLSAlertReceivedPayload{AlertID: cut[uint8](e.Number, math.MaxUint8), AlertMessage: text}
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

// cut is n in a smaller type, which shows its greatest value for all above.
func cut[T uint8 | uint16 | uint32](n *uint64, most uint64) *T {
	if n == nil {
		return nil
	}
	v := T(min(*n, most))
	return &v
}

// hostError is what the host makes of an error-code of the guest.
func hostError(c gen.ErrorCode) *hosthttp.Error {
	e := &hosthttp.Error{Code: reasons[c.Case]}
	var text *string
	switch c.Case {
	case gen.ErrorCodeDNSError:
		text = c.DNSError.Rcode
		e.Number = widen(c.DNSError.InfoCode)
	case gen.ErrorCodeTLSAlertReceived:
		text = c.TLSAlertReceived.AlertMessage
		e.Number = widen(c.TLSAlertReceived.AlertID)
	case gen.ErrorCodeHTTPRequestBodySize:
		e.Number = c.HTTPRequestBodySize
	case gen.ErrorCodeHTTPResponseBodySize:
		e.Number = c.HTTPResponseBodySize
	case gen.ErrorCodeHTTPRequestHeaderSectionSize:
		e.Number = widen(c.HTTPRequestHeaderSectionSize)
	case gen.ErrorCodeHTTPRequestTrailerSectionSize:
		e.Number = widen(c.HTTPRequestTrailerSectionSize)
	case gen.ErrorCodeHTTPResponseHeaderSectionSize:
		e.Number = widen(c.HTTPResponseHeaderSectionSize)
	case gen.ErrorCodeHTTPResponseTrailerSectionSize:
		e.Number = widen(c.HTTPResponseTrailerSectionSize)
	case gen.ErrorCodeHTTPRequestHeaderSize:
		if f := c.HTTPRequestHeaderSize; f != nil {
			text, e.Number = f.FieldName, widen(f.FieldSize)
		}
	case gen.ErrorCodeHTTPRequestTrailerSize:
		text, e.Number = c.HTTPRequestTrailerSize.FieldName, widen(c.HTTPRequestTrailerSize.FieldSize)
	case gen.ErrorCodeHTTPResponseHeaderSize:
		text, e.Number = c.HTTPResponseHeaderSize.FieldName, widen(c.HTTPResponseHeaderSize.FieldSize)
	case gen.ErrorCodeHTTPResponseTrailerSize:
		text, e.Number = c.HTTPResponseTrailerSize.FieldName, widen(c.HTTPResponseTrailerSize.FieldSize)
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

func widen[T uint8 | uint16 | uint32](n *T) *uint64 {
	if n == nil {
		return nil
	}
	v := uint64(*n)
	return &v
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
