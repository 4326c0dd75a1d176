package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"tongchou/internal/policy"
)

// The walk-through of docs/hospital.md does what it says, typed as it stands, against a demonstration that was just started: from sign-in to the reversal of what the client saw time out.
func TestHospitalWalkThrough(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	for _, tool := range []string{"bash", "curl", "jq", "zip", "unzip", "awk", "base64"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	page, err := os.ReadFile("../../docs/hospital.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(page), "## 走一遍")
	if !found {
		t.Fatal("no walk-through in the page")
	}
	_, text, _ = strings.Cut(text, "```sh\n")
	text, _, _ = strings.Cut(text, "```")
	address, said := startDemo(t)
	hospital := regexp.MustCompile(`(H\d{6}99999).*等级 01.*(tongchou_\S+)`).FindStringSubmatch(said)
	card := regexp.MustCompile(`999999\d{11}[\dX]`).FindString(said)
	if hospital == nil || card == "" {
		t.Fatalf("the demonstration names no hospital or nobody insured: %s", said)
	}
	code, area, token := hospital[1], hospital[1][1:7], hospital[2]
	for _, put := range []struct{ line, by string }{
		{`(?m)^URL=.*$`, "URL=http://" + address + "/fsi/api/rsfComIfsService/callService"},
		{`(?m)^TOKEN=.*$`, "TOKEN=" + token + " CODE=" + code + " AREA=" + area + " CARD=" + card},
	} {
		line := regexp.MustCompile(put.line)
		if len(line.FindAllString(text, -1)) != 1 {
			t.Fatalf("%s is not once in the page", put.line)
		}
		text = line.ReplaceAllLiteralString(text, put.by)
	}
	typed := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", text)
	typed.Dir = t.TempDir()
	var shown, failed bytes.Buffer
	typed.Stdout, typed.Stderr = &shown, &failed
	if err := typed.Run(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, failed.String(), shown.String())
	}
	got := strings.Join(strings.Fields(shown.String()+failed.String()), "")
	deductible, fund, cash := "0.00", "12000.00", "8000.00" // the demonstration's first patient had a stay in the month before
	if time.Now().In(policy.China).Month() == time.January {
		deductible, fund, cash = "800.00", "11520.00", "8480.00" // which was another year's
	}
	for _, part := range []struct {
		text  string
		times int
	}{
		{`"` + fund + `"`, 3}, // tried, settled, and told again by 5203
		{`"act_pay_dedc":"` + deductible + `"`, 1},
		{`"psn_cash_pay":"` + cash + `"`, 1},
		{`"diff_cnt":"1"`, 1},  // the hospital's file has a fen more
		{`"stmt_rslt":"0"`, 2}, // balanced with the settlement, and without it once it is undone
	} {
		if n := strings.Count(got, part.text); n < part.times {
			t.Errorf("%s is shown %d times, not %d", part.text, n, part.times)
		}
	}
	if strings.Contains(got, `"infcode":-1`) || strings.Contains(got, `"infcode":"-1"`) {
		t.Error("something was refused")
	}
	if t.Failed() {
		t.Logf("%s\n%s", failed.String(), shown.String())
	}
}

// startDemo starts a demonstration, which ends with the test, and gives its address and what it said.
func startDemo(t *testing.T) (address, said string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	demo := exec.Command(self, "-test.run=^TestRunDemo$")
	demo.Env = append(os.Environ(), "TONGCHOU_TEST_DEMO=1", "TONGCHOU_LANG=zh", "TMPDIR="+t.TempDir())
	out, err := demo.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = demo.Process.Signal(os.Interrupt)
		if err := demo.Wait(); err != nil {
			t.Logf("the demonstration stopped with %v", err)
		}
	})
	lines := make(chan string)
	go func() {
		defer close(lines)
		for in := bufio.NewScanner(out); in.Scan(); {
			lines <- in.Text()
		}
	}()
	for {
		select {
		case line, more := <-lines:
			if !more {
				t.Fatalf("the demonstration ended: %s", said)
			}
			said += line + "\n"
			if _, after, ok := strings.Cut(line, "http://"); ok && address == "" {
				address, _, _ = strings.Cut(after, "/")
			}
			if address != "" && strings.Contains(line, "999999") {
				go func() {
					for range lines { // what it says later is for nobody
					}
				}()
				return address, said
			}
		case <-time.After(3 * time.Minute):
			t.Fatalf("the demonstration says nothing more: %s", said)
		}
	}
}
