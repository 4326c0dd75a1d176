package fsi

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tongchou/internal/fault"
)

// The examples of the standards: a signature of GB/T 32918.5 (annex A) and a digest of GB/T 32905.
const (
	standardKey     = "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
	standardR       = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
	standardS       = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
	standardMessage = "message digest"
	standardDigest  = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
)

func TestStandardVectors(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	key, err := ParsePublicKey(standardKey)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := hex.DecodeString(standardR + standardS)
	if err != nil {
		t.Fatal(err)
	}
	if !key.verifies([]byte(standardMessage), base64.StdEncoding.EncodeToString(signature)) {
		t.Error("the standard's signature is refused")
	}
	asn1 := append(append([]byte{0x30, 0x46, 0x02, 0x21, 0}, signature[:32]...), append([]byte{0x02, 0x21, 0}, signature[32:]...)...)
	if !key.verifies([]byte(standardMessage), base64.StdEncoding.EncodeToString(asn1)) {
		t.Error("in ASN.1 it is refused")
	}
	for i := range signature {
		other := bytes.Clone(signature)
		other[i] ^= 1
		if key.verifies([]byte(standardMessage), base64.StdEncoding.EncodeToString(other)) {
			t.Errorf("accepted with byte %d changed", i)
		}
	}
	if key.verifies([]byte("message digesT"), base64.StdEncoding.EncodeToString(signature)) {
		t.Error("accepted for another message")
	}
	for _, bad := range []string{"", "=", base64.StdEncoding.EncodeToString(make([]byte, 64)), base64.StdEncoding.EncodeToString(asn1[:60])} {
		if key.verifies([]byte(standardMessage), bad) {
			t.Errorf("accepted: %q", bad)
		}
	}
	if got := digestOf(json.RawMessage("abc")); got != standardDigest {
		t.Error(got)
	}
	if got := digestOf(json.RawMessage(`"\u0061bc"`)); got != standardDigest {
		t.Error(got)
	}
}

