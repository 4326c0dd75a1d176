package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"tongchou/internal/exchange"
)

var onceOnly = regexp.MustCompile(`[A-Z][a-z]\d[a-z](-[A-Z][a-z]\d[a-z]){4}`)

// served is `tongchou serve` as a program of its own, over a directory with the three administrators.
type served struct {
	t        *testing.T
	dir      string
	password string // the system administrator's first
	url      string
	log      *bytes.Buffer
	program  *exec.Cmd
}

// serving sets users up and starts the program with the flags given.
func serving(t *testing.T, flags ...string) *served {
	t.Helper()
	s := &served{t: t, dir: filepath.Join(t.TempDir(), "province"), log: &bytes.Buffer{}}
	folder, err := exchange.CreateFolder(s.dir, exchange.Settings{Policy: "sichuan"})
	if err != nil || folder.Settings().Policy == "" {
		t.Fatal(err)
	}
	said, err := s.command("users", "init", "--data", s.dir).Output()
	if err != nil {
		t.Fatalf("%v %s", err, said)
	}
	s.password = onceOnly.FindString(string(said))
	s.start(append([]string{"serve", "--data", s.dir, "--policy", "sichuan", "--addr", "127.0.0.1:0"}, flags...)...)
	return s
}

// start starts the program and reads where it is.
func (s *served) start(args ...string) {
	t := s.t
	t.Helper()
	s.program = s.command(args...)
	out, err := s.program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.program.Stderr = s.log
	if err := s.program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.program.Process.Signal(syscall.SIGTERM)
		_ = s.program.Wait()
		for _, secret := range []string{s.password, "argon2id"} {
			if secret != "" && strings.Contains(s.log.String(), secret) {
				t.Errorf("the log says %q", secret)
			}
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%v %s", err, s.log)
	}
	if s.url = regexp.MustCompile(`https?://[0-9.:]+`).FindString(line); s.url == "" {
		t.Fatalf("said %q", line)
	}
}

// command runs the program itself as a child of the test.
func (s *served) command(args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	c := exec.Command(self, "-test.run=^TestRunProgram$")
	c.Env = append(os.Environ(), "TONGCHOU_TEST_ARGS="+strings.Join(args, "\n"), "TONGCHOU_LANG=zh")
	return c
}

// TestRunProgram is the child of the tests of serving.
func TestRunProgram(t *testing.T) {
	args := os.Getenv("TONGCHOU_TEST_ARGS")
	if args == "" {
		t.SkipNow()
	}
	os.Exit(run(strings.Split(args, "\n"), os.Stdin, os.Stdout, os.Stderr))
}

// certificate makes a certificate of this machine that signs itself, and gives its files and who trusts it.
func certificate(t *testing.T) (cert, key string, trusted *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "pool.test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: raw}, key: {Type: "PRIVATE KEY", Bytes: encoded}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	trusted = x509.NewCertPool()
	parsed, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	trusted.AddCert(parsed)
	return cert, key, trusted
}

// browser is a client with cookies that follows nothing by itself.
func browser(t *testing.T, c *tls.Config) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: c}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Timeout: time.Minute, Jar: jar, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// body reads an answer to its end.
func body(t *testing.T, w *http.Response, err error) (*http.Response, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close() // read to its end
	content, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w, string(content)
}

// signsIn signs the system administrator in and looks at what the browser is given.
func (s *served) signsIn(c *http.Client, base string) {
	s.t.Helper()
	w, err := c.PostForm(base+"/sign-in", url.Values{"login": {"sysadmin"}, "password": {s.password}})
	w, said := body(s.t, w, err)
	if w.StatusCode != http.StatusSeeOther || w.Header.Get("Location") != "/password" {
		s.t.Fatalf("%d %.300s", w.StatusCode, said)
	}
	var session *http.Cookie
	for _, cookie := range w.Cookies() {
		if strings.HasSuffix(cookie.Name, "tongchou") {
			session = cookie
		}
	}
	if session == nil || session.Name != "__Host-tongchou" || !session.Secure || !session.HttpOnly || session.SameSite != http.SameSiteStrictMode {
		s.t.Errorf("the cookie is %v", session)
	}
	if w.Header.Get("Strict-Transport-Security") == "" || !strings.Contains(w.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		s.t.Errorf("the headers are %v", w.Header)
	}
	w, err = c.Get(base + "/password")
	if w, said = body(s.t, w, err); w.StatusCode != http.StatusOK || !strings.Contains(said, "修改口令") {
		s.t.Errorf("%d", w.StatusCode)
	}
}

