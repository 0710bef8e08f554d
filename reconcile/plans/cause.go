package plans

import (
	"errors"
)

// CauseOf is what went wrong without the object it went wrong on, where the error tells the two apart.
func CauseOf(err error) string {
	var r interface{ Reason() string }
	if errors.As(err, &r) {
		return r.Reason()
	}
	return err.Error()
}
