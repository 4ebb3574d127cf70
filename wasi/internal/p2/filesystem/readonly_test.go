package filesystem

import "testing"

func TestReadOnly(t *testing.T) {
	forEachReadOnly(t, `
		flags top => {read}
		open a.txt r h => ok
		flags h => {read}
		read h 10 0 => "hello"
		in h 1 i => ok
		get i 10 => "ello"
		get i 10 => closed
		write h 0 x => read-only
		out h 0 o => read-only
		append h o => read-only
		size h 0 => read-only
		ftimes h now now => read-only
		ftimes top now now => read-only
		sync h => ok
		datasync h => ok
		sync top => ok
		advise h 0 0 0 => ok

		open a.txt w => read-only
		open a.txt rw => read-only
		open a.txt t => read-only
		open a.txt tr => read-only
		open a.txt c => read-only
		open a.txt rm => read-only
		open a.txt cx => exist
		open flink tf => read-only
		open flink wf => read-only
		open z c => read-only
		open z cx => read-only
		open z w => no-entry
		open d rm => read-only
		open d d d => ok
		flags d => {read}
		open d:z c => read-only
		open d:g.txt w => read-only
		open d:back rf => not-permitted
		open d dm => read-only
		open dangling cf => read-only
		open new cf => not-permitted
		open out tf => not-permitted
		open up rf => not-permitted
	`)
}

func TestReadOnlyPaths(t *testing.T) {
	forEachReadOnly(t, `
		open d d d => ok
		mkdir z => read-only
		rmdir d => read-only
		unlink a.txt => read-only
		symlink a.txt z => read-only
		link a.txt z => read-only
		rename a.txt z => read-only
		times a.txt now now => read-only
		times+ flink now now => read-only
		mkdir d:z => read-only
		readlink flink => a.txt
	`)
}

func TestReadOnlyLooks(t *testing.T) {
	forEachReadOnly(t, `
		open a.txt r h => ok
		open d d d => ok
		ls top => a.txt b.txt d/ dangling@ dlink@ flink@ loop@ new@ out@ up@
		ls d => back@ e/ g.txt
		ls h => not-directory
		stat a.txt => regular-file 5 1
		stat d => directory
		stat+ dlink => directory
		stat flink => symbolic-link 5 1
		stat+ flink => regular-file 5 1
		stat+ out => not-permitted
		stat+ dangling => no-entry
		stat a.txt/x => not-directory
		stat h:x => not-directory
		stat h:. => not-directory
		stat "" => no-entry
		stat .. => not-permitted
		stat / => not-permitted
		stat /etc/passwd => not-permitted
		hash . => ok
		hash / => not-permitted
		hash "" => no-entry
		hash /etc/passwd => not-permitted
		hash+ up => not-permitted
		fhash h => ok
		fhash d => ok
	`)
}