// The console serves over TLS with a certificate of its own: nothing older than TLS 1.2, nothing in plain, cookies bound to the host.
func TestServeOverTLS(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	cert, key, trusted := certificate(t)
	s := serving(t, "--tls-cert", cert, "--tls-key", key)
	if !strings.HasPrefix(s.url, "https://") {
		t.Fatalf("it says %s", s.url)
	}
	s.signsIn(browser(t, &tls.Config{RootCAs: trusted}), s.url)
	if w, err := browser(t, &tls.Config{}).Get(s.url + "/sign-in"); err == nil {
		w.Body.Close()
		t.Error("a browser that does not know the certificate gets an answer")
	}
	if w, err := browser(t, &tls.Config{RootCAs: trusted, MaxVersion: tls.VersionTLS11}).Get(s.url + "/sign-in"); err == nil {
		w.Body.Close()
		t.Error("TLS 1.1 is spoken")
	}
	w, err := browser(t, nil).Get("http" + strings.TrimPrefix(s.url, "https") + "/sign-in")
	if err == nil {
		if w, said := body(t, w, err); w.StatusCode == http.StatusOK || strings.Contains(said, "password") {
			t.Errorf("in plain: %d", w.StatusCode)
		}
	}
}

// Behind a proxy that it is told about the console believes what that says of its readers; past it nobody gets in without TLS, and
// nobody else is believed.
func TestServeBehindAProxy(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	s := serving(t, "--behind-proxy", "127.0.0.1/32")
	target, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
		r.SetXForwarded()
		r.Out.Header.Set("X-Forwarded-For", "203.0.113.9")
	}}
	front := httptest.NewTLSServer(proxy)
	t.Cleanup(front.Close)
	pool := x509.NewCertPool()
	pool.AddCert(front.Certificate())
	s.signsIn(browser(t, &tls.Config{RootCAs: pool}), front.URL)
	list, err := s.command("verify", "--store", filepath.Join(s.dir, "office")).Output()
	if err != nil {
		t.Errorf("%v %s", err, list)
	}
	direct := browser(t, nil)
	w, err := direct.PostForm(s.url+"/sign-in", url.Values{"login": {"sysadmin"}, "password": {"x"}})
	if w, _ := body(t, w, err); w.Header.Get("Strict-Transport-Security") != "" {
		t.Error("what comes in plain is taken for TLS")
	}
}

// A proxy that the console is not told about is not believed: its readers are refused, whatever it says of them.
func TestServeBehindAnotherProxy(t *testing.T) {
	s := serving(t, "--behind-proxy", "10.0.0.0/8")
	r, err := http.NewRequest(http.MethodGet, s.url+"/sign-in", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Forwarded-Proto", "https")
	r.Header.Set("X-Forwarded-For", "10.0.0.1")
	answer, err := browser(t, nil).Do(r)
	if w, said := body(t, answer, err); w.StatusCode != http.StatusMisdirectedRequest || strings.Contains(said, "password") {
		t.Errorf("%d", w.StatusCode)
	}
}

// With users the console does not listen elsewhere in plain.
func TestServeElsewhereTakesTLS(t *testing.T) {
	s := &served{t: t, dir: filepath.Join(t.TempDir(), "province")}
	said, err := s.command("serve", "--data", s.dir, "--policy", "sichuan", "--addr", "0.0.0.0:0").CombinedOutput()
	if err == nil {
		t.Errorf("it listens: %s", said)
	}
}
