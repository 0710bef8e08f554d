package sensitive

import (
	"fmt"

	"countersign/schema/config/words"
)

// covered is what a message shows in the place of a value.
type covered struct{}

// Format writes the same for every verb.
func (covered) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("(sensitive value)")) }

// Cover replaces the arguments of a message that come from values. Those of type words.Word stay.
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
