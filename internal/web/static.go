package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed static/*.css static/*.js static/*.svg static/vendor/*.js
var staticFiles embed.FS

const assetPrefix = "/static/"

// assets are the style sheet and scripts. Their addresses carry their digest, so browsers may keep them for good.
type assets struct {
	files map[string]asset  // by the name in the address
	names map[string]string // from plain name to address
}

type asset struct {
	name, tag string
	content   []byte
}

func loadAssets() (*assets, error) {
	a := &assets{files: map[string]asset{}, names: map[string]string{}}
	err := fs.WalkDir(staticFiles, "static", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := staticFiles.ReadFile(file)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		tag, base := hex.EncodeToString(sum[:8]), path.Base(file)
		ext := path.Ext(base)
		address := strings.TrimSuffix(base, ext) + "." + tag + ext
		a.files[address] = asset{name: base, tag: `"` + tag + `"`, content: content}
		a.names[base] = assetPrefix + address
		return nil
	})
	return a, err
}

func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, ok := a.files[r.PathValue("file")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("ETag", file.tag)
	http.ServeContent(w, r, file.name, time.Time{}, bytes.NewReader(file.content))
}
