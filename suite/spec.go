package suite

// This file declares what a test spec says, after parsing.

import "strings"

// A Version is a WASI version, named by its Rust target.
type Version string

// The versions a manifest may name.
const (
	WASIP1 Version = "wasm32-wasip1"
	WASIP2 Version = "wasm32-wasip2"
	WASIP3 Version = "wasm32-wasip3"
)

var versions = []string{string(WASIP1), string(WASIP2), string(WASIP3)}

// A World is the WIT world a test targets.
type World string

// The worlds a spec may name.
const (
	CLICommand  World = "wasi:cli/command"
	HTTPService World = "wasi:http/service"
)

var worlds = []string{string(CLICommand), string(HTTPService)}

// proposals are the WASI proposals a spec may ask for.
var proposals = []string{"http", "sockets"}

// A Pair is one entry of a JSON object of strings: a variable or a header.
type Pair struct{ Name, Value string }

// A Spec says how to run one test and what to expect of it. It is read-only
// after parsing.
type Spec struct {
	// Operations are carried out in order; the first that fails ends the test.
	Operations []Operation
	// Proposals are the WASI proposals the test needs.
	Proposals []string
	// World is the world the test targets.
	World World
	// Servers are the HTTP servers the test may call.
	Servers []Server
	// Debug sets DEBUG=true in the runner's own environment.
	Debug bool
}

// defaultSpec is the spec of a test without a JSON file.
func defaultSpec() *Spec {
	return &Spec{Operations: []Operation{&RunOp{}, &WaitOp{}}, World: CLICommand}
}

// An Operation is one step of a test: [*RunOp], [*WaitOp], [*ReadOp], [*WriteOp],
// [*ConnectOp], [*SendOp], [*RecvOp], [*RequestOp] or [*KillOp].
type Operation interface {
	// String names the operation in reports.
	String() string
}

// RunOp starts the test's process.
type RunOp struct {
	Args []string
	Env  []Pair
	// Root is the folder preopened as "/", or empty for none. A relative one
	// in the file has been joined to the folder of the spec.
	Root string
}

// WaitOp closes the process's input, waits for its end and checks its exit
// code; a process ended by signal N has exit code -N.
type WaitOp struct{ ExitCode int }

// ReadOp expects that the next output on a stream is Payload. More output may
// follow it.
type ReadOp struct{ ID, Payload string }

// WriteOp writes to the process's input.
type WriteOp struct{ ID, Payload string }

// ConnectOp reads "host:port" from the process's output and connects to it.
type ConnectOp struct{ ID, Protocol string }

// SendOp sends on a connection.
type SendOp struct{ ID, Payload string }

// RecvOp expects Payload on a connection.
type RecvOp struct{ ID, Payload string }

// RequestOp makes an HTTP request to the server whose URL the process writes in
// the first line of its error output.
type RequestOp struct {
	Method, Path string
	Headers      []Pair
	Body         string
	Response     Response
}

// A Response is what a [RequestOp] expects, or what an [Endpoint] answers.
type Response struct {
	Status  int
	Headers []Pair
	Body    string
}

// KillOp sends a signal to the process.
type KillOp struct{ Signal string }

func (o *RunOp) String() string     { return "run" }
func (o *WaitOp) String() string    { return "wait" }
func (o *ReadOp) String() string    { return "read " + o.ID }
func (o *WriteOp) String() string   { return "write " + o.ID }
func (o *ConnectOp) String() string { return "connect " + o.ID }
func (o *SendOp) String() string    { return "send " + o.ID }
func (o *RecvOp) String() string    { return "recv " + o.ID }
func (o *RequestOp) String() string { return "request " + o.Method + " " + o.Path }
func (o *KillOp) String() string    { return "kill " + o.Signal }

// A Server is an HTTP server stood up for a test on the loopback interface.
type Server struct {
	Name string
	// Closed makes it an address where nothing listens.
	Closed    bool
	Endpoints []Endpoint
}

// EnvVar is the guest variable that holds the server's "host:port".
func (s *Server) EnvVar() string { return "HTTP_SERVER_" + strings.ToUpper(s.Name) }

// The modes of an [Endpoint].
const (
	modeStatic      = "static"
	modeEchoBody    = "echo-body"
	modeEchoHeaders = "echo-headers"
)

var endpointModes = []string{modeStatic, modeEchoBody, modeEchoHeaders}

// An Endpoint answers one method and path of a [Server].
type Endpoint struct {
	Method, Path string
	// Mode is "static" (answer Response), "echo-body" or "echo-headers".
	Mode     string
	Response Response
	// Chunks, when not nil, is the body in chunked transfer coding, followed
	// by Trailers.
	Chunks   []string
	Trailers []Pair
}
