package web

import (
	"context"
	"fmt"

	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/xuri/excelize/v2"
)

// chromium finds the browser. Without one the test is skipped, and fails where CI=true.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("chromium is not installed")
	}
	t.Skip("chromium is not installed: the browser tests did not run")
	return ""
}

// startBrowser starts one Chromium for a test and its subtests.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Run(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// tab opens a tab and collects what its console complains of.
func tab(t *testing.T, parent context.Context, width, height int64) (context.Context, func() []string) {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent)
	t.Cleanup(cancel)
	var mu sync.Mutex
	var complaints []string
	chromedp.ListenTarget(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
				for _, a := range e.Args {
					complaints = append(complaints, string(a.Value))
				}
			}
		case *runtime.EventExceptionThrown:
			complaints = append(complaints, e.ExceptionDetails.Error())
		}
	})
	if err := chromedp.Run(ctx, chromedp.EmulateViewport(width, height)); err != nil {
		t.Fatal(err)
	}
	return ctx, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return complaints
	}
}

func run(t *testing.T, ctx context.Context, actions ...chromedp.Action) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

func serve(t *testing.T, p Province) string {
	t.Helper()
	server := httptest.NewServer(console(t, p))
	t.Cleanup(server.Close)
	return server.URL
}

func text(t *testing.T, ctx context.Context, selector string) string {
	t.Helper()
	var out string
	run(t, ctx, chromedp.Text(selector, &out, chromedp.ByQuery))
	return out
}

func address(t *testing.T, ctx context.Context) string {
	t.Helper()
	var at int64
	var entries []*page.NavigationEntry
	run(t, ctx, chromedp.NavigationEntries(&at, &entries))
	return entries[at].URL
}

