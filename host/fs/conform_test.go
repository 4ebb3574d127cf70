package fs

import (
	"path/filepath"
	"testing"
)

// An impl is one implementation under test. open gives the same empty tree with
// both kinds of access; path is where the tree is on the system, or "".
type impl struct {
	name string
	open func(t testing.TB) (rw, ro Dir, path string)
}

func memImpl() impl {
	return impl{"mem", func(t testing.TB) (rw, ro Dir, path string) {
		m := NewMem(MemLimits{})
		rw, ro = m.Dir(ReadWrite), m.Dir(ReadOnly)
		t.Cleanup(func() { rw.Close(); ro.Close() })
		return rw, ro, ""
	}}
}

// osImpl is an implementation on a temporary directory that has siblings to
// escape to.
func osImpl(name string, open func(path string, access Access) (Dir, error)) impl {
	return impl{name, func(t testing.TB) (rw, ro Dir, path string) {
		path = filepath.Join(t.TempDir(), "grant")
		mkdir(t, path)
		var err error
		if rw, err = open(path, ReadWrite); err != nil {
			t.Fatal(err)
		}
		if ro, err = open(path, ReadOnly); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { rw.Close(); ro.Close() })
		return rw, ro, path
	}}
}

func impls() []impl { return append(osImpls(), memImpl()) }

// forEach runs a script on every implementation.
func forEach(t *testing.T, script string) {
	for _, impl := range impls() {
		t.Run(impl.name, func(t *testing.T) {
			rw, ro, _ := impl.open(t)
			w := newWorld(rw)
			w.open["ro"] = ro
			t.Cleanup(w.closeAll)
			check(t, impl.name, w, script)
		})
	}
}

func TestFiles(t *testing.T) {
	forEach(t, `
		open f r => ENOENT
		open f rwc h => file
		type h => 4
		fstat h => file 0 links 1
		pread h 0 10 => EOF
		pread h 0 0 => =
		pwrite h 0 hello => 5
		pwrite h 5 " world" => 6
		pread h 0 100 => =hello world
		pread h 6 3 => =wor
		pread h 11 1 => EOF
		pread h 9223372036854775807 10 => EOF
		pread h -1 10 => EINVAL
		pwrite h -1 x => EINVAL
		pwrite h 9223372036854775807 xy => EFBIG
		append h ! => 1
		pread h 0 100 => "=hello world!"
		truncate h 5 => ok
		pread h 0 100 => =hello
		truncate h 8 => ok
		pread h 4 10 => "=o\x00\x00\x00"
		append h ! => 1
		fstat h => file 9 links 1
		truncate h -1 => EINVAL
		sync h => ok
		datasync h => ok
		close h => ok
		close h => EBADF
		pread h 0 1 => EBADF
		pwrite h 0 x => EBADF
		append h x => EBADF
		truncate h 0 => EBADF
		fstat h => EBADF
		sync h => EBADF

		open f r h => file
		pwrite h 0 x => EBADF
		append h x => EBADF
		truncate h 0 => EINVAL
		open f w h => file
		pread h 0 1 => EBADF
		pwrite h 0 J => 1
		open f - h => file
		pread h 0 1 => EBADF
		pwrite h 0 x => EBADF
		fstat h => file 9 links 1
		open f t h => file
		fstat h => file 0 links 1

		open f cx => EEXIST
		open f c => file
		open new cx => file
		open new x => file
		open f d => ENOTDIR
		open f cd => EINVAL
		open f wt => file
		ls => f new
	`)
}

func TestHoles(t *testing.T) {
	forEach(t, `
		open f rwc h => file
		pwrite h 10000 x => 1
		fstat h => file 10001 links 1
		pread h 9998 10 => "=\x00\x00x"
		pread h 0 3 => "=\x00\x00\x00"
		truncate h 1099511627776 => ok
		fstat h => file 1099511627776 links 1
		pread h 1099511627775 8 => "=\x00"
		truncate h 2 => ok
		truncate h 20000 => ok
		pread h 10000 1 => "=\x00"
	`)
}

