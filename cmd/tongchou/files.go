package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"tongchou/internal/fault"
)

// standard is the path that stands for standard input or output.
const standard = "-"

// writeFile writes a file that is there when it is whole; until then what was there before stays.
func writeFile(path string, content []byte) error {
	return wholeFile(path, func(w io.Writer) error { _, err := w.Write(content); return err })
}

// whole is wholeFile, with - for standard output.
func (a *app) whole(path string, write func(io.Writer) error) error {
	if path == standard {
		return write(a.out)
	}
	return wholeFile(path, write)
}

// wholeFile writes a file beside its place and moves it there when it is whole. A link is followed, and the permissions of
// a file that is replaced are kept; what is no plain file, such as a pipe, is written as it is.
func wholeFile(path string, write func(io.Writer) error) (err error) {
	target, mode := path, os.FileMode(0o644)
	if real, err := filepath.EvalSymlinks(path); err == nil {
		target = real
	}
	old, statErr := os.Stat(target)
	partial := fmt.Sprintf("%s.%d.partial", target, os.Getpid())
	flags := os.O_CREATE | os.O_EXCL | os.O_WRONLY
	if statErr == nil && !old.Mode().IsRegular() {
		partial, flags = target, os.O_WRONLY
	}
	file, err := os.OpenFile(partial, flags, mode)
	if err != nil {
		return fault.Wrap(err, "cli.cannot_write", "file", path)
	}
	err = write(file)
	if err == nil && statErr == nil && partial != target {
		err = file.Chmod(old.Mode().Perm())
	}
	err = errors.Join(err, file.Close())
	if partial != target {
		if err == nil {
			err = os.Rename(partial, target)
		}
		if err != nil {
			_ = os.Remove(partial) // the first error is the one to tell
		}
	}
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return fault.Wrap(err, "cli.cannot_write", "file", path)
}

// fresh refuses to replace files that are there, unless it is told to.
func fresh(force bool, paths ...string) error {
	for _, path := range paths {
		if path == "" || path == standard || force {
			continue
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return fault.New(fault.Usage, "cli.out.exists", "file", path)
		}
	}
	return nil
}

// apart refuses to write over a file that the same command reads, by whatever name.
func apart(flag, out string, inputs ...string) error {
	if out == "" || out == standard {
		return nil
	}
	there, err := os.Stat(out)
	if err != nil {
		return nil
	}
	for _, in := range inputs {
		if in == "" || in == standard {
			continue
		}
		if info, err := os.Stat(in); err == nil && os.SameFile(there, info) {
			return fault.New(fault.Usage, "cli.out.is_input", "flag", flag, "file", out, "input", in)
		}
	}
	return nil
}
