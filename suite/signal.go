package suite

// This file knows the signals a kill operation may name.

import "strings"

// signalNames are the POSIX and Linux names, without "SIG".
const signalNames = " ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT RTMAX RTMIN SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ "

// knownSignal tells whether a spec may name a signal.
func knownSignal(name string) bool {
	short, ok := strings.CutPrefix(name, "SIG")
	return ok && short != "" && !strings.Contains(short, " ") && strings.Contains(signalNames, " "+short+" ")
}