// A public key is read in every form that it is handed over in, and nothing else is.
func TestKeys(t *testing.T) {
	key, err := ParsePublicKey(standardKey)
	if err != nil {
		t.Fatal(err)
	}
	point, err := hex.DecodeString(key.Text())
	if err != nil || len(point) != 65 {
		t.Fatalf("%v %x", err, point)
	}
	for _, form := range []string{key.Text(), strings.ToUpper(key.Text()), " " + base64.StdEncoding.EncodeToString(point) + "\n", base64.StdEncoding.EncodeToString(point[1:])} {
		if same, err := ParsePublicKey(form); err != nil || same.Text() != key.Text() {
			t.Errorf("%q: %v", form, err)
		}
	}
	for _, bad := range []string{"", "04", key.Text()[2:] + "00", key.Text()[:128] + "00", "05" + key.Text()[2:], base64.StdEncoding.EncodeToString([]byte("no key at all")), strings.Repeat("0", 130), "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"} {
		if _, err := ParsePublicKey(bad); !errors.Is(err, ErrKey) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	signer := newSigner(t)
	text, err := signer.PEM()
	if err != nil {
		t.Fatal(err)
	}
	if same, err := ParseSigner(text); err != nil || same.Public().Text() != signer.Public().Text() {
		t.Error(err)
	}
	if _, err := ParseSigner([]byte("none")); !errors.Is(err, ErrKey) {
		t.Error(err)
	}
}

func newSigner(t testing.TB) *Signer {
	t.Helper()
	signer, err := NewSigner()
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// refusedFor is the field that a message is refused for, with the key of what is said; nothing where it is accepted.
func refusedFor(t *testing.T, err error) string {
	t.Helper()
	var r *fault.Refusal
	if err != nil && !errors.As(err, &r) {
		t.Fatal(err)
	}
	if r == nil {
		return ""
	}
	return r.Problems[0].Column + " " + r.Problems[0].Key
}

// A signature holds for the message that was signed, and for no other: not for one that is altered in any field, nor by another key.
func TestVerify(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	signer := newSigner(t)
	signed, err := signer.SignRequest([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Read(signed); err != nil {
		t.Fatal(err)
	}
	text := string(signed)
	alter := func(old, new string) []byte {
		t.Helper()
		if !strings.Contains(text, old) {
			t.Fatal(old)
		}
		return []byte(strings.Replace(text, old, new, 1))
	}
	digest := textOf(mustTop(t, signed)["input_sm3"])
	for _, x := range []struct {
		what string
		body []byte
		want string
	}{
		{"as it is", signed, ""},
		{"in another order and with spaces", reordered(t, signed), ""},
		{"another operator", alter(`"opter":"op"`, `"opter":"oq"`), "cainfo fsi.signature"},
		{"another message", alter(`000000001"`, `000000002"`), "cainfo fsi.signature"},
		{"a field more", alter(`"opter"`, `"more":"1","opter"`), "cainfo fsi.signature"},
		{"a field less", alter(`"sign_no":"x",`, ``), "cainfo fsi.signature"},
		{"another input", alter(`"setl_id":"1"`, `"setl_id":"2"`), "input_sm3 fsi.digest"},
		{"without the digest", alter(`"input_sm3":"`+digest+`",`, ``), "cainfo fsi.signature"},
		{"without a signature", alter(`"cainfo"`, `"cainfO"`), "cainfo fsi.missing"},
		{"another kind", alter(`"signtype":"SM2"`, `"signtype":"RSA"`), "signtype fsi.sign_type"},
		{"an object in the envelope", alter(`"opter":"op"`, `"opter":"op","more":{}`), "more fsi.sign_value"},
		{"a value that looks like a field", alter(`"opter":"op"`, `"opter":"op&sign_no=x"`), "opter fsi.sign_value"},
	} {
		if got := refusedFor(t, signer.Public().Verify(x.body, true)); got != x.want {
			t.Errorf("%s: %q, want %q", x.what, got, x.want)
		}
	}
	if got := refusedFor(t, newSigner(t).Public().Verify(signed, true)); got != "cainfo fsi.signature" {
		t.Errorf("by another key: %q", got)
	}
	whole := strings.Replace(good, `"input"`, `"signtype":"SM2","input"`, 1)
	plain := signContent(t, signer, whole)
	if got := refusedFor(t, signer.Public().Verify(plain, false)); got != "" {
		t.Errorf("the platform's own form: %q", got)
	}
	if got := refusedFor(t, signer.Public().Verify(plain, true)); got != "input_sm3 fsi.digest" {
		t.Errorf("without a digest where one must be: %q", got)
	}
	answer, err := signer.SignAnswer([]byte(`{"infcode":0,"err_msg":"","output":{"a":"1"}}`))
	if err != nil || signer.Public().VerifyAnswer(answer) != nil {
		t.Errorf("%v %s", err, answer)
	}
	for _, old := range []string{`"infcode":0`, `"a":"1"`} {
		if signer.Public().VerifyAnswer(bytes.Replace(answer, []byte(old), []byte(strings.NewReplacer("0", "1", `"1"`, `"2"`).Replace(old)), 1)) == nil {
			t.Errorf("an altered answer: %s", old)
		}
	}
	if zip, err := signer.SignAnswer([]byte("PK")); err != nil || string(zip) != "PK" {
		t.Errorf("%v %q", err, zip)
	}
}

// signContent signs by the platform's rule alone.
func signContent(t *testing.T, s *Signer, body string) []byte {
	t.Helper()
	content, err := signedContent(mustTop(t, []byte(body)), "input", "Input", "cainfo")
	if err != nil {
		t.Fatal(err)
	}
	signature, err := s.signature(content)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(strings.Replace(body, `"signtype"`, `"cainfo":"`+signature+`","signtype"`, 1))
}

func mustTop(t *testing.T, body []byte) map[string]json.RawMessage {
	t.Helper()
	fields, err := topLevel(body)
	if err != nil {
		t.Fatal(err)
	}
	return fields
}

// reordered writes the envelope's fields in another order and with spaces; the input stays as it was.
func reordered(t *testing.T, body []byte) []byte {
	t.Helper()
	var out []byte
	for name, value := range mustTop(t, body) {
		out = append(out, ", \n\""+name+"\" : "+string(value)...)
	}
	return append(append([]byte("\ufeff {"), out[1:]...), '}')
}

// What OpenSSL signs is accepted, by the key it writes.
func TestOpenSSL(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	dir := t.TempDir()
	run := func(args ...string) []byte {
		t.Helper()
		c := exec.CommandContext(t.Context(), "openssl", args...)
		c.Dir = dir
		out, err := c.Output()
		if err != nil {
			t.Skipf("openssl %v: %v", args, err)
		}
		return out
	}
	run("genpkey", "-algorithm", "SM2", "-out", "key.pem")
	key, err := ParsePublicKey(string(run("pkey", "-in", "key.pem", "-pubout")))
	if err != nil {
		t.Fatal(err)
	}
	private, err := os.ReadFile(filepath.Join(dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if signer, err := ParseSigner(private); err != nil || signer.Public().Text() != key.Text() {
		t.Errorf("the private key: %v", err)
	}
	body := strings.Replace(good, `"input"`, `"signtype":"SM2","input"`, 1)
	content, err := signedContent(mustTop(t, []byte(body)), "input", "Input", "cainfo")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "content"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	signature := run("pkeyutl", "-sign", "-rawin", "-digest", "sm3", "-inkey", "key.pem", "-pkeyopt", "distid:1234567812345678", "-in", "content")
	signed := strings.Replace(body, `"signtype"`, `"cainfo":"`+base64.StdEncoding.EncodeToString(signature)+`","signtype"`, 1)
	if got := refusedFor(t, key.Verify([]byte(signed), false)); got != "" {
		t.Error(got)
	}
}

// Whatever is sent as a signed message, it is accepted or refused for a field.
func FuzzVerify(f *testing.F) {
	signer := newSigner(f)
	signed, err := signer.SignRequest([]byte(good))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Add([]byte(`{"cainfo":"AAAA","signtype":"SM2","input":"{}"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		err := signer.Public().Verify(body, true)
		var r *fault.Refusal
		if err != nil && !errors.As(err, &r) {
			t.Fatal(err)
		}
	})
}
