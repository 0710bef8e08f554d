// Countersign keeps the approval policy of a cloud drive as code: HCL files declare approval templates, plan
// shows what would change on the drive, apply makes it so.
package main

import (
	"os"

	"countersign/command"
)

func main() { os.Exit(command.Main(os.Args[1:])) }