func TestDirectories(t *testing.T) {
	forEach(t, `
		mkdir a => ok
		mkdir a => EEXIST
		mkdir a/ => EEXIST
		mkdir b/ => ok
		mkdir c/d => ENOENT
		mkdir a/x => ok
		write a/f 1 => ok
		mkdir a/f => EEXIST
		mkdir a/f/ => EEXIST
		mkdir a/f/g => ENOTDIR
		mkdir . => EEXIST
		mkdir a/. => EEXIST
		mkdir a/.. => EEXIST
		mkdir missing/.. => ENOENT
		open a r h => dir
		open a d => dir
		open a/ - => dir
		open a/. - => dir
		open . - => dir
		open a/.. - => dir
		open a w => EISDIR
		open a rw => EISDIR
		open a wd => EISDIR
		open a t => EISDIR
		open a td => EISDIR
		open a c => EISDIR
		open a cx => EEXIST
		open . c => EISDIR
		open . cx => EEXIST
		fstat h => dir
		sync h => ok
		ls h => f x/
		stat h:f => file 1 links 1
		stat h:. => dir
		stat h:x/.. => dir
		write h:g 22 => ok
		read a/g => =22
		unlink h:g => ok
		rmdir a => ENOTEMPTY
		rmdir a/f => ENOTDIR
		rmdir a/f/ => ENOTDIR
		rmdir a/x/ => ok
		rmdir a/x => ENOENT
		rmdir . => EINVAL
		rmdir a/. => EINVAL
		rmdir a/.. => ENOTEMPTY
		unlink a => EISDIR
		unlink a/ => EISDIR
		unlink . => EISDIR
		unlink a/.. => EISDIR
		unlink a/f/ => ENOTDIR
		unlink a/f => ok
		unlink a/f => ENOENT
		unlink a/f/ => ENOENT
		rmdir a => ok
		stat h:f => ENOENT
		mkdir h:y => ENOENT
		open h:y c => ENOENT
		symlink t h:y => ENOENT
		link b h:y => ENOENT [skip portable
		rename b h:y => ENOENT [skip portable
		ls h => ENOENT [skip portable
		close h => ok
		close h => EBADF
		fstat h => EBADF
		stat h:. => EBADF
		mkdir h:x => EBADF
		ls h => EBADF
		ls => b/
	`)
}

func TestNames(t *testing.T) {
	long := "" // 255 bytes
	for range 255 {
		long += "n"
	}
	deep := "" // 4095 bytes
	for range 4095 / 2 {
		deep += "./"
	}
	deep += "."
	forEach(t, `
		stat "" => ENOENT
		open "" c => ENOENT
		mkdir "" => ENOENT
		rename "" x => ENOENT
		symlink "" x => ENOENT
		unlink "" => ENOENT
		readlink "" => ENOENT
		stat "a\x00b" => EINVAL
		open "a\x00" c => EINVAL
		mkdir "a\x00/b" => EINVAL
		symlink "a\x00" x => EINVAL
		stat `+long+` => ENOENT
		write `+long+` x => ok
		read `+long+` => =x
		write `+long+`n x => ENAMETOOLONG
		mkdir `+long+`n => ENAMETOOLONG
		stat `+long+`n => ENAMETOOLONG
		stat `+long+`n/x => ENAMETOOLONG
		rename `+long+` `+long+`n => ENAMETOOLONG
		link `+long+` `+long+`n => ENAMETOOLONG
		symlink x `+long+`n => ENAMETOOLONG
		stat `+deep+` => dir [skip portable rooted
		stat `+deep+`. => ENAMETOOLONG
		mkdir é => ok
		write é/ü€𝄞 x => ok
		read .//é///./ü€𝄞 => =x
		write "a b" x => ok
		write "\xff\xfe" x => ok
		read "\xff\xfe" => =x
	`)
}

