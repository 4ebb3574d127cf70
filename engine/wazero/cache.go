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
	"os"
	"path/filepath"
	"runtime"
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

	codeFile = "code"
	metaFile = "meta"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A diskCache is a directory of compiled modules.
type diskCache struct {
	dir     string // what processes share
	private string // what wazero is given; it is gone after a compilation
	files   string // what wazero made below private for its files
	mu      sync.Mutex
}

// openCache makes and checks the directory.
func openCache(dir string) (*diskCache, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the cache directory cannot be made: %w", err)
	}
	private, err := os.MkdirTemp(dir, "tmp-")
	if err != nil {
		return nil, fmt.Errorf("the cache directory cannot be written: %w", err)
	}
	return &diskCache{dir: dir, private: private}, nil
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

// cacheKey names a module and everything else that its compiled code depends
// on.
func cacheKey(bin []byte) string {
	sum := blake2b.Sum256(bin)
	on := fmt.Sprintf("wazero v1.12.0 2 %s %s %v %v", runtime.GOOS, runtime.GOARCH, cpu.X86, cpu.ARM64)
	sum = blake2b.Sum256(append(sum[:], on...))
	return hex.EncodeToString(sum[:20])
}

// compile gives wazero the outline of a module with the code that is stored
// under key, or the whole module, and then stores its code.
func (c *diskCache) compile(key string, bin, outline []byte, compile func([]byte) (wazero.CompiledModule, error)) (wazero.CompiledModule, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	os.MkdirAll(c.files, 0o700)
	defer c.leave()
	entry := filepath.Join(c.dir, key)
	if name, ok := c.load(entry); ok {
		code, err := compile(outline)
		if err == nil && c.used(name) {
			return code, nil
		}
		// The code is bad in a way that its checksum does not tell, or of
		// another processor.
		if err == nil {
			code.Close(context.Background())
		}
		os.RemoveAll(entry)
		c.clear()
	}
	code, err := compile(bin)
	if err != nil {
		// wazero fails when it cannot write its file, but only once.
		return compile(bin)
	}
	c.store(entry, outline, compile)
	return code, nil
}

// used tells whether wazero took the file that it was offered: otherwise it
// has compiled the outline, and written a file of its own.
func (c *diskCache) used(name string) bool {
	files, err := os.ReadDir(c.files)
	return err == nil && len(files) == 1 && files[0].Name() == name
}

// clear empties wazero's directory.
func (c *diskCache) clear() {
	os.RemoveAll(c.files)
	os.MkdirAll(c.files, 0o700)
}

// file is the one file in wazero's directory.
func (c *diskCache) file() (name string, ok bool) {
	files, err := os.ReadDir(c.files)
	if err != nil || len(files) != 1 || !isHex(files[0].Name()) {
		return "", false
	}
	return files[0].Name(), true
}

// load links the stored code into wazero's directory when it is sound.
func (c *diskCache) load(entry string) (name string, ok bool) {
	meta, err := os.ReadFile(filepath.Join(entry, metaFile))
	if err != nil {
		return "", false
	}
	var size int64
	var sum uint32
	if _, err := fmt.Sscanf(string(meta), "%64s %d %08x\n", &name, &size, &sum); err != nil || !isHex(name) {
		os.RemoveAll(entry)
		return "", false
	}
	code := filepath.Join(entry, codeFile)
	if gotSize, gotSum, err := checksum(code); err != nil || gotSize != size || gotSum != sum {
		os.RemoveAll(entry)
		return "", false
	}
	to := filepath.Join(c.files, name)
	if os.Link(code, to) != nil && copyFile(code, to) != nil {
		return "", false
	}
	now := time.Now()
	os.Chtimes(entry, now, now) // for prune
	return name, true
}

// store moves what wazero wrote to where others find it, with the name that
// wazero will look for when it is given the outline. The cache may fail to
// store anything; the module runs all the same.
func (c *diskCache) store(entry string, outline []byte, compile func([]byte) (wazero.CompiledModule, error)) {
	name, ok := c.file()
	if !ok {
		return
	}
	tmp, err := os.MkdirTemp(c.private, "new-")
	if err != nil {
		return
	}
	defer os.RemoveAll(tmp)
	code := filepath.Join(tmp, codeFile)
	if os.Rename(filepath.Join(c.files, name), code) != nil {
		return
	}
	size, sum, err := checksum(code)
	if err != nil {
		return
	}
	unused, err := compile(outline)
	if err != nil {
		return
	}
	unused.Close(context.Background())
	if name, ok = c.file(); !ok {
		return
	}
	meta := fmt.Sprintf("%s %d %08x\n", name, size, sum)
	if os.WriteFile(filepath.Join(tmp, metaFile), []byte(meta), 0o600) == nil && os.Rename(tmp, entry) == nil {
		c.prune()
	}
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
		if strings.HasPrefix(e.Name(), "tmp-") {
			if path != c.private && time.Since(info.ModTime()) > staleAfter {
				os.RemoveAll(path)
			}
			continue
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

// isHex tells whether a file name is one that wazero makes.
func isHex(name string) bool {
	_, err := hex.DecodeString(name)
	return err == nil && len(name) == 64
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
