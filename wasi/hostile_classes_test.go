package wasi_test

// This file is the list of what broke other runtimes, and of what an attacker
// would try next: each kind of attack with the tests that are about it.

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// classes are kinds of attack that touch WASI 0.2. A test is written
// folder:name, the folder seen from the module's root. What the hostile guest
// tries is in testdata/guests/p2/rust/hostile.rs, what the greedy one asks for
// in greedy.rs beside it.
var classes = []struct{ attack, tests string }{
	// Files.
	{"a path that leads out: .., absolute, with NUL, too long", "wasi:TestHostileGuest host/fs:TestEscapes host/fs:TestNames wasi/internal/p2/filesystem:TestOpenOutside"},
	{"a symlink that leads out, of the guest's or the host's making, at the end or on the way", "wasi:TestHostileGuest host/fs:TestSymlinks wasi/internal/p2/filesystem:TestOpenLinks wasi/internal/p2/filesystem:TestSymlinks"},
	{"a trailing slash behind a symlink", "host/fs:TestSlashes wasi:TestHostileGuest"},
	{"a directory that turns into a symlink meanwhile, or is moved away", "wasi:TestHostileGuest host/fs:TestRaces host/fs:TestMovedDirectory wasi/internal/p2/filesystem:TestRenamer"},
	{"create through a symlink that leads out", "wasi:TestHostileGuest host/fs:TestEscapes"},
	{"create or truncate below a read-only directory", "wasi:TestHostileGuest wasi/internal/p2/filesystem:TestReadOnly wasi/internal/p2/filesystem:TestReadOnlyPaths"},
	{"link or rename from a read-only directory into a writable one", "wasi:TestHostileGuest wasi/internal/p2/filesystem:TestRights host/fs:TestReadOnly"},
	{"a symlink with a bad old path", "host/fs:TestSymlinks wasi/internal/p2/filesystem:TestSymlinks"},
	{"links of /proc that lead anywhere", "host/fs:TestMagicLinks"},
	{"names that are not UTF-8", "wasi/internal/p2/filesystem:TestIllegalNames internal/abi:TestStringTraps"},
	{"offsets and lengths up to 2^64-1", "wasi:TestGreedyGuest wasi/internal/p2/filesystem:TestBounds wasi/internal/p2/io:TestReadBounds"},
	{"times up to 2^64-1 seconds, a billion nanoseconds and more", "wasi:TestGreedyGuest wasi/internal/p2/filesystem:TestTimes wasi/internal/p2/clocks:TestClocks"},
	{"a full disk", "wasi/internal/p2/filesystem:TestFull"},
	{"a pipe that nobody opens at its other end", "wasi/internal/p2/filesystem:TestFifo host/fs:TestFifo"},
	{"the guest ends while it uses its files", "wasi/internal/files:TestClosedMeanwhile wasi/internal/p2/filesystem:TestClose"},

	// Sockets and names.
	{"an address outside of the allow list, in each spelling", "wasi:TestHostileGuest wasi/internal/p2/sockets:TestGrants wasi/internal/p2/sockets:TestUDPGrants host/net:TestPolicyCheck"},
	{"no allow list at all", "wasi/internal/p2/sockets:TestNoPolicy wasi/internal/p2:TestEmpty"},
	{"a name that leads elsewhere the second time", "wasi:TestHostileGuest wasi:TestHostileRebinding host/net:TestRebinding host/net:TestDialRebinding"},
	{"a name that leads to the host itself", "wasi:TestHostileRebinding host/net:TestOwnAddrs"},
	{"more names than can be kept", "host/net:TestPinsBounded wasi:TestGreedyGuest"},
	{"a look-up that never ends", "wasi/internal/p2/sockets:TestLookupEnds host/net:TestLookupCancel"},
	{"functions in a wrong state, in any order", "wasi/internal/p2/sockets:TestTCPStates wasi/internal/p2/sockets:TestUDPStates wasi/internal/p2/sockets:FuzzCalls"},
	{"datagrams of strangers", "wasi/internal/p2/sockets:TestUDPReceiveAfterConnect wasi/internal/p2/sockets:TestUDPGrants"},
	{"more datagrams, and larger ones, than are permitted", "wasi:TestGreedyGuest wasi/internal/p2/sockets:TestUDPBatches wasi/internal/p2/sockets:TestUDPSendErrors"},
	{"IPv4 by way of IPv6", "wasi:TestHostileGuest wasi/internal/p2/sockets:TestNoDualStack wasi/internal/p2/sockets:FuzzAddress"},
	{"the guest ends while it uses its sockets", "wasi/internal/p2/sockets:TestEndRaces wasi/internal/p2/sockets:TestAdoptAfterEnd wasi/internal/p2/sockets:TestGuestEnds"},

	// HTTP.
	{"a host outside of the allow list, in each spelling", "wasi:TestHostileGuest host/http:TestClientRefuses host/http:FuzzParseAuthority"},
	{"line ends and NUL in a method, a path, a name, a value", "wasi:TestHostileGuest host/http:TestValidTokenAndValue wasi/internal/p2/http:TestFieldsErrors"},
	{"the nine forbidden headers", "wasi:TestHostileGuest host/http:TestForbidden wasi/internal/p2/http:TestFieldsErrors"},
	{"more headers than 128 KiB, or 32,768 of them", "wasi:TestHostileGuest wasi:TestGreedyGuest wasi/internal/p2/http:TestFieldsLimits host/http:TestClientHeaderBombs wasi/http:TestHostileClients"},
	{"bodies longer and shorter than they say", "wasi/internal/p2/http:TestExchangeBodyLength wasi/internal/p2/http:TestResponseLength host/http:TestClientBadServers wasi/http:TestBodyTooLarge"},
	{"requests that nobody waits for", "wasi/internal/p2/http:TestExchangeDrops host/http:TestClientGivesUp wasi/internal/p2/http:TestManyExchanges"},
	{"clients that are slow, half closed, or gone", "wasi/http:TestHostileClients wasi/http:TestGone"},

	// Streams, pollables, handles.
	{"thousands of streams to one output, none of which ends", "wasi/internal/guest:TestPumpLimits wasi/internal/guest:TestFlushOfPumps wasi:TestAsyncOutput"},
	{"an output that takes nothing any more, or fails", "wasi/internal/guest:TestPumpEnds wasi/internal/guest:TestFlushWaits wasi/internal/p3/cli:TestBrokenOutput"},
	{"tasks that go on when run has returned: they exit, trap, or never end", "wasi:TestAsyncEnd wasi:TestAsyncTimeout wasi:TestAsyncLeavesNothing"},
	{"10,000 handles, and a million", "wasi:TestGreedyGuest wasi/internal/p2/filesystem:TestLimit wasi/internal/p2/sockets:TestManySockets wasi/internal/p2/http:TestTooManyBodies internal/task:TestTableLimit"},
	{"poll with a million entries, with none, with the same one again", "wasi:TestGreedyGuest wasi/internal/p2/io:TestPoll"},
	{"a pollable whose stream, socket or request is dropped", "wasi:TestGreedyGuest wasi/internal/p2/io:TestDropStream wasi/internal/p2/sockets:TestUDPStaleStreams wasi/internal/p2/sockets:TestTCPDropOrders wasi/internal/p2/http:TestPollFutures"},
	{"a stream that is dropped while it is written", "wasi:TestGreedyGuest wasi/internal/p2/io:TestDropStream wasi/internal/p2/sockets:TestTCPDropOrders wasi/internal/p2/http:TestIncomingDrops"},
	{"more bytes than check-write permitted, 2^64-1 zeroes", "wasi:TestGreedyGuest wasi/internal/p2/io:TestPermits"},
	{"a peer that takes nothing", "wasi/internal/p2/io:TestBackPressure wasi/internal/p2/http:TestExchangeBackPressure wasi:TestSlowOutput"},
	{"a file that is spliced onto itself", "wasi:TestGreedyGuest"},
	{"a handle that is given to another component, once and twice", "wasi:TestHandlesBetweenComponents .:TestBadHandles"},
	{"a stream of an instance that has ended, from another goroutine", "wasi:TestStreamsOfClosedInstance wasi/internal/p2/io:TestClose"},
	{"an instance that is closed while its guest waits", "wasi:TestCloseWhileGuestWaits wasi:TestComponentsLeaveNothing"},

	// Bytes and memory.
	{"2^40 random bytes, and 64 MiB", "wasi:TestGreedyGuest wasi/internal/p2/random:TestBounds"},
	{"lists and strings of the guest that are larger than the host lets through", "internal/abi:TestBudget internal/abi:TestHugeLists internal/abi:TestStringLimits"},
	{"strings that are no strings, lists outside of the memory", "internal/abi:TestStringTraps internal/abi:FuzzHostileMemory .:TestBadSharedToHost"},
	{"keys, values and batches that are too large", "wasi/internal/p2/keyvalue:TestErrors wasi/internal/p2/keyvalue:TestKept wasi/keyvalue:TestLimits wasi/keyvalue:TestMemoryFull"},
	{"buckets that are not granted", "wasi/keyvalue:TestGrantedBuckets wasi/internal/p2/keyvalue:TestErrors"},
	{"cursors that never were given", "wasi/internal/p2/keyvalue:TestCursors"},
	{"lines of a log that are too long, or many", "wasi/internal/p2/logging:TestCut"},

	// What the guest was not told.
	{"names, directories, variables of the host", "wasi:TestHostileGuest wasi/internal/p2/io:TestErrorTexts wasi/internal/p2/keyvalue:TestErrors"},
}

// TestClasses: every test of the list is there.
func TestClasses(t *testing.T) {
	text := map[string]string{}
	for _, c := range classes {
		for name := range strings.FieldsSeq(c.tests) {
			dir, test, _ := strings.Cut(name, ":")
			if _, ok := text[dir]; !ok {
				text[dir] = testsOf(t, dir)
			}
			if !strings.Contains(text[dir], "\nfunc "+test+"(") {
				t.Errorf("%s: there is no test %s in %s", c.attack, test, dir)
			}
		}
	}
}

// testsOf is the text of the tests in a folder.
func testsOf(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", dir, "*_test.go"))
	check(t, err)
	var all strings.Builder
	for _, file := range files {
		b, err := os.ReadFile(file)
		check(t, err)
		all.Write(b)
	}
	return all.String()
}
