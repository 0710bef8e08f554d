//go:build !quick

package sandbox_test

import (
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive"
	"countersign/providers/yomicloud"
)

// The line that "countersign sandbox" prints works when it is pasted into a shell.
func TestByHand(t *testing.T) {
	box, err := sandbox.Open(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	served := httptest.NewServer(box.Handler())
	defer served.Close()
	token := box.Tokens()[0].Token
	said, err := exec.Command("sh", "-c", drive.ByHand(served.URL, token)).Output()
	if err != nil || !strings.Contains(string(said), `"code":0`) {
		t.Fatalf("%v: %s", err, said)
	}
	client, err := yomicloud.New(yomicloud.Options{Endpoint: served.URL, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	there, err := client.Templates(t.Context(), 72)
	if err != nil || len(there.Templates) != 1 || there.Templates[0].Template.Title != "临时通道" {
		t.Errorf("%v: %+v", err, there)
	}
}
