package sockets

// This file is the states of sockets, and what each function does in each of
// them: two tables to be compared with tcp.wit and udp.wit.

import gen "github.com/dray-wasm/dray/wasi/gen/p2/sockets"

// A rule is what a function does in a state: go on, or refuse with a code.
type rule uint8

// The rules. Each refusal is one more than its code.
const (
	pass rule = 0
	fail      = rule(gen.ErrorCodeInvalidState) + 1
	busy      = rule(gen.ErrorCodeConcurrencyConflict) + 1
	none      = rule(gen.ErrorCodeNotInProgress) + 1
)

// err is the refusal; nil for pass.
func (r rule) err() error {
	if r == pass {
		return nil
	}
	return gen.ErrorCode(r - 1)
}

// A tcpState is where a TCP socket is in its life.
type tcpState uint8

// The states of tcp.wit, in its order.
const (
	tcpUnbound tcpState = iota
	tcpBinding
	tcpBound
	tcpListenStarted
	tcpListening
	tcpConnecting
	tcpConnected
	tcpClosed
	tcpStates
)

// A tcpFunc is a function of tcp-socket, or several that are alike.
type tcpFunc uint8

const (
	tcpStartBind tcpFunc = iota
	tcpFinishBind
	tcpStartConnect
	tcpFinishConnect
	tcpStartListen
	tcpFinishListen
	tcpAccept
	tcpLocalAddress
	tcpRemoteAddress
	tcpSetBacklog
	tcpOption // hop-limit, keep-alive-*, *-buffer-size, and their setters
	tcpShutdown
	tcpFuncs
)

// tcpRules says what each function does. Those that are not here (is-listening,
// address-family, subscribe and drop) work in every state.
var tcpRules = [tcpFuncs][tcpStates]rule{
	// Columns: unbound, bind-in-progress, bound, listen-in-progress, listening,
	// connect-in-progress, connected, closed.
	tcpStartBind:     {pass, busy, fail, busy, fail, busy, fail, fail},
	tcpFinishBind:    {none, pass, none, none, none, none, none, none},
	tcpStartConnect:  {pass, busy, pass, busy, fail, busy, fail, fail},
	tcpFinishConnect: {none, none, none, none, none, pass, none, none},
	tcpStartListen:   {fail, busy, pass, busy, fail, busy, fail, fail},
	tcpFinishListen:  {none, none, none, pass, none, none, none, none},
	tcpAccept:        {fail, fail, fail, fail, pass, fail, fail, fail},
	tcpLocalAddress:  {fail, fail, pass, pass, pass, pass, pass, fail},
	tcpRemoteAddress: {fail, fail, fail, fail, fail, fail, pass, fail},
	tcpSetBacklog:    {pass, pass, pass, pass, pass, fail, fail, fail},
	tcpOption:        {pass, pass, pass, pass, pass, pass, pass, fail},
	tcpShutdown:      {fail, fail, fail, fail, fail, fail, pass, fail},
}

// A udpState is where a UDP socket is in its life.
type udpState uint8

const (
	udpUnbound udpState = iota
	udpBinding
	udpBound
	udpConnected
	udpStates
)

// A udpFunc is a function of udp-socket, or several that are alike.
type udpFunc uint8

const (
	udpStartBind udpFunc = iota
	udpFinishBind
	udpStream
	udpLocalAddress
	udpRemoteAddress
	udpOption // unicast-hop-limit, *-buffer-size, and their setters
	udpFuncs
)

// udpRules says what each function does. Those that are not here
// (address-family, subscribe and drop) work in every state.
var udpRules = [udpFuncs][udpStates]rule{
	// Columns: unbound, bind-in-progress, bound, connected.
	udpStartBind:     {pass, busy, fail, fail},
	udpFinishBind:    {none, pass, none, none},
	udpStream:        {fail, fail, pass, pass},
	udpLocalAddress:  {fail, fail, pass, pass},
	udpRemoteAddress: {fail, fail, fail, pass},
	udpOption:        {pass, pass, pass, pass},
}