func TestSlashes(t *testing.T) {
	forEach(t, `
		mkdir d => ok
		write f hello => ok
		symlink d ld => ok
		symlink f lf => ok
		symlink nothing dangling => ok
		symlink d/ lds => ok
		symlink f/ lfs => ok

		open d/ - => dir
		open d// - => dir
		open f/ r => ENOTDIR
		open f/ c => EISDIR
		open f/ cx => EISDIR
		open f/ d => ENOTDIR
		open f/. r => ENOTDIR
		open f/.. r => ENOTDIR
		open new/ c => EISDIR
		open ld/ - => dir
		open ld - => ELOOP
		open ld d => ENOTDIR
		open ld f => dir
		open lf/ f => ENOTDIR
		open lfs f => ENOTDIR
		open lds f => dir
		open dangling/ f => ENOENT
		open dangling/ cf => EISDIR
		symlink selfs/ selfs => ok
		open selfs cf => EISDIR [skip portable
		open selfs f => ELOOP
		unlink selfs => ok

		stat f/ => ENOTDIR
		lstat ld => link 1
		lstat ld/ => dir
		lstat lf/ => ENOTDIR
		stat dangling => ENOENT
		lstat dangling/ => ENOENT
		lstat lds => link 2
		stat lds => dir
		stat lfs => ENOTDIR

		readlink ld => d
		readlink ld/ => EINVAL
		readlink lf/ => ENOTDIR
		readlink dangling/ => ENOENT
		readlink d/ => EINVAL
		readlink f => EINVAL

		mkdir dangling => EEXIST
		mkdir dangling/ => EEXIST [skip portable
		mkdir new/ => ok
		rmdir new/ => ok
		rmdir ld => ENOTDIR
		rmdir ld/ => ENOTDIR
		unlink ld/ => ENOTDIR
		unlink f/ => ENOTDIR

		symlink t new/ => ENOENT
		symlink t f/ => EEXIST
		symlink t d/ => EEXIST
		symlink t dangling/ => EEXIST
		link f new/ => ENOENT
		link f/ new => ENOTDIR
		link f d/ => EEXIST
		link d/ new => EPERM
		link d d => EEXIST

		rename d/ e => ok
		rename e d/ => ok
		rename d/ e/ => ok
		rename e d => ok
		rename f/ g => ENOTDIR
		rename f g/ => ENOTDIR
		rename f d/ => ENOTDIR
		rename missing/ g => ENOENT
		rename ld/ g => ENOTDIR
		rename d ld/ => ENOTDIR
		rename d f/ => ENOTDIR

		utime d/ => ok
		utime f/ => ENOTDIR
		lutime ld/ => ok
		ls => d/ dangling@ f ld@ lds@ lf@ lfs@
	`)
}

func TestSymlinks(t *testing.T) {
	forEach(t, `
		mkdir d => ok
		write d/f one => ok
		symlink d/f l => ok
		symlink l l2 => ok
		symlink d ld => ok
		symlink .. d/up => ok
		symlink ../d/./f d/round => ok
		readlink l => d/f
		lstat l => link 3
		stat l => file 3 links 1
		read l2 => =one
		read ld/f => =one
		read ld/up/ld/f => =one
		read ld/round => =one
		read d/up/l2 => =one
		open l r => ELOOP
		open l rd => ENOTDIR
		open l rf h => file
		pread h 0 9 => =one
		open ld/f r => file
		open ld df => dir

		symlink made dangling => ok
		open dangling r => ELOOP
		open dangling rf => ENOENT
		open dangling cx => EEXIST
		open dangling cxf => EEXIST
		open dangling c => ELOOP
		open dangling cf => file
		stat made => file 0 links 1
		unlink made => ok
		symlink nowhere/made dangling2 => ok
		open dangling2 cf => ENOENT
		write dangling text => ok
		read made => =text

		symlink loop loop => ok
		stat loop => ELOOP
		lstat loop => link 4
		open loop rf => ELOOP
		open loop cf => ELOOP
		open loop r => ELOOP
		stat loop/x => ELOOP
		symlink pong ping => ok
		symlink ping pong => ok
		stat ping => ELOOP
		unlink ping => ok
		unlink pong => ok

		symlink f d/here => ok
		rename d d2 => ok
		read d2/here => =one
		rename d2/here moved => ok
		stat moved => ENOENT
		lstat moved => link 1
		rename d2 d => ok

		link l hard => ok
		lstat hard => link 3
		linkf l hard2 => ok [skip portable
		lstat hard2 => file 3 links 2 [skip portable
		linkf dangling hard3 => ok [skip portable
		lstat made => file 4 links 2 [skip portable
		linkf loop hard4 => ELOOP
		utime l => ok
		lutime l => ok [skip portable
		lutime loop => ok [skip portable
		utime loop => ELOOP
		utime missing => ENOENT
		rename loop loop2 => ok
		unlink loop2 => ok
	`)
}

