package wazero

// This file keeps compiled code on disk for other processes.
//
// wazero has a cache, but names its files itself, checks only part of their
// content and never removes any. So wazero's directory is private to the
// process, and what is shared is ours: one directory per module with wazero's
// file and its checksum, put in place by one rename. A file whose checksum is
// wrong is removed, and the module compiled again.

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"
	"golang.org/x/crypto/blake2b"
	"golang.org/x/sys/cpu"
)

const (
	// maxCacheBytes is how much code the cache keeps; what was used longest
	// ago goes first.
	maxCacheBytes = 2 << 30
	// staleAfter is the age at which a private directory is taken for one
	// that a killed process left behind.
	staleAfter = 24 * time.Hour

	// privatePrefix starts the names of private directories.
	privatePrefix = "tmp-"

	codeFile = "code"
	metaFile = "meta"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A diskCache is a directory of compiled modules.
type diskCache struct {
	dir     string // what processes share; all in it is ours
	private string // what wazero is given; it is gone after a compilation
	files   string // what wazero made below private for its files
	mu      sync.Mutex
	// shunned are modules whose outline wazero failed to compile: it may
	// remember the outline all the same, and must not be asked for it again.
	shunned map[string]bool
}

// openCache makes and checks the directory.
func openCache(dir string) (*diskCache, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	dir = filepath.Join(dir, "wazero-code")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the cache directory cannot be made: %w", err)
	}
	private, err := os.MkdirTemp(dir, privatePrefix)
	if err != nil {
		return nil, fmt.Errorf("the cache directory cannot be written: %w", err)
	}
	return &diskCache{dir: dir, private: private, shunned: map[string]bool{}}, nil
}

// wazeroCache makes wazero's cache below the private directory.
func (c *diskCache) wazeroCache() (wazero.CompilationCache, error) {
	wc, err := wazero.NewCompilationCacheWithDir(c.private)
	if err != nil {
		return nil, err
	}
	made, err := os.ReadDir(c.private)
	if err != nil || len(made) != 1 {
		c.leave()
		return nil, fmt.Errorf("the cache directory %s is not as wazero makes it: %v", c.private, err)
	}
	c.files = filepath.Join(c.private, made[0].Name())
	return wc, nil
}

// leave removes the private directory.
func (c *diskCache) leave() {
	if name, ok := c.file(); ok {
		os.Remove(filepath.Join(c.files, name))
	}
	if os.Remove(c.files) != nil || os.Remove(c.private) != nil {
		os.RemoveAll(c.private)
	}
}

// key names a module and everything else that its compiled code depends on.
// The name of wazero's directory has its version as it sees it itself.
func (c *diskCache) key(bin []byte) string {
	sum := blake2b.Sum256(bin)
	on := fmt.Sprintf("3 %s %v %v", filepath.Base(c.files), cpu.X86, cpu.ARM64)
	sum = blake2b.Sum256(append(sum[:], on...))
	return hex.EncodeToString(sum[:keyBytes])
}

// keyBytes is the length of a key before it is written as text.
const keyBytes = 20

// compile gives wazero the outline of a module with the code that is stored
// under key, or the whole module, and then stores its code.
func (c *diskCache) compile(key string, whole func() (wazero.CompiledModule, error), outline []byte, compile func([]byte) (wazero.CompiledModule, error)) (wazero.CompiledModule, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shunned[key] {
		return whole()
	}
	os.MkdirAll(c.files, 0o700)
	defer c.leave()
	entry := filepath.Join(c.dir, key)
	if placed := c.load(entry); placed != nil {
		code, err := compile(outline)
		if err == nil && c.used(placed) {
			return code, nil
		}
		// The code is bad in a way that its checksum does not tell, and what
		// was compiled is the outline.
		if err == nil {
			code.Close(context.Background())
		} else {
			c.shunned[key] = true
		}
		os.RemoveAll(entry)
		c.clear()
	}
	code, err := whole()
	var invalid *invalidError
	if errors.As(err, &invalid) {
		return nil, err
	}
	if err != nil {
		// wazero fails when it cannot write its file, but only once.
		return whole()
	}
	if !c.shunned[key] {
		c.shunned[key] = !c.store(entry, outline, compile)
	}
	return code, nil
}

// unstored is compile for modules whose code is not kept on disk.
func (c *diskCache) unstored(compile func([]byte) (wazero.CompiledModule, error)) func([]byte) (wazero.CompiledModule, error) {
	return func(bin []byte) (wazero.CompiledModule, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		defer c.leave()
		code, err := compile(bin)
		if err != nil {
			return compile(bin) // as above: its directory may be gone
		}
		return code, nil
	}
}

// used tells whether wazero took the file that it was offered: otherwise it
// has removed it, compiled the outline, and written a file of its own.
func (c *diskCache) used(placed os.FileInfo) bool {
	name, ok := c.file()
	if !ok || name != placed.Name() {
		return false
	}
	now, err := os.Stat(filepath.Join(c.files, name))
	return err == nil && os.SameFile(now, placed)
}

// clear empties wazero's directory.
func (c *diskCache) clear() {
	os.RemoveAll(c.files)
	os.MkdirAll(c.files, 0o700)
}

