package sockets

// This file is the states of TCP sockets, and in which of them each function
// works: a table to be compared with types.wit. In all others it is
// invalid-state.

// A tcpState is where a TCP socket is in its life; a set of them is their sum.
type tcpState uint8

const (
	tcpUnbound tcpState = 1 << iota
	tcpBound
	tcpListening
	tcpConnecting
	tcpConnected
	// tcpClosed is after an attempt to connect that failed.
	tcpClosed
)

// A tcpFunc is a function of tcp-socket, or several that are alike.
type tcpFunc uint8

const (
	tcpBind tcpFunc = iota
	tcpConnect
	tcpListen
	tcpTransfer // send, receive
	tcpLocalAddress
	tcpRemoteAddress
	tcpBacklog
	tcpOption // hop-limit, keep-alive-*, *-buffer-size, and their setters
	tcpFuncs
)

// tcpWorks says in which states a function works. Those that are not here
// (get-is-listening, get-address-family and drop) work in every state.
var tcpWorks = [tcpFuncs]tcpState{
	tcpBind:          tcpUnbound,
	tcpConnect:       tcpUnbound | tcpBound,
	tcpListen:        tcpUnbound | tcpBound,
	tcpTransfer:      tcpConnected,
	tcpLocalAddress:  tcpBound | tcpListening | tcpConnecting | tcpConnected,
	tcpRemoteAddress: tcpConnected,
	tcpBacklog:       tcpUnbound | tcpBound | tcpListening,
	tcpOption:        tcpUnbound | tcpBound | tcpListening | tcpConnecting | tcpConnected,
}

// in is why a function does not work in a state; nil when it does.
func (f tcpFunc) in(s tcpState) error {
	if tcpWorks[f]&s == 0 {
		return errInvalidState
	}
	return nil
}
