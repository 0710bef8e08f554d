package text

import (
	"os"
	"testing"

	"countersign/view/viewtest"
)

func TestMain(m *testing.M) { os.Exit(viewtest.InChina(m)) }
