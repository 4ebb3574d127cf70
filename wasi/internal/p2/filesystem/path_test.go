package filesystem

import "testing"

func TestDirectories(t *testing.T) {
	forEach(t, `
		ls top => a.txt b.txt d/ dangling@ dlink@ flink@ loop@ new@ out@ up@
		mkdir "" => no-entry
		mkdir . => exist
		mkdir .. => not-permitted
		mkdir / => not-permitted
		mkdir /tmp/x => not-permitted
		mkdir ../q => not-permitted
		mkdir up/q => not-permitted
		mkdir a.txt => exist
		mkdir d => exist
		mkdir none/q => no-entry
		mkdir a.txt/q => not-directory
		mkdir "q\x00" => invalid
		mkdir q/ => ok
		rmdir q => ok
		mkdir q => ok
		rmdir q/ => ok
		rmdir "" => no-entry
		rmdir . => invalid
		rmdir .. => not-permitted
		rmdir / => not-permitted
		rmdir a.txt => not-directory
		rmdir none => no-entry
		rmdir up => not-directory
		rmdir up/grant => not-permitted
		rmdir d/../../grant => not-permitted
		rmdir d => not-empty
		rmdir "d\x00" => invalid
	`)
}

func TestUnlink(t *testing.T) {
	forEach(t, `
		unlink "" => no-entry
		unlink . => is-directory
		unlink .. => not-permitted
		unlink ../ => not-permitted
		unlink / => not-permitted
		unlink /etc/passwd => not-permitted
		unlink none => no-entry
		unlink d => is-directory
		unlink d/ => is-directory
		unlink up/outside.txt => not-permitted
		unlink ../outside.txt => not-permitted
		unlink a.txt/ => not-directory
		unlink out => ok
		unlink "a.txt\x00" => invalid
	`)
}

func TestSymlinks(t *testing.T) {
	forEach(t, `
		symlink "" l => no-entry
		symlink /etc/passwd l => not-permitted
		symlink / l => not-permitted
		symlink "a\x00" l => invalid
		symlink a "" => no-entry
		symlink a a.txt => exist
		symlink a ../l => not-permitted
		symlink a up/l => not-permitted
		symlink a "l\x00" => invalid
		symlink ../outside.txt l => ok
		readlink l => ../outside.txt
		open l rf => not-permitted
		unlink l => ok
		readlink a.txt => invalid
		readlink d => invalid
		readlink none => no-entry
		readlink "" => no-entry
		readlink .. => not-permitted
		readlink up/x => not-permitted
		readlink flink => a.txt
		readlink up => ..

		open d dm d => ok
		mkdir d:x => ok
		mkdir d:../x => not-permitted
		rmdir d:x => ok
		rmdir d:../d => not-permitted
		unlink d:../a.txt => not-permitted
		ls d => back@ e/ g.txt
	`)
}

// TestRemoveTree changes a directory that was opened for reading, as programs
// do that remove trees.
func TestRemoveTree(t *testing.T) {
	forEach(t, `
		open d dr d => ok
		flags d => {read}
		open d:e dr e => ok
		open e:f cw => ok
		unlink e:f => ok
		rmdir d:e => ok
		unlink d:back => ok
		unlink d:g.txt => ok
		rmdir d => ok
		mkdir d:x => no-entry
		stat d:. => directory
	`)
}

func TestLinks(t *testing.T) {
	forEach(t, `
		link . foo => not-permitted
		link d foo => not-permitted
		link "" foo => no-entry
		link "" "" => no-entry
		link a.txt "" => no-entry
		link a.txt a.txt => exist
		link a.txt d => exist
		link / a.txt => not-permitted
		link a.txt / => not-permitted
		link a.txt /a.txt => not-permitted
		link .. a.txt => not-permitted
		link a.txt .. => not-permitted
		link up/foo a.txt => not-permitted
		link a.txt up/foo => not-permitted
		link ../outside.txt x => not-permitted
		link+ out x => not-permitted
		link "a.txt\x00" x => invalid
		link a.txt "x\x00" => invalid
		link a.txt x/ => no-entry
		link a.txt x => ok
		stat x => regular-file 5 2
		open x r x => ok
		open a.txt r a => ok
		open b.txt r b => ok
		same x a => true
		same a b => false
		same a a => true
		same a top => false
		unlink x => ok
		open d dm d => ok
		link a.txt d:q => ok
		link d:q p => ok
		stat p => regular-file 5 3
		link a.txt a:q => not-directory
		link a:q z => not-directory

		# A hard link to a link, and to what it leads to.
		link flink l1 => ok
		stat l1 => symbolic-link 5 2
		link+ flink l2 => ok
		stat l2 => regular-file 5 4
	`)
}

// TestRights has two directories of different rights.
func TestRights(t *testing.T) {
	forEach(t, `
		link ro:b.txt top:stolen => read-only
		link b.txt ro:stolen => read-only
		link ro:b.txt ro:stolen => read-only
		rename ro:b.txt top:stolen => read-only
		rename b.txt ro:stolen => read-only
		rename ro:b.txt ro:stolen => read-only
		stat b.txt => regular-file 1 1
		stat stolen => no-entry
	`)
}

func TestRename(t *testing.T) {
	forEach(t, `
		open b.txt r b => ok
		open d dm d => ok
		rename a.txt a.txt => ok
		rename none q => no-entry
		rename . q => busy
		rename d/. q => busy
		rename a.txt . => busy
		rename a.txt ../q => not-permitted
		rename ../outside.txt q => not-permitted
		rename a.txt up/q => not-permitted
		rename a.txt /tmp/q => not-permitted
		rename "" q => no-entry
		rename a.txt "" => no-entry
		rename a.txt "q\x00" => invalid
		rename b.txt d => is-directory
		rename d b.txt => not-directory
		rename d d/e/f => invalid
		rename d/e d => not-empty
		rename b.txt b:q => not-directory
		rename b.txt b/ => not-directory
		rename b.txt d:c => ok
		rename d:c b.txt => ok
		rename d:c b.txt => no-entry
		rename d:../b.txt c => not-permitted
		rename b.txt d:../c => not-permitted
		symlink x c => ok
		rename b.txt c => ok
		stat c => regular-file 1 1
		mkdir full => ok
		mkdir full/x => ok
		mkdir empty => ok
		rename empty full => not-empty
		rename full empty => ok
		stat empty/x => directory
	`)
}

// TestTrees has directories of several trees.
func TestTrees(t *testing.T) {
	rw, _ := writable[0].open(t)
	mem, memRO := openMem(t)
	_, ro := openFS(t)
	newGuest(t, 0, Preopen{Guest: "top", Dir: rw}, Preopen{Guest: "mem", Dir: mem}, Preopen{Guest: "memro", Dir: memRO}, Preopen{Guest: "fs", Dir: ro}).check(`
		rename a.txt mem:x => cross-device
		link a.txt mem:x => cross-device
		rename mem:a.txt x => cross-device
		link mem:a.txt x => cross-device
		rename fs:a.txt x => read-only
		link fs:a.txt x => read-only
		rename a.txt fs:x => cross-device
		link a.txt fs:x => cross-device
		rename memro:a.txt x => cross-device
		stat x => no-entry
		stat mem:x => no-entry
		same top mem => false
		same mem fs => false
		same mem memro => true
	`)
}
