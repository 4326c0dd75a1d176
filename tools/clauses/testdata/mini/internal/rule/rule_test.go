package rule

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// holds tells whether the policy files in use contain a text.
func holds(t *testing.T, text string) bool {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(os.Getenv("TONGCHOU_POLICIES"), "p", "pool.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(content), text)
}

func cite(t *testing.T, clause string) { t.Attr("clause", clause) }

func TestShare(t *testing.T) {
	t.Attr("clause", "D-1")
	if !holds(t, `value: "0.10"`) || Share(200) != 20 {
		t.Error("not a tenth")
	}
}

// It depends on pool.y but does not say which clause that shows.
func TestSilent(t *testing.T) {
	if !holds(t, "value: a,") {
		t.Error("not a")
	}
}

func TestIndifferent(t *testing.T) {
	cite(t, "D-2")
}

func TestTable(t *testing.T) {
	for name, clause := range map[string]string{"a/b (c)": "D-3", "other": "E-1"} {
		t.Run(name, func(t *testing.T) {
			t.Attr("clause", clause)
			if clause == "D-3" && (*kind).Third(nil) != 3 {
				t.Error("not three")
			}
		})
	}
}

func TestFails(t *testing.T) {
	t.Attr("clause", "D-4")
	t.Error(Failed())
}

// It looks at the first weight only.
func TestWeight(t *testing.T) {
	t.Attr("clause", "D-5")
	if !holds(t, `value: "0.5", clause: D-5`) {
		t.Error("not a half")
	}
}
