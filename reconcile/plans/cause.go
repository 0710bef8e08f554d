package plans

import "errors"

// CauseOf is what went wrong, without the object that it went wrong with if the error can say the two apart.
func CauseOf(err error) string {
	var r interface{ Reason() string }
	if errors.As(err, &r) {
		return r.Reason()
	}
	return err.Error()
}