// file is the one file in wazero's directory.
func (c *diskCache) file() (name string, ok bool) {
	files, err := os.ReadDir(c.files)
	if err != nil || len(files) != 1 || !isHex(files[0].Name(), 32) {
		return "", false
	}
	return files[0].Name(), true
}

// load links the stored code into wazero's directory when it is sound, and
// returns what it placed there; else it removes the entry.
func (c *diskCache) load(entry string) os.FileInfo {
	placed, err := c.place(entry)
	if err != nil {
		if !errors.Is(err, errNoEntry) {
			os.RemoveAll(entry)
		}
		return nil
	}
	now := time.Now()
	os.Chtimes(entry, now, now) // for prune
	return placed
}

var errNoEntry = errors.New("nothing is stored")

func (c *diskCache) place(entry string) (os.FileInfo, error) {
	if _, err := os.Lstat(entry); errors.Is(err, fs.ErrNotExist) {
		return nil, errNoEntry
	}
	metaName, code := filepath.Join(entry, metaFile), filepath.Join(entry, codeFile)
	if info, err := os.Lstat(metaName); err != nil || !info.Mode().IsRegular() || info.Size() > 1000 {
		return nil, errors.New("no meta file")
	}
	meta, err := os.ReadFile(metaName)
	if err != nil {
		return nil, err
	}
	var name string
	var size int64
	var sum uint32
	if _, err := fmt.Sscanf(string(meta), "%64s %d %08x\n", &name, &size, &sum); err != nil || !isHex(name, 32) {
		return nil, errors.New("a bad meta file")
	}
	if info, err := os.Lstat(code); err != nil || !info.Mode().IsRegular() || info.Size() != size {
		return nil, errors.New("no code, or not all of it")
	}
	if _, gotSum, err := checksum(code); err != nil || gotSum != sum {
		return nil, errors.New("damaged code")
	}
	to := filepath.Join(c.files, name)
	if os.Link(code, to) != nil {
		if err := copyFile(code, to); err != nil {
			return nil, errNoEntry // the entry is good, this file system is not
		}
	}
	return os.Stat(to)
}

// store moves what wazero wrote to where others find it, with the name that
// wazero will look for when it is given the outline. The cache may fail to
// store anything; the module runs all the same. The result is false when
// wazero must not be given the outline again.
func (c *diskCache) store(entry string, outline []byte, compile func([]byte) (wazero.CompiledModule, error)) bool {
	name, ok := c.file()
	if !ok {
		return true
	}
	tmp, err := os.MkdirTemp(c.private, "new-")
	if err != nil {
		return true
	}
	defer os.RemoveAll(tmp)
	code := filepath.Join(tmp, codeFile)
	if os.Rename(filepath.Join(c.files, name), code) != nil {
		return true
	}
	size, sum, err := checksum(code)
	if err != nil {
		return true
	}
	unused, err := compile(outline)
	if err != nil {
		return false
	}
	unused.Close(context.Background())
	if name, ok = c.file(); !ok {
		return true
	}
	meta := fmt.Sprintf("%s %d %08x\n", name, size, sum)
	if os.WriteFile(filepath.Join(tmp, metaFile), []byte(meta), 0o600) == nil && os.Rename(tmp, entry) == nil {
		c.prune()
	}
	return true
}

// prune removes the modules used longest ago while there are too many bytes,
// and what killed processes left.
func (c *diskCache) prune() {
	es, err := os.ReadDir(c.dir)
	if err != nil {
		return
	}
	type aged struct {
		path string
		size int64
		used time.Time
	}
	var all []aged
	var total int64
	for _, e := range es {
		info, err := e.Info()
		if err != nil || !e.IsDir() {
			continue
		}
		path := filepath.Join(c.dir, e.Name())
		if strings.HasPrefix(e.Name(), privatePrefix) {
			if path != c.private && time.Since(info.ModTime()) > staleAfter {
				os.RemoveAll(path)
			}
			continue
		}
		if !isHex(e.Name(), keyBytes) {
			continue // not ours
		}
		if code, err := os.Stat(filepath.Join(path, codeFile)); err == nil {
			all = append(all, aged{path, code.Size(), info.ModTime()})
			total += code.Size()
		}
	}
	slices.SortFunc(all, func(a, b aged) int { return a.used.Compare(b.used) })
	for _, a := range all {
		if total <= maxCacheBytes {
			return
		}
		os.RemoveAll(a.path)
		total -= a.size
	}
}

// isHex tells whether a name is so many bytes in hexadecimal.
func isHex(name string, bytes int) bool {
	_, err := hex.DecodeString(name)
	return err == nil && len(name) == 2*bytes
}

func checksum(path string) (size int64, sum uint32, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	h := crc32.New(castagnoli)
	size, err = io.CopyBuffer(onlyWriter{h}, f, make([]byte, 1<<18))
	return size, h.Sum32(), err
}

// onlyWriter hides everything but Write.
type onlyWriter struct{ io.Writer }

func copyFile(from, to string) (err error) {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	_, err = io.Copy(dst, src)
	return err
}