// until waits for a condition in the page. It asks from outside: the content policy forbids chromedp's own way.
func until(expression string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for {
			var holds bool
			if err := chromedp.Evaluate("Boolean("+expression+")", &holds).Do(ctx); err == nil && holds {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%s: %w", expression, ctx.Err())
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
}

func TestBrowserStory(t *testing.T) {
	base := serve(t, sichuan())
	ctx, complaints := tab(t, startBrowser(t), 1366, 768)
	run(t, ctx, chromedp.Navigate(base+"/pool"))
	before := text(t, ctx, ".stage-amount")
	run(t, ctx, chromedp.Click(`.choice a[href*="year=2024"]`, chromedp.ByQuery), chromedp.WaitVisible(`.choice a[href*="year=2024"][aria-current="true"]`, chromedp.ByQuery))
	if after := text(t, ctx, ".stage-amount"); after == before {
		t.Error("the year was switched and nothing changed")
	}
	t.Run("trace", func(t *testing.T) {
		run(t, ctx, chromedp.Evaluate(`window.stayed = true`, nil), chromedp.Click(`td a[href*="trace=received"]`, chromedp.ByQuery), chromedp.WaitVisible("#trace .steps", chromedp.ByQuery))
		var stayed bool
		run(t, ctx, chromedp.Evaluate(`window.stayed === true`, &stayed))
		if !stayed || !strings.Contains(address(t, ctx), "trace=received") {
			t.Errorf("the page was left or the address does not say so: %s", address(t, ctx))
		}
		if got := text(t, ctx, "#trace"); !strings.Contains(got, "SC38-4.4") || !strings.Contains(got, "参保人数") {
			t.Errorf("the panel does not explain: %s", got)
		}
		run(t, ctx, chromedp.KeyEvent("\u001b"), until(`!document.querySelector("#trace .steps") && !location.search.includes("trace=")`))
		run(t, ctx, chromedp.Evaluate(`history.back()`, nil), until(`document.querySelector("#trace .steps") && location.search.includes("trace=received")`))
	})
	t.Run("whatif", func(t *testing.T) {
		run(t, ctx, chromedp.Navigate(base+"/pool/whatif?year=2024"))
		before := text(t, ctx, ".comparison tbody tr")
		run(t, ctx, chromedp.SetValue(`[name="pool.factor.headcount"]`, "0.45", chromedp.ByQuery), chromedp.SendKeys(`[name="pool.factor.headcount"]`, "\t", chromedp.ByQuery),
			until(`document.querySelector("#weight-sum").classList.contains("wrong")`))
		run(t, ctx, chromedp.SetValue(`[name="pool.factor.gap"]`, "0", chromedp.ByQuery), chromedp.SendKeys(`[name="pool.factor.gap"]`, "\t", chromedp.ByQuery),
			until(`document.querySelector(".comparison") && document.querySelector("#changed-count").textContent.includes("2")`))
		if after := text(t, ctx, ".comparison tbody tr"); after == before {
			t.Error("the result did not change")
		}
		if at := address(t, ctx); !strings.Contains(at, "pool.factor.headcount=0.45") || !strings.Contains(at, "pool.factor.gap=0") {
			t.Errorf("the address does not carry the scenario: %s", at)
		}
		run(t, ctx, chromedp.Reload(), chromedp.WaitVisible(`[name="pool.factor.headcount"][value="0.45"]`, chromedp.ByQuery))
	})
	t.Run("incentives", func(t *testing.T) {
		run(t, ctx, chromedp.Navigate(base+"/pool/incentives"), chromedp.WaitVisible("#incentives tbody tr", chromedp.ByQuery))
	})
	t.Run("row opens", func(t *testing.T) {
		run(t, ctx, chromedp.Navigate(base+"/pool"), chromedp.Evaluate(`document.querySelector("tbody tr:nth-child(2) td:nth-child(3)").click()`, nil), chromedp.WaitVisible(".waterfall", chromedp.ByQuery))
	})
	if said := complaints(); len(said) > 0 {
		t.Errorf("the browser complains: %v", said)
	}
}

// press clicks without asking the page's scripts for help.
func press(t *testing.T, ctx context.Context, selector string, options ...chromedp.MouseOption) {
	t.Helper()
	var nodes []*cdp.Node
	run(t, ctx, chromedp.Nodes(selector, &nodes, chromedp.ByQuery))
	run(t, ctx, chromedp.MouseClickNode(nodes[0], options...))
}

func TestBrowserWithoutScripts(t *testing.T) {
	base := serve(t, sichuan())
	ctx, _ := tab(t, startBrowser(t), 1366, 768)
	run(t, ctx, emulation.SetScriptExecutionDisabled(true), chromedp.Navigate(base+"/pool"))
	press(t, ctx, `td a[href*="trace=net"]`)
	run(t, ctx, chromedp.WaitReady("#trace .steps", chromedp.ByQuery), chromedp.Navigate(base+"/pool/whatif?year=2024"))
	press(t, ctx, `[name="pool.reserve.rate"]`, chromedp.ClickCount(3))
	run(t, ctx, chromedp.KeyEvent("0.02"))
	press(t, ctx, `button[type="submit"]`)
	run(t, ctx, chromedp.WaitReady(`.comparison td.pos`, chromedp.ByQuery))
	if at := address(t, ctx); !strings.Contains(at, "pool.reserve.rate=0.02") {
		t.Errorf("the form did not go: %s", at)
	}
	run(t, ctx, chromedp.Navigate(base+"/pool/incentives"), chromedp.WaitReady("#incentives tbody tr", chromedp.ByQuery))
}

func TestBrowserDownload(t *testing.T) {
	base := serve(t, sichuan())
	ctx, _ := tab(t, startBrowser(t), 1366, 768)
	dir := t.TempDir()
	done := make(chan string, 1)
	chromedp.ListenTarget(ctx, func(event any) {
		if e, ok := event.(*browser.EventDownloadProgress); ok && e.State == browser.DownloadProgressStateCompleted {
			done <- e.GUID
		}
	})
	run(t, ctx, browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllowAndName).WithDownloadPath(dir).WithEventsEnabled(true),
		chromedp.Navigate(base+"/pool?year=2025"), chromedp.Click(`a[href*="export.xlsx"]`, chromedp.ByQuery))
	select {
	case name := <-done:
		book, err := excelize.OpenFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer book.Close()
		if sheets := book.GetSheetList(); len(sheets) < 5 {
			t.Errorf("only %v", sheets)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was downloaded")
	}
}

// screenshot keeps a picture where TONGCHOU_SCREENSHOTS says.
func screenshot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("TONGCHOU_SCREENSHOTS")
	if dir == "" {
		return
	}
	var picture []byte
	run(t, ctx, chromedp.ActionFunc(func(ctx context.Context) error {
		var err error
		picture, err = page.CaptureScreenshot().WithFormat(page.CaptureScreenshotFormatPng).Do(ctx)
		return err
	}))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}
