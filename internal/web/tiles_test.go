package web

import (
	"strings"
	"testing"
)

func TestBreakable(t *testing.T) {
	for name, want := range map[string]string{
		"Mianyang": "Mian-yang", "Guangyuan": "Guang-yuan", "Suining": "Sui-ning", "Panzhihua": "Pan-zhi-hua", "Xishuangbanna": "Xi-shuang-ban-na",
		"Ya'an": "Ya'an", "Neijiang": "Nei-jiang", "Honghe": "Hong-he", "西双版纳": "西双-版纳", "攀枝花": "攀枝花",
	} {
		if got := strings.ReplaceAll(breakable(name), "\u200b", "-"); got != want {
			t.Errorf("%s breaks as %s, want %s", name, got, want)
		}
	}
}