func TestChain(t *testing.T) {
	for _, impl := range impls() {
		t.Run(impl.name, func(t *testing.T) {
			rw, _, _ := impl.open(t)
			w := newWorld(rw)
			w.run(t, "write f x")
			prev := "f"
			for i := range 45 {
				name := "l" + string(rune('a'+i/26)) + string(rune('a'+i%26))
				w.run(t, "symlink "+prev+" "+name)
				prev = name
				got := w.run(t, "stat "+name)
				want := "file 1 links 1"
				if i+1 > maxLinks {
					want = "ELOOP"
				}
				// os.Root follows fewer links than Linux.
				if impl.name == "portable" && i+1 > 8 {
					continue
				}
				if got != want {
					t.Errorf("%d links: %s, want %s", i+1, got, want)
				}
				open := map[string]string{"ELOOP": "ELOOP"}[want]
				if got := w.run(t, "open "+name+" rf"); open != "" && got != open || open == "" && got != "file" {
					t.Errorf("open through %d links: %s", i+1, got)
				}
			}
		})
	}
}

func TestRename(t *testing.T) {
	forEach(t, `
		mkdir d => ok
		mkdir e => ok
		mkdir full => ok
		write full/x 1 => ok
		write f one => ok
		write g two => ok
		symlink f l => ok

		rename missing x => ENOENT
		rename f missing/x => ENOENT
		rename f g/x => ENOTDIR
		rename f d => EISDIR
		rename d f => ENOTDIR
		rename d full => ENOTEMPTY
		rename f full => EISDIR
		rename d e => ok
		ls => e/ f full/ g l@
		rename e d => ok
		rename f g => ok
		read g => =one
		rename g f => ok
		rename f f => ok
		rename d d => ok
		rename l l2 => ok
		readlink l2 => f
		rename l2 l => ok
		rename d l => ENOTDIR
		rename f l => ok
		lstat l => file 3 links 1
		rename l f => ok

		mkdir d/in => ok
		mkdir d/in/deep => ok
		rename d d/in => EINVAL
		rename d d/in/deep/x => EINVAL
		rename d/in/deep d => ENOTEMPTY
		rename d/in d => ENOTEMPTY
		rename d d/x => EINVAL
		rename . x => EBUSY
		rename d/. x => EBUSY
		rename d/in/.. x => EBUSY
		rename f . => EBUSY
		rename f d/.. => EBUSY
		rename missing/. x => ENOENT

		open d/in d h => dir
		rename d/in moved => ok
		write h:f inside => ok
		read moved/f => =inside
		stat h:deep/.. => dir
		rename h:f up => ok [skip portable
		read up => =inside [skip portable
		rename f h:down => ok [skip portable
		read moved/down => =one [skip portable

		write a 1 => ok
		link a b => ok
		rename a b => ok
		stat a => file 1 links 2
		stat b => file 1 links 2
	`)
}

func TestHardLinks(t *testing.T) {
	forEach(t, `
		write f one => ok
		mkdir d => ok
		link f g => ok
		stat g => file 3 links 2
		write g four => ok
		read f => =four
		link f g => EEXIST
		link f f => EEXIST
		link f d => EEXIST
		link missing x => ENOENT
		link f missing/x => ENOENT
		link f f/x => ENOTDIR
		link d x => EPERM
		link d f => EEXIST
		link . x => EPERM
		link f . => EEXIST
		link f d/.. => EEXIST
		symlink nothing l => ok
		link f l => EEXIST
		link l l3 => ok
		lstat l3 => link 7
		open d d h => dir
		link f h:in => ok [skip portable
		link h:in out => ok [skip portable
		stat f => file 4 links 4 [skip portable
		unlink g => ok
		stat f => file 4 links 3 [skip portable
		open f r k => file
		unlink f => ok
		unlink out => ok [skip portable
		unlink h:in => ok [skip portable
		fstat k => file 4 links 0 [skip portable
		pread k 0 9 => =four
	`)
}

