package command

import "github.com/urfave/cli/v2"

// Destroy removes everything that the state binds: apply in another mode.
func Destroy(c *cli.Context) error { return Apply(c) }
