//go:build !windows

package pgtest

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Cluster is a running PostgreSQL cluster with its database postgres. It is gone when the test ends.
type Cluster struct {
	// DSN is where it listens: a socket in a directory of its own.
	DSN string

	bin, dir string
	as       *syscall.SysProcAttr
	options  []string
	server   *exec.Cmd
}

// programs finds the directory of initdb and postgres; empty when there is none.
func programs() string {
	candidates, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if path, err := exec.LookPath("postgres"); err == nil {
		candidates = append(candidates, filepath.Dir(path))
	}
	for _, dir := range candidates {
		_, errInit := os.Stat(filepath.Join(dir, "initdb"))
		_, errServer := os.Stat(filepath.Join(dir, "postgres"))
		if errInit == nil && errServer == nil {
			return dir
		}
	}
	return ""
}

// Start starts a cluster that does not wait for the disk: it survives the death of its processes, not that of the machine.
// The test is skipped where PostgreSQL is not installed.
func Start(t testing.TB) *Cluster { return start(t, "-F") }

// StartDurable starts a cluster that waits for the disk, as one in use does.
func StartDurable(t testing.TB) *Cluster { return start(t) }

func start(t testing.TB, options ...string) *Cluster {
	t.Helper()
	bin := programs()
	if bin == "" {
		lacking(t, "needs PostgreSQL's programs initdb and postgres, in PATH or under /usr/lib/postgresql")
	}
	dir, err := os.MkdirTemp("", "pg") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := &Cluster{DSN: "host=" + dir + " user=test dbname=postgres sslmode=disable", bin: bin, dir: dir, as: asNobody(t, dir), options: options}
	if out, err := c.command("initdb", "-D", c.data(), "-A", "trust", "-U", "test", "-E", "UTF8", "--no-sync").CombinedOutput(); err != nil {
		lacking(t, fmt.Sprintf("initdb does not work here: %v\n%s", err, out))
	}
	c.Run(t)
	t.Cleanup(c.stop)
	return c
}

// lacking skips a test, but fails it where CI is set: there, nothing may be left out unseen.
func lacking(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(what)
	}
	t.Skip(what)
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.Dir, cmd.SysProcAttr = c.dir, c.as
	cmd.Env = append(os.Environ(), "HOME="+c.dir, "LC_ALL=C")
	return cmd
}

// Run starts the server of a cluster, again after Kill, and waits until it answers. A server whose predecessor's processes
// are still going down refuses to start; it is tried until they are gone.
func (c *Cluster) Run(t testing.TB) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		c.server = c.command("postgres", append([]string{"-D", c.data(), "-k", c.dir, "-h", "", "-N", "100"}, c.options...)...)
		if err := c.server.Start(); err != nil {
			t.Fatal(err)
		}
		gone := make(chan error, 1)
		go func(server *exec.Cmd) { gone <- server.Wait() }(c.server)
		if c.answers(gone, deadline) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the server does not start")
}

// answers waits until the server takes connections; false when it ended instead.
func (c *Cluster) answers(gone <-chan error, deadline time.Time) bool {
	for time.Now().Before(deadline) {
		select {
		case <-gone:
			return false
		default:
		}
		status, err := os.ReadFile(filepath.Join(c.data(), "postmaster.pid"))
		ours := strings.HasPrefix(string(status), strconv.Itoa(c.server.Process.Pid)+"\n")
		if err == nil && ours && strings.Contains(string(status), "\nready") {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

// Kill ends the server at once, as a loss of power to its process would.
func (c *Cluster) Kill() {
	c.server.Process.Signal(syscall.SIGKILL) // its other processes follow by themselves
}

// stop ends the server and waits for it.
func (c *Cluster) stop() {
	c.server.Process.Signal(syscall.SIGINT) // a fast shutdown
	for range 500 {
		if syscall.Kill(c.server.Process.Pid, 0) != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	c.Kill()
}

// asNobody lets a program run as nobody when the test runs as root, which PostgreSQL refuses.
func asNobody(t testing.TB, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		lacking(t, "needs a user nobody to run PostgreSQL as")
	}
	uid, err := strconv.ParseUint(nobody.Uid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	gid, err := strconv.ParseUint(nobody.Gid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		t.Fatal(err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}
