package fsi

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/smx509"
)

// Fields of messages that are signed. Those of digests are ours: the platform's signature leaves input and output out.
const (
	signatureField    = "cainfo"
	signTypeField     = "signtype"
	inputDigestField  = "input_sm3"
	outputDigestField = "output_sm3"
	signType          = "SM2"
)

// signerID is the identity that signatures are made under where nothing else is agreed (GM/T 0009).
var signerID = []byte("1234567812345678")

// plainSignature is how long a signature is that is its two numbers alone.
const plainSignature = 64

// plainPoint is how long a public key is that is its two numbers alone, before which uncompressed may stand.
const (
	plainPoint   = 64
	uncompressed = 4
)

// ErrKey is a text that is no SM2 key.
var ErrKey = errors.New("fsi: no SM2 key")

// PublicKey (机构签名公钥) is the key that an institution's signatures are checked with.
type PublicKey struct{ key *ecdsa.PublicKey }

// ParsePublicKey (读取签名公钥) reads a public key of SM2: PEM, DER in base64, or the point in base64 or hexadecimal, with or without the byte before it. Errors: ErrKey.
func ParsePublicKey(text string) (*PublicKey, error) {
	text = strings.TrimSpace(text)
	if block, _ := pem.Decode([]byte(text)); block != nil {
		return publicOfDER(block.Bytes)
	}
	raw, err := hex.DecodeString(text)
	if err != nil {
		raw, err = base64.StdEncoding.DecodeString(text)
	}
	switch {
	case err != nil:
		return nil, ErrKey
	case len(raw) == plainPoint:
		raw = append([]byte{uncompressed}, raw...)
	case len(raw) != 1+plainPoint:
		return publicOfDER(raw)
	}
	return publicOfPoint(raw)
}

func publicOfPoint(point []byte) (*PublicKey, error) {
	x, y := new(big.Int).SetBytes(point[1:33]), new(big.Int).SetBytes(point[33:])
	if point[0] != uncompressed || !sm2.P256().IsOnCurve(x, y) {
		return nil, ErrKey
	}
	return &PublicKey{&ecdsa.PublicKey{Curve: sm2.P256(), X: x, Y: y}}, nil
}

func publicOfDER(der []byte) (*PublicKey, error) {
	known, err := smx509.ParsePKIXPublicKey(der)
	key, ok := known.(*ecdsa.PublicKey)
	if err != nil || !ok || !sm2.IsSM2PublicKey(key) {
		return nil, ErrKey
	}
	return &PublicKey{key}, nil
}

// Text (公钥文本) is the key as a point in hexadecimal, which ParsePublicKey reads.
func (k *PublicKey) Text() string {
	point := make([]byte, 1+plainPoint)
	point[0] = uncompressed
	k.key.X.FillBytes(point[1:33])
	k.key.Y.FillBytes(point[33:])
	return hex.EncodeToString(point)
}

// Fingerprint (公钥指纹) is by what people compare keys: half of the SM3 digest of its text.
func (k *PublicKey) Fingerprint() string {
	sum := sm3.Sum([]byte(k.Text()))
	return hex.EncodeToString(sum[:len(sum)/2])
}

// Signed (报文是否签名) tells whether a message carries a signature.
func Signed(body []byte) bool {
	fields, err := topLevel(body)
	return err == nil && textOf(fields[signatureField]) != ""
}

// Verify (验签) checks the signature of a request: SM2 over every field but cainfo and input, in the order of ASCII, as name=value with & between. A digest of the input (input_sm3), which the signature then
// covers, is checked where there is one, and must be there when whole. Errors: a fault.Refusal of the field.
//
// 依据: YA-4.8.2
func (k *PublicKey) Verify(body []byte, whole bool) error {
	fields, err := topLevel(body)
	if err == nil {
		err = k.verify(fields, "input", "Input")
	}
	if err != nil || !whole && textOf(fields[inputDigestField]) == "" {
		return err
	}
	input := fields["input"]
	if other, ok := fields["Input"]; ok {
		input = other
	}
	return checkDigest(fields, inputDigestField, input)
}

// VerifyAnswer (应答验签) checks the signature of an answer and the digest of its output, as an institution does. Errors: a fault.Refusal of the field.
//
// 依据: YA-4.8.2
func (k *PublicKey) VerifyAnswer(body []byte) error {
	fields, err := topLevel(body)
	if err == nil {
		err = k.verify(fields, "output")
	}
	if err != nil {
		return err
	}
	return checkDigest(fields, outputDigestField, fields["output"])
}

// verify checks a signature over every field but itself and some.
func (k *PublicKey) verify(fields map[string]json.RawMessage, without ...string) error {
	signature := textOf(fields[signatureField])
	switch kind := textOf(fields[signTypeField]); {
	case signature == "":
		return refused(signatureField, "", "fsi.missing")
	case kind != signType:
		return refused(signTypeField, kind, "fsi.sign_type")
	}
	content, err := signedContent(fields, append(without, signatureField)...)
	if err == nil && !k.verifies(content, signature) {
		err = refused(signatureField, "", "fsi.signature")
	}
	return err
}

