package message

import (
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dray-wasm/dray/host"
	hosthttp "github.com/dray-wasm/dray/host/http"
	p2 "github.com/dray-wasm/dray/wasi/gen/p2/http"
	p3 "github.com/dray-wasm/dray/wasi/gen/p3/http"
)

// TestNames: the codes of the host and the cases of all versions have one order.
func TestNames(t *testing.T) {
	names := [hosthttp.CodeCount]string{
		hosthttp.DNSTimeout: "DNS-timeout", hosthttp.DNSError: "DNS-error", hosthttp.DestinationNotFound: "destination-not-found",
		hosthttp.DestinationUnavailable: "destination-unavailable", hosthttp.DestinationIPProhibited: "destination-IP-prohibited",
		hosthttp.DestinationIPUnroutable: "destination-IP-unroutable", hosthttp.ConnectionRefused: "connection-refused",
		hosthttp.ConnectionTerminated: "connection-terminated", hosthttp.ConnectionTimeout: "connection-timeout",
		hosthttp.ConnectionReadTimeout: "connection-read-timeout", hosthttp.ConnectionWriteTimeout: "connection-write-timeout",
		hosthttp.ConnectionLimitReached: "connection-limit-reached", hosthttp.TLSProtocolError: "TLS-protocol-error",
		hosthttp.TLSCertificateError: "TLS-certificate-error", hosthttp.TLSAlertReceived: "TLS-alert-received",
		hosthttp.RequestDenied: "HTTP-request-denied", hosthttp.RequestLengthRequired: "HTTP-request-length-required",
		hosthttp.RequestBodySize: "HTTP-request-body-size", hosthttp.RequestMethodInvalid: "HTTP-request-method-invalid",
		hosthttp.RequestURIInvalid: "HTTP-request-URI-invalid", hosthttp.RequestURITooLong: "HTTP-request-URI-too-long",
		hosthttp.RequestHeaderSectionSize: "HTTP-request-header-section-size", hosthttp.RequestHeaderSize: "HTTP-request-header-size",
		hosthttp.RequestTrailerSectionSize: "HTTP-request-trailer-section-size", hosthttp.RequestTrailerSize: "HTTP-request-trailer-size",
		hosthttp.ResponseIncomplete: "HTTP-response-incomplete", hosthttp.ResponseHeaderSectionSize: "HTTP-response-header-section-size",
		hosthttp.ResponseHeaderSize: "HTTP-response-header-size", hosthttp.ResponseBodySize: "HTTP-response-body-size",
		hosthttp.ResponseTrailerSectionSize: "HTTP-response-trailer-section-size", hosthttp.ResponseTrailerSize: "HTTP-response-trailer-size",
		hosthttp.ResponseTransferCoding: "HTTP-response-transfer-coding", hosthttp.ResponseContentCoding: "HTTP-response-content-coding",
		hosthttp.ResponseTimeout: "HTTP-response-timeout", hosthttp.UpgradeFailed: "HTTP-upgrade-failed",
		hosthttp.ProtocolError: "HTTP-protocol-error", hosthttp.LoopDetected: "loop-detected",
		hosthttp.ConfigurationError: "configuration-error", hosthttp.InternalError: "internal-error",
	}
	for c, name := range names {
		if got := p2.ErrorCodeCase(c).String(); got != name {
			t.Errorf("0.2 has %s for %s", got, name)
		}
		if got := p3.ErrorCodeCase(c).String(); got != name {
			t.Errorf("0.3 has %s for %s", got, name)
		}
	}
	for c := range MethodOther {
		name := MethodText(c, "")
		if Method(name) != c || !strings.EqualFold(p2.MethodCase(c).String(), name) || !strings.EqualFold(p3.MethodCase(c).String(), name) {
			t.Errorf("method %s", name)
		}
	}
	if Method("get") != MethodOther || Method("") != 0 || MethodText(MethodOther, "x") != "x" || MethodOther != int(p3.MethodOther) {
		t.Error("other methods")
	}
	if p2.MethodCase(MethodOther) != p2.MethodOther {
		t.Error("other methods of 0.2")
	}
	if Scheme("HTTP") != int(p3.SchemeHTTP) || Scheme("https") != int(p3.SchemeHTTPS) || Scheme("ftp") != int(p3.SchemeOther) {
		t.Error("schemes")
	}
}

func TestReasons(t *testing.T) {
	secret := errors.New("secret")
	if e := Reason(secret); e.Code != hosthttp.InternalError || strings.Contains(e.Explain(), "secret") {
		t.Error(e)
	}
	if e := Reason(host.EMFILE); e.Code != hosthttp.ConnectionLimitReached {
		t.Error(e)
	}
	own := hosthttp.Fail(hosthttp.LoopDetected, nil)
	if Reason(own) != own || Broken(own) != own || Broken(secret).Code != hosthttp.ConnectionTerminated {
		t.Error("errors of HTTP must stay what they are")
	}
	big := uint64(1) << 40
	if *Cut[uint8](&big) != math.MaxUint8 || *Cut[uint32](&big) != math.MaxUint32 || Cut[uint16](nil) != nil {
		t.Error("numbers must be cut")
	}
	small := uint16(7)
	if *Widen(&small) != 7 || Widen[uint8](nil) != nil {
		t.Error("numbers must be widened")
	}
	zero := uint64(0)
	if Timeout(nil) != 0 || Timeout(&zero) != 1 || Timeout(&big) != 1<<40*time.Nanosecond {
		t.Error("timeouts")
	}
}

// TestShared has goroutines read and give back a list that one changes.
func TestShared(t *testing.T) {
	b := NewBudget(0)
	f := b.NewFields()
	var wg sync.WaitGroup
	for i := range 200 {
		f.Append("a", []byte{'0' + byte(i%10)})
		l := f.List().Retain()
		wg.Go(func() {
			if n := len(l.Header()["A"]); n != i+1 {
				t.Errorf("%d values, want %d", n, i+1)
			}
			l.Release()
		})
	}
	wg.Wait()
	f.Drop()
	if b.Used() != 0 || b.Full() {
		t.Errorf("%d bytes are counted", b.Used())
	}
}

func TestSpelling(t *testing.T) {
	f := NewBudget(0).NewFields()
	f.Append("Foo", nil)
	if f.Spelling("fOO") != "Foo" || f.Spelling("bar") != "bar" {
		t.Error("names are spelled as the first of them")
	}
}
