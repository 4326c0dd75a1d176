package web

import (
	"net/http"
	"os"
	"testing"
)

func TestServe(t *testing.T) {
	if os.Getenv("TONGCHOU_SERVE") == "" {
		t.Skip("development only")
	}
	go http.ListenAndServe("127.0.0.1:18081", console(t, sichuan()))
	go http.ListenAndServe("127.0.0.1:18083", console(t, fixed{policy: "sichuan"}))
	t.Fatal(http.ListenAndServe("127.0.0.1:18082", console(t, yunnan())))
}
