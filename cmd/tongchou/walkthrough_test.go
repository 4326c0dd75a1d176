package main

import (
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
	needs(t, "bash", "curl", "jq", "zip", "unzip", "awk", "base64")
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
	demo := startDemo(t)
	hospital := regexp.MustCompile(`(H\d{6}99999).*等级 01.*(tongchou_\S+)`).FindStringSubmatch(demo.said)
	if hospital == nil {
		t.Fatalf("the demonstration names no hospital: %s", demo.said)
	}
	code, area, token := hospital[1], hospital[1][1:7], hospital[2]
	for _, put := range []struct{ line, by string }{
		{`(?m)^URL=.*$`, "URL=http://" + demo.address + "/fsi/api/rsfComIfsService/callService"},
		{`(?m)^TOKEN=.*$`, "TOKEN=" + token + " CODE=" + code + " AREA=" + area + " CARD=" + insured.FindString(demo.said)},
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
