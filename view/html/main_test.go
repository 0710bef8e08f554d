package html

import (
	"os"
	"testing"

	"countersign/view/viewtest/browser"
)

func TestMain(m *testing.M) { os.Exit(browser.Main(m)) }
