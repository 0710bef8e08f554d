package drive_test

import (
	"testing"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/sandboxtest"
)

// client is a drive as a test sees it, with the longer ways of this package's tests.
type client struct{ *sandboxtest.Drive }

func newDrive(t *testing.T) *client { return serveDrive(t, sandboxtest.Open(t, "")) }

func serveDrive(t *testing.T, box *sandbox.Sandbox) *client {
	return &client{sandboxtest.ServeDrive(t, box)}
}
