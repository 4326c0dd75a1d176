package fsi

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"
	"unicode/utf8"
)

// Limits of files that are sent.
const (
	MostFileBytes = 2 << 20  // of a file as it is sent
	MostTextBytes = 16 << 20 // of what is in it
)

// bytesOf reads bytes: a text in base64, or a list of numbers from 0 to 255 or, as some programs write bytes, from -128 to 127. They are kept in base64.
func bytesOf(value any) (string, bool) {
	switch v := value.(type) {
	case nil:
		return "", true
	case string:
		b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(v))
		return base64.StdEncoding.EncodeToString(b), err == nil
	case []any:
		b := make([]byte, 0, len(v))
		for _, one := range v {
			n, isNumber := one.(json.Number)
			x, err := n.Int64()
			if !isNumber || err != nil || x < -128 || x > 255 {
				return "", false
			}
			b = append(b, byte(x))
		}
		return base64.StdEncoding.EncodeToString(b), true
	}
	return "", false
}

// checkBytes refuses what is no file, or one that is too large.
func (f *Field) checkBytes(value string, ok bool) error {
	switch {
	case !ok:
		return refused(f.Name, "", "fsi.bytes")
	case value == "" && f.Required:
		return refused(f.Name, "", "fsi.missing")
	case base64.StdEncoding.DecodedLen(len(value)) > f.Size+2: // what fills up the last three
		return refused(f.Name, "", "fsi.file_too_large", "most", f.Size)
	}
	return nil
}

// Bytes gives the bytes of a field that holds some.
func (r Row) Bytes(field string) []byte {
	b, err := base64.StdEncoding.DecodeString(r[field])
	if err != nil {
		panic("fsi: " + err.Error()) // it was checked
	}
	return b
}

// Unpack (解压上传文件) gives the text of the one file that a zip holds, which is UTF-8 and of at most MostTextBytes. Errors: a fault.Refusal of the field.
func Unpack(field string, zipped []byte) (string, error) {
	r, err := zip.NewReader(bytes.NewReader(zipped), int64(len(zipped)))
	if err != nil {
		return "", refused(field, "", "fsi.not_zip")
	}
	if len(r.File) != 1 || r.File[0].FileInfo().IsDir() {
		return "", refused(field, "", "fsi.zip_files", "files", len(r.File))
	}
	in, err := r.File[0].Open()
	if err != nil {
		return "", refused(field, r.File[0].Name, "fsi.not_zip")
	}
	defer in.Close()                                             // it is read from memory
	text, err := io.ReadAll(io.LimitReader(in, MostTextBytes+1)) // whatever its head says of its size
	switch {
	case len(text) > MostTextBytes:
		return "", refused(field, r.File[0].Name, "fsi.zip_text", "most", MostTextBytes)
	case err != nil:
		return "", refused(field, r.File[0].Name, "fsi.not_zip")
	case !utf8.Valid(text):
		return "", refused(field, r.File[0].Name, "fsi.not_utf8")
	}
	return strings.TrimPrefix(string(text), "\ufeff"), nil
}

// Pack (压缩下载文件) makes a zip that holds one file.
func Pack(name, text string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	in, err := w.Create(name)
	if err == nil {
		_, err = io.WriteString(in, text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic("fsi: " + err.Error()) // memory does not fail
	}
	return b.Bytes()
}
