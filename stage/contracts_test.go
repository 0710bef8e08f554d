package stage

import (
	"io"
	"strings"
	"testing"
)

func TestContractsHaveRoomTogether(t *testing.T) {
	var r room
	r.left.Store(10)
	if _, err := io.Copy(io.MultiWriter(&r, io.Discard), strings.NewReader("0123456789")); err != nil {
		t.Error(err)
	}
	if _, err := io.Copy(io.MultiWriter(&r, io.Discard), strings.NewReader("0")); err == nil ||
		!strings.Contains(err.Error(), "several attachments") {
		t.Errorf("a byte too many: %v", err)
	}
}
