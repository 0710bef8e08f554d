package view

import (
	"os"
	"testing"

	"countersign/view/viewtest"
)

func TestMain(m *testing.M) {
	code := viewtest.InChina(m)
	stopBrowser()
	os.Exit(code)
}
