package main

import (
	"bufio"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The demo starts, says where it is, serves the console and stops when it is told to, leaving nothing behind.
func TestDemoServes(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	demo := exec.Command(self, "-test.run=^TestRunDemo$")
	demo.Env = append(os.Environ(), "TONGCHOU_TEST_DEMO=1", "TONGCHOU_LANG=zh", "TMPDIR="+temp)
	out, err := demo.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = demo.Process.Kill() }()
	said := bufio.NewReader(out)
	line, err := said.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	users, err := said.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, address, ok := strings.Cut(line, "http://")
	if !ok {
		t.Fatalf("said %q", line)
	}
	address, _, _ = strings.Cut(address, "/")
	password := regexp.MustCompile(`[A-Z][a-z]\d[a-z](-[A-Z][a-z]\d[a-z]){4}`).FindString(users)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Timeout: 30 * time.Second, Jar: jar}
	answer, err := client.PostForm("http://"+address+"/sign-in", url.Values{"login": {"clerk"}, "password": {password}, "next": {"/pool"}})
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(page), "合成数据") {
		t.Errorf("status %d, %v, %d bytes", answer.StatusCode, err, len(page))
	}
	if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}
	if err := demo.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := demo.Wait(); err != nil {
		t.Errorf("stopped with %v", err)
	}
	left, err := filepath.Glob(filepath.Join(temp, "tongchou-demo-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestRunDemo is the child of TestDemoServes.
func TestRunDemo(t *testing.T) {
	if os.Getenv("TONGCHOU_TEST_DEMO") == "" {
		t.SkipNow()
	}
	os.Exit(run([]string{"demo", "--addr", "127.0.0.1:0"}, os.Stdin, os.Stdout, os.Stderr))
}
