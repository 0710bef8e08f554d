package view

import (
	"countersign/view/viewtest"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	code := viewtest.InChina(m)
	stopBrowser()
	os.Exit(code)
}