func TestReadOnly(t *testing.T) {
	forEach(t, `
		mkdir d => ok
		write d/f one => ok
		write f one => ok
		symlink f l => ok
		symlink nothing dangling => ok

		read ro:f => =one
		open ro:f r h => file
		pwrite h 0 x => EROFS
		append h x => EROFS
		truncate h 0 => EROFS
		pread h 0 9 => =one
		open ro:f w => EROFS
		open ro:f rw => EROFS
		open ro:f t => EROFS
		open ro:f rt => EROFS
		open ro:f wct => EROFS
		open ro:f c => file
		open ro:f rc h => file
		pwrite h 0 x => EROFS
		open ro:f cx => EEXIST
		open ro:new c => EROFS
		open ro:new wc => EROFS
		open ro:new cx => EROFS
		open ro:new w => ENOENT
		open ro:new t => ENOENT
		open ro:missing/new c => ENOENT
		open ro:f/new c => ENOTDIR
		open ro:dangling cf => EROFS
		open ro:dangling c => ELOOP
		open ro:l cf => file
		open ro:l wf => EROFS
		open ro:l w => ELOOP
		open ro:d w => EISDIR
		open ro:d c => EISDIR
		open ro:d r sub => dir
		mkdir sub:x => EROFS
		open sub:f w => EROFS
		open sub:f t => EROFS
		open sub:n c => EROFS
		unlink sub:f => EROFS

		mkdir ro:x => EROFS
		mkdir ro:d => EROFS
		rmdir ro:d => EROFS
		unlink ro:f => EROFS
		symlink f ro:x => EROFS
		utime ro:f => EROFS
		lutime ro:l => EROFS
		link ro:f ro:x => EROFS
		rename ro:f ro:x => EROFS
		link ro:f x => EROFS [skip portable
		link f ro:x => EROFS [skip portable
		rename ro:f x => EROFS [skip portable
		rename f ro:x => EROFS [skip portable
		readlink ro:l => f
		stat ro:l => file 3 links 1
		ls ro => d/ dangling@ f l@
		ls => d/ dangling@ f l@
		read f => =one
	`)
}

func TestEscapes(t *testing.T) {
	forEach(t, `
		mkdir d => ok
		mkdir d/e => ok
		write d/f x => ok
		symlink .. up => ok
		symlink ../.. d/upup => ok
		symlink d/e/../../.. winding => ok
		symlink up chain => ok
		symlink d l => ok
		symlink ../new out => ok
		symlink /etc abs => ECONFINED
		symlink / abs => ECONFINED
		symlink l/../../x sly => ok

		stat .. => ECONFINED
		stat ../ => ECONFINED
		stat ../x => ECONFINED
		stat d/../.. => ECONFINED
		stat d/../../x => ECONFINED
		stat l/../.. => ECONFINED
		stat d/e/../../../grant => ECONFINED
		stat ./.././x => ECONFINED
		stat /etc/passwd => ECONFINED
		stat / => ECONFINED
		stat up => ECONFINED
		lstat up => link 2
		lstat up/ => ECONFINED
		stat up/x => ECONFINED
		stat d/upup => ECONFINED
		stat winding => ECONFINED
		stat chain => ECONFINED
		stat chain/x => ECONFINED
		stat sly => ECONFINED
		stat d/missing/../../.. => ENOENT

		open .. - => ECONFINED
		open ../x c => ECONFINED
		open /x c => ECONFINED
		open up - => ELOOP
		open up f => ECONFINED
		open up/ - => ECONFINED
		open up/x c => ECONFINED
		open out cf => ECONFINED
		open out wctf => ECONFINED
		open out cxf => EEXIST
		open chain df => ECONFINED
		mkdir ../x => ECONFINED
		mkdir up/x => ECONFINED
		mkdir .. => ECONFINED
		rmdir .. => ECONFINED
		rmdir ../x => ECONFINED
		rmdir up/x => ECONFINED
		unlink .. => ECONFINED
		unlink ../x => ECONFINED
		unlink up/x => ECONFINED
		symlink x ../y => ECONFINED
		symlink x up/y => ECONFINED
		readlink ../x => ECONFINED
		readlink up/x => ECONFINED
		readlink up/ => ECONFINED
		link ../x y => ECONFINED
		link up/x y => ECONFINED
		linkf up y => ECONFINED
		link d/f ../x => ECONFINED
		link d/f up/x => ECONFINED
		link .. y => ECONFINED
		rename ../x y => ECONFINED
		rename d/f ../x => ECONFINED
		rename d/f up/x => ECONFINED
		rename d .. => ECONFINED
		rename .. d => ECONFINED
		rename d/f out => ok
		stat out => file 1 links 1
		rename out d/f => ok
		utime .. => ECONFINED
		utime up => ECONFINED
		lutime up => ok [skip portable
		utime /x => ECONFINED

		open d d h => dir
		stat h:.. => ECONFINED
		stat h:../d/f => ECONFINED
		stat h:e/.. => dir
		stat h:e/../f => file 1 links 1
		stat h:upup => ECONFINED
		write h:../x y => ECONFINED
		open h:e d k => dir
		stat k:../f => ECONFINED
	`)
}
