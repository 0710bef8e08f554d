package faults_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/faults"
	"countersign/providers/sandbox/sandboxtest"
)

// A failed call was not carried out, a lost one was: over a socket and inside the process alike.
func TestFailedAndLostCalls(t *testing.T) {
	d := sandboxtest.NewDrive(t)
	clients := map[string]*http.Client{
		"over HTTP":  {Transport: &http.Transport{DisableKeepAlives: true}},
		"in process": {Transport: d.Box.Transport()},
	}
	tests := []struct {
		faults faults.Settings
		ends   string
		made   int
	}{
		{faults.Settings{}, "done", 1},
		{faults.Settings{ErrorRate: 1}, "failed", 0},
		{faults.Settings{LostRate: 1}, "lost", 1},
		{faults.Settings{ErrorRate: 1, LostRate: 1}, "failed", 0},
		{faults.Settings{Latency: time.Millisecond}, "done", 1},
	}
	for name, client := range clients {
		for _, tt := range tests {
			t.Run(fmt.Sprint(name, " ", tt.faults), func(t *testing.T) {
				before := len(d.List("admin", 71))
				if err := sandboxtest.SetFaults(d.Box, tt.faults); err != nil {
					t.Fatal(err)
				}
				got := sandboxtest.Ended(client.PostForm(d.URL+"/app/approval/set-templet",
					url.Values{"token": {d.Tokens["admin"]},
						"fileId": {"71"}, "tid": {"0"}, "mType": {"2"}, "title": {"申请修改"},
						"content": {records.ExampleContent}}))
				sandboxtest.SetFaults(d.Box, faults.Settings{})
				if made := len(d.List("admin", 71)) - before; got != tt.ends || made != tt.made {
					t.Errorf("%s, %d made; want %s, %d made", got, made, tt.ends, tt.made)
				}
			})
		}
	}
}

func TestSameSeedSameFaults(t *testing.T) {
	run := func(seed uint64, order func(int) int) string {
		box := sandboxtest.Open(t, "")
		if err := sandboxtest.SetFaults(box, faults.Settings{ErrorRate: 0.3, LostRate: 0.3, Seed: seed}); err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Transport: box.Transport()}
		ends := make([]string, 100)
		for i := range ends {
			n := order(i)
			ends[n] = sandboxtest.Ended(client.PostForm("http://sandbox/app/file/list-dir",
				url.Values{"token": {box.Tokens()[0].Token}, "fileId": {fmt.Sprint(n)}}))
		}
		return strings.Join(ends, " ")
	}
	forward := run(7, func(i int) int { return i })
	// Neither another world with other tokens nor another order changes what happens to which call.
	if backward := run(7, func(i int) int { return 99 - i }); backward != forward {
		t.Errorf("the same seed gave\n%s\n%s", forward, backward)
	}
	if other := run(8, func(i int) int { return i }); other == forward {
		t.Error("another seed gave the same faults")
	}
	for _, end := range []string{"done", "failed", "lost"} {
		if n := strings.Count(forward, end); n < 5 || n > 80 {
			t.Errorf("%d of 100 calls %s", n, end)
		}
	}
}

// The same call made again may end otherwise, or no retry would ever help.
func TestRetryMaySucceed(t *testing.T) {
	box := sandboxtest.Open(t, "")
	sandboxtest.SetFaults(box, faults.Settings{ErrorRate: 0.5})
	client := &http.Client{Transport: box.Transport()}
	ends := map[string]bool{}
	for range 50 {
		ends[sandboxtest.Ended(client.PostForm("http://sandbox/app/file/list-dir", url.Values{"fileId": {"0"}}))] = true
	}
	if !ends["done"] || !ends["failed"] {
		t.Errorf("50 calls ended %v", ends)
	}
}

func TestLatencyEndsWithTheCaller(t *testing.T) {
	box := sandboxtest.Open(t, "")
	sandboxtest.SetFaults(box, faults.Settings{Latency: time.Hour})
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, cancel)
	r, _ := http.NewRequestWithContext(ctx, "POST", "http://sandbox/app/file/list-dir", strings.NewReader("fileId=0"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if _, err := box.Transport().RoundTrip(r); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := box.Transport().RoundTrip(r); !errors.Is(err, context.Canceled) {
		t.Errorf("begun after its end: %v", err)
	}
}

func TestFaultsAreChecked(t *testing.T) {
	for _, bad := range []faults.Settings{{ErrorRate: -0.1}, {ErrorRate: 1.1}, {LostRate: 2}, {LostRate: math.NaN()},
		{Latency: -1}} {
		if _, err := sandbox.Open(sandbox.Options{Faults: bad}); err == nil {
			t.Errorf("opened with %+v", bad)
		}
	}
	if err := sandboxtest.SetFaults(sandboxtest.Open(t, ""), faults.Settings{LostRate: -1}); err == nil {
		t.Error("set while running")
	}
}
