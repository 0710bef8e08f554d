package sensitive

import (
	"fmt"

	"countersign/schema/config/words"
)

// covered stands for what must not be shown.
type covered struct{}

// Format writes what stands there instead, whatever the verb.
func (covered) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("(sensitive value)")) }

// Cover is what a message is made of without anything that comes from values.
func Cover(args []any) []any {
	shown := make([]any, len(args))
	for i, a := range args {
		shown[i] = covered{}
		if ours, is := a.(words.Word); is {
			shown[i] = ours
		}
	}
	return shown
}