// verifies tells whether a signature, in base64, is the key's: in ASN.1, or its two numbers one after the other.
func (k *PublicKey) verifies(content []byte, signature string) bool {
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return false
	}
	if len(raw) == plainSignature {
		return sm2.VerifyWithSM2(k.key, signerID, content, new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:]))
	}
	return sm2.VerifyASN1WithSM2(k.key, signerID, content, raw)
}

// checkDigest refuses what is not that whose digest was signed.
func checkDigest(fields map[string]json.RawMessage, field string, covered json.RawMessage) error {
	if digest := textOf(fields[field]); !strings.EqualFold(digest, digestOf(covered)) {
		return refused(field, digest, "fsi.digest")
	}
	return nil
}

// digestOf is the SM3 digest of a value as it was written, in hexadecimal; of what a text says, where the value is a text.
func digestOf(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		value = json.RawMessage(text)
	}
	sum := sm3.Sum(value)
	return hex.EncodeToString(sum[:])
}

// topLevel reads the fields of a message, each as it was written.
func topLevel(body []byte) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), &fields) != nil {
		return nil, refused("", "", "fsi.not_json")
	}
	return fields, nil
}

// textOf is the text of a field; nothing for what is not one.
func textOf(raw json.RawMessage) (text string) {
	_ = json.Unmarshal(raw, &text) // no text is none
	return text
}

// signedContent (待签原文) is what a signature is made over: every field but some, as name=value in the order of ASCII, with & between. Objects and lists have no one form and are refused, and so is a value
// with &, which could stand for another field.
func signedContent(fields map[string]json.RawMessage, without ...string) ([]byte, error) {
	var out bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if slices.Contains(without, name) {
			continue
		}
		value, ok := signedValue(fields[name])
		if !ok || strings.ContainsAny(name, "&=") {
			return nil, refused(name, "", "fsi.sign_value")
		}
		if out.Len() > 0 {
			out.WriteByte('&')
		}
		out.WriteString(name + "=" + value)
	}
	return out.Bytes(), nil
}

// signedValue is a value as it is signed: a text as it is, a number as it was written, nothing for null.
func signedValue(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 || raw[0] == '{' || raw[0] == '[' {
		return "", false
	}
	if raw[0] == '"' {
		text := textOf(raw)
		return text, !strings.Contains(text, "&")
	}
	if string(raw) == "null" {
		return "", true
	}
	return string(raw), true
}

// Signer (应答签名) signs answers with this side's key.
type Signer struct{ key *sm2.PrivateKey }

// NewSigner (生成签名密钥) makes a signer with a new key.
func NewSigner() (*Signer, error) {
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return &Signer{key}, nil
}

const privateKeyBlock = "PRIVATE KEY"

// ParseSigner (读取签名私钥) reads a private key of SM2 in PEM (PKCS 8). Errors: ErrKey.
func ParseSigner(text []byte) (*Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, ErrKey
	}
	known, err := smx509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := known.(*sm2.PrivateKey)
	if err != nil || !ok {
		return nil, ErrKey
	}
	return &Signer{key}, nil
}

// PEM is the private key as a text that ParseSigner reads.
func (s *Signer) PEM() ([]byte, error) {
	der, err := smx509.MarshalPKCS8PrivateKey(s.key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: privateKeyBlock, Bytes: der}), nil
}

// Public is the key that the signatures are checked with.
func (s *Signer) Public() *PublicKey { return &PublicKey{&s.key.PublicKey} }

// SignRequest (请求签名) signs a request, as an institution does, with a digest of its input.
func (s *Signer) SignRequest(body []byte) ([]byte, error) {
	fields, err := topLevel(body)
	if err != nil {
		return nil, err
	}
	input := fields["input"]
	if other, ok := fields["Input"]; ok {
		input = other
	}
	return s.sign(body, fields, inputDigestField, input, signatureField, "input", "Input")
}

// SignAnswer (应答签名) signs an answer: every field but cainfo and output, with a digest of the output (output_sm3) among them. What is no object stays as it is.
//
// 依据: YA-4.8.2
func (s *Signer) SignAnswer(answer []byte) ([]byte, error) {
	if !bytes.HasPrefix(answer, []byte("{")) {
		return answer, nil
	}
	fields, err := topLevel(answer)
	if err != nil {
		return nil, err
	}
	return s.sign(answer, fields, outputDigestField, fields["output"], signatureField, "output")
}

// sign adds to a message what it is signed with, behind its other fields.
func (s *Signer) sign(body []byte, fields map[string]json.RawMessage, digestField string, covered []byte, without ...string) ([]byte, error) {
	digest := digestOf(covered)
	fields[signTypeField], fields[digestField] = json.RawMessage(`"`+signType+`"`), json.RawMessage(`"`+digest+`"`)
	content, err := signedContent(fields, without...)
	if err != nil {
		return nil, err
	}
	signature, err := s.signature(content)
	if err != nil {
		return nil, err
	}
	end := bytes.LastIndexByte(body, '}')
	out := append(bytes.Clone(body[:end]), `,"`+signTypeField+`":"`+signType+`","`+digestField+`":"`+digest+`","`+signatureField+`":"`+signature+`"}`...)
	return out, nil
}

// signature signs a content, in ASN.1 and base64.
func (s *Signer) signature(content []byte) (string, error) {
	raw, err := s.key.Sign(rand.Reader, content, sm2.NewSM2SignerOption(true, signerID))
	return base64.StdEncoding.EncodeToString(raw), err
}
