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
	"sync"
	"syscall"
	"testing"
	"time"
)

// The demo starts, says where it is, serves the console and stops when it is told to, leaving nothing behind.
func TestDemoServes(t *testing.T) {
	demo := startDemo(t)
	password := regexp.MustCompile(`[A-Z][a-z]\d[a-z](-[A-Z][a-z]\d[a-z]){4}`).FindString(demo.said)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Timeout: 30 * time.Second, Jar: jar}
	answer, err := client.PostForm("http://"+demo.address+"/sign-in", url.Values{"login": {"clerk"}, "password": {password}, "next": {"/pool"}})
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
	demo.stop()
	left, err := filepath.Glob(filepath.Join(demo.temp, "tongchou-demo-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// A demonstration is one that runs in a process of its own.
type demonstration struct {
	address string // host and port
	said    string // up to the line that names somebody insured
	temp    string // where it keeps its files
	stop    func() // tells it to end, and waits
}

// insured matches the made-up document of somebody insured.
var insured = regexp.MustCompile(`999999\d{11}[\dX]`)

// startDemo starts a demonstration, which ends with the test at the latest.
func startDemo(t *testing.T) demonstration {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	demo := demonstration{temp: t.TempDir()}
	child := exec.Command(self, "-test.run=^TestRunDemo$")
	child.Env = append(os.Environ(), "TONGCHOU_TEST_DEMO=1", "TONGCHOU_LANG=zh", "TMPDIR="+demo.temp)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	demo.stop = sync.OnceFunc(func() {
		if err := child.Process.Signal(syscall.SIGTERM); err != nil {
			t.Errorf("the demonstration is not there to be stopped: %v", err)
		}
		if err := child.Wait(); err != nil {
			t.Errorf("the demonstration stopped with %v", err)
		}
	})
	t.Cleanup(demo.stop)
	said := bufio.NewScanner(out)
	for !insured.MatchString(demo.said) {
		if !said.Scan() {
			t.Fatalf("the demonstration ended: %v\n%s", said.Err(), demo.said)
		}
		demo.said += said.Text() + "\n"
	}
	_, address, found := strings.Cut(demo.said, "http://")
	if !found {
		t.Fatalf("the demonstration does not say where it is: %s", demo.said)
	}
	demo.address, _, _ = strings.Cut(address, "/")
	return demo
}

// needs skips a test where a program is missing that it needs; where everything is installed for the tests it fails.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
}

// TestRunDemo is the child of startDemo.
func TestRunDemo(t *testing.T) {
	if os.Getenv("TONGCHOU_TEST_DEMO") == "" {
		t.SkipNow()
	}
	os.Exit(run([]string{"demo", "--addr", "127.0.0.1:0"}, os.Stdin, os.Stdout, os.Stderr))
}
