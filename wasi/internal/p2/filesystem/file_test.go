package filesystem

import "testing"

func TestReadWrite(t *testing.T) {
	forEach(t, `
		open f crw h => ok
		read h 10 0 => "" end
		read h 0 0 => ""
		write h 0 hello => 5
		write h 0 "" => 0
		write h 8 world => 5
		read h 100 0 => "hello\x00\x00\x00world"
		read h 3 8 => "wor"
		read h 10 12 => "d"
		read h 10 13 => "" end
		read h 10 9223372036854775807 => "" end
		read h 10 9223372036854775808 => invalid
		read h 10 18446744073709551615 => invalid
		read h 18446744073709551615 0 => "hello\x00\x00\x00world"
		write h 9223372036854775808 x => invalid
		write h 18446744073709551615 x => invalid
		write h 9223372036854775807 x => file-too-large
		write h 9223372036854775806 xy => file-too-large

		size h 5 => ok
		fstat h => regular-file 5 1
		size h 7 => ok
		read h 10 4 => "o\x00\x00"
		size h 9223372036854775808 => file-too-large
		size h 18446744073709551615 => file-too-large
		sync h => ok
		datasync h => ok

		open f r r => ok
		write r 0 x => bad-descriptor
		size r 0 => invalid
		sync r => ok
		datasync r => ok
		open f w w => ok
		read w 1 0 => bad-descriptor
		unlink f => ok
		size h 42 => ok
		fstat r => regular-file 42 0

		advise h 0 0 0 => ok
		advise h 0 10 1 => ok
		advise h 4096 10 2 => ok
		advise h 0 18446744073709551615 3 => ok
		advise h 9223372036854775807 9223372036854775807 4 => ok
		advise h 0 0 5 => ok
		advise h 9223372036854775808 0 0 => invalid

		read top 1 0 => is-directory
		write top 0 x => bad-descriptor
		size top 0 => bad-descriptor
		advise top 0 0 0 => bad-descriptor
		sync top => ok
		datasync top => ok
		ls h => not-directory
	`)
}

func TestStreams(t *testing.T) {
	forEach(t, `
		open test.txt crw h => ok
		out h 5 o => ok
		put o "Hello, " => ok
		put o World! => ok
		in h 0 i => ok
		get i 100 => "\x00\x00\x00\x00\x00Hello, World!"
		get i 100 => closed
		get i 100 => closed
		in h 12 i => ok
		in h 5 j => ok
		get i 3 => "Wor"
		get j 3 => "Hel"
		get i 3 => "ld!"
		get j 3 => "lo,"
		in h 18 i => ok
		get i 1 => closed
		in h 9223372036854775807 i => ok
		get i 1 => closed

		append h p => ok
		append h q => ok
		put p 1 => ok
		put q 2 => ok
		put o 3 => ok
		put p 4 => ok
		in h 12 i => ok
		get i 100 => "World!324"

		# The streams keep the file when the descriptor and the name are gone.
		in h 0 i => ok
		unlink test.txt => ok
		drop h => ok
		put p 5 => ok
		put o X => ok
		drop o => ok
		get i 100 => "\x00\x00\x00\x00\x00Hello, World!3X45"
		get i 1 => closed
		drop i => ok
		put p 6 => ok
		drop p => ok

		open a.txt r r => ok
		out r 0 o => bad-descriptor
		append r o => bad-descriptor
		open a.txt w w => ok
		in w 0 i => bad-descriptor
		out w 9223372036854775808 o => invalid
		out w 9223372036854775807 o => ok
		put o x => failed: file-too-large
		put o x => closed
		in r 9223372036854775808 i => invalid
		in top 0 i => is-directory
		out top 0 o => bad-descriptor
		append top o => bad-descriptor
	`)
}

func TestTimes(t *testing.T) {
	forEach(t, `
		open a.txt r h => ok
		times a.txt 42.1000 69.999999999 => ok
		when a.txt => {Seconds:42 Nanoseconds:1000} {Seconds:69 Nanoseconds:999999999}
		ftimes h - 70.0 => ok
		when a.txt => {Seconds:42 Nanoseconds:1000} {Seconds:70 Nanoseconds:0}
		ftimes h 43.0 - => ok
		ftimes h - - => ok
		when+ flink => {Seconds:43 Nanoseconds:0} {Seconds:70 Nanoseconds:0}
		times+ flink 1.0 2.0 => ok
		times flink 3.0 4.0 => ok
		when a.txt => {Seconds:1 Nanoseconds:0} {Seconds:2 Nanoseconds:0}
		times a.txt 0.1000000000 - => invalid
		times a.txt - 0.4294967295 => invalid
		ftimes h 0.1000000000 - => invalid
		times a.txt 18446744073709551615.0 - => overflow
		ftimes h - 9223372036854775807.0 => overflow
		when a.txt => {Seconds:1 Nanoseconds:0} {Seconds:2 Nanoseconds:0}
		times a.txt now now => ok
		ftimes h now now => ok
		ftimes top 5.0 6.0 => ok
		when . => {Seconds:5 Nanoseconds:0} {Seconds:6 Nanoseconds:0}
		times z.txt 42.0 69.0 => no-entry
		times+ "" 42.0 69.0 => no-entry
		times / 42.0 69.0 => not-permitted
		times .. 42.0 69.0 => not-permitted
		times ../outside.txt 42.0 69.0 => not-permitted
		times+ up 42.0 69.0 => not-permitted
		times up/foo 42.0 69.0 => not-permitted
		times+ out 42.0 69.0 => not-permitted
		times h:x - - => not-directory
		times z.txt - - => no-entry
	`)
}
